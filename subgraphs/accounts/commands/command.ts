import { createHmac } from 'node:crypto';
import { refreshing } from '../../../platform/cachedRows.ts';
import { type Command, fingerprintOf, type StoredResult } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { NewExternalAccount } from '../../../rails/bank/externalAccounts/insertExternalAccounts.ts';
import type {
  NewVirtualAccount,
  VirtualAccountStatus,
} from '../../../rails/bank/virtualAccounts/virtualAccount.ts';
import type { Context } from '../context.ts';
import type { NameVerdict, ScreenedNames } from '../domain/customerScreening.ts';
import type { CheckOutcome, CustomerChange } from '../domain/decideCustomer.ts';
import type { DecidedScreening } from '../domain/decideScreening.ts';
import type { Evidence } from '../domain/decideVerification.ts';
import type { Decision, EndorsementPolicy, EndorsementReason } from '../domain/endorsement.ts';
import { createLoaders } from '../loaders.ts';
import type { NewApiKey } from '../store/apiKeyWrites.ts';
import type { NewCustomer } from '../store/customerWrites.ts';

/** Everything that the accounts lane writes. Ids are made before submitting, so that a second try is the same. */
export type AccountsCommand =
  | CreateCustomer
  | CreateAccount
  | CloseAccount
  | CreateApiKey
  | RevokeApiKey
  | CreateExternalAccount
  | VerifyExternalAccount
  | CloseExternalAccount
  | CreateClientToken
  | CreateVirtualAccount
  | ChangeVirtualAccount
  | CustomerCommand
  | SetEndorsementPolicy;

/** What is decided about Customers under their locks, all of a batch in order. */
export type CustomerCommand =
  | UpdateCustomer
  | RequestEndorsement
  | DecideEndorsement
  | SettleCheck
  | SettleScreening
  | DecideCustomerScreening
  | EraseCustomer;

export interface CreateCustomer extends Command {
  readonly operation: 'createCustomer';
  readonly customer: NewCustomer;
  readonly verdict: NameVerdict;
}

export interface UpdateCustomer extends Command {
  readonly operation: 'updateCustomer' | 'updateCustomerDetails';
  readonly customerId: Uuid;
  readonly change: CustomerChange;
}

export interface RequestEndorsement extends Command {
  readonly operation: 'requestEndorsement' | 'attestEndorsement';
  readonly customerId: Uuid;
  readonly name: string;
}

export interface DecideEndorsement extends Command {
  readonly operation: 'decideEndorsement';
  readonly customerId: Uuid;
  readonly name: string;
  readonly decision: Decision;
  readonly reasons: readonly EndorsementReason[];
}

/** Sent by our own worker, without a key: a check is settled once, by its id. */
export interface SettleCheck extends Command {
  readonly operation: 'settleCheck';
  readonly customerId: Uuid;
  readonly checkId: Uuid;
  readonly endorsement: string;
  readonly outcome: { readonly status: CheckOutcome; readonly reasons: readonly EndorsementReason[] };
}

/** Sent by our own worker, without a key: saying the same again changes nothing. */
export interface SettleScreening extends Command {
  readonly operation: 'settleScreening';
  readonly customerId: Uuid;
  readonly screened: ScreenedNames;
}

export interface DecideCustomerScreening extends Command {
  readonly operation: 'decideCustomerScreening';
  readonly customerId: Uuid;
  readonly decided: DecidedScreening;
}

export interface EraseCustomer extends Command {
  readonly operation: 'eraseCustomer';
  readonly customerId: Uuid;
}

export interface SetEndorsementPolicy extends Command {
  readonly operation: 'setEndorsementPolicy';
  readonly policy: EndorsementPolicy;
}

export interface CreateAccount extends Command {
  readonly operation: 'createAccount';
  readonly accountId: Uuid;
  /** Null for the organization's own. */
  readonly customerId: Uuid | null;
  readonly asset: string;
  readonly name: string | null;
}

export interface CloseAccount extends Command {
  readonly operation: 'closeAccount';
  readonly accountId: Uuid;
}

export interface CreateApiKey extends Command {
  readonly operation: 'createApiKey';
  readonly key: NewApiKey;
}

export interface RevokeApiKey extends Command {
  readonly operation: 'revokeApiKey';
  readonly keyId: Uuid;
}

export interface CreateExternalAccount extends Command {
  readonly operation: 'createExternalAccount';
  readonly account: NewExternalAccount;
}

export interface VerifyExternalAccount extends Command {
  readonly operation: 'verifyExternalAccount';
  readonly externalAccountId: Uuid;
  /** Amounts only as their HMAC, which is compared under the lock. */
  readonly evidence:
    | Extract<Evidence, { readonly kind: 'INSTANT' }>
    | { readonly kind: 'MICRO_DEPOSITS'; readonly hmac: Buffer };
}

export interface CloseExternalAccount extends Command {
  readonly operation: 'closeExternalAccount';
  readonly externalAccountId: Uuid;
}

export interface CreateClientToken extends Command {
  readonly operation: 'createClientToken';
  readonly tokenId: Uuid;
  readonly customerId: Uuid;
  readonly keyId: Uuid;
  readonly scopes: readonly string[];
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

export interface CreateVirtualAccount extends Command {
  readonly operation: 'createVirtualAccount';
  readonly account: NewVirtualAccount;
}

export interface ChangeVirtualAccount extends Command {
  readonly operation: 'pauseVirtualAccount' | 'resumeVirtualAccount' | 'closeVirtualAccount';
  readonly virtualAccountId: Uuid;
  readonly status: VirtualAccountStatus;
}

/** The part that every command of a client has: whose it is, and how a second try is recognised. */
export function commandOf<Operation extends AccountsCommand['operation']>(
  context: Context,
  operation: Operation,
  input: { readonly idempotencyKey?: string | undefined },
): Command & { readonly operation: Operation } {
  return {
    organizationId: context.viewer.organizationId,
    operation,
    idempotencyKey: input.idempotencyKey ?? null,
    fingerprint: fingerprintOf(input),
  };
}

/**
 * `commandOf` for input with personal data: the fingerprint is keyed, or whoever has the tables could guess at a name and
 * see that it is right, also after the customer was erased.
 */
export function personalCommandOf<Operation extends AccountsCommand['operation']>(
  context: Context,
  operation: Operation,
  input: { readonly idempotencyKey: string },
): Command & { readonly operation: Operation } {
  const command = commandOf(context, operation, input);
  const fingerprint = createHmac('sha256', context.services.keyPepper)
    .update(command.fingerprint)
    .digest('base64url');
  return { ...command, fingerprint };
}

/** Sends a command through the lane. Safe to retry with the same key. @throws {LaneFullError} */
export async function submit(context: Context, command: AccountsCommand): Promise<StoredResult> {
  const { services, viewer } = context;
  const answer = await services.lane.submit(command);
  if (answer.replayed) context.idempotentReplay = true;
  // Past the cache, and into it: what a client has changed, its next request sees.
  context.loaders = createLoaders(services.reader, refreshing(services.customers), viewer);
  return answer.result;
}
