import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { fingerprintOf } from '../../../platform/commandLane.ts';
import { ApiError } from '../../../platform/errors.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { checkOptionalText, metadataObject } from '../../../platform/inputs.ts';
import { type KeyVault, KeyVaultError } from '../../../platform/vault/keyVault.ts';
import { sealBytes } from '../../../platform/vault/sealedBytes.ts';
import {
  type BankAccountDetails,
  encodeDetails,
  faultOfDetails,
  maskOf,
} from '../../../rails/bank/details.ts';
import type { RouteOrders } from '../../../rails/bank/routeOrders.ts';
import type { BankRailName } from '../../../rails/port.ts';
import type { PayoutCommand } from '../domain/command.ts';
import type { CreateTransactionRequest } from './createTransaction.ts';
import { checkLabels, readMoney, readParty } from './inputs.ts';

/** Who takes orders to banks in this deployment. */
export interface BankConnection {
  /** Takes everything where there is no `route`. */
  readonly adapter: string;
  /** Where there are several: which of them takes a rail and an organization. */
  readonly route?: RouteOrders;
  /** Seals what is personal about an account before it is stored. */
  readonly vault: KeyVault;
}

/** A bank account as a client names it. */
export type BankAccountRequest = {
  readonly [Field in keyof BankAccountDetails]: Field extends 'rail' | 'accountHolderName'
    ? BankAccountDetails[Field]
    : BankAccountDetails[Field] | null | undefined;
};

export interface PayoutRequest extends CreateTransactionRequest {
  readonly destinationBankAccount: BankAccountRequest;
}

/** What every rail carries to the recipient's statement. */
export const REFERENCE_LENGTH_MAX = 140;

/**
 * Checks a payout and seals the account, which asks the vault: not within a tx. Of the account itself only a mask and a
 * digest are left. A failure found here is not kept: its key may be used again.
 *
 * @param bank null where no bank is connected
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function readPayout(
  organizationId: Uuid,
  request: PayoutRequest,
  assets: AssetCatalogue,
  bank: BankConnection | null,
): Promise<PayoutCommand | FailureView> {
  const fault = checkLabels(request) ?? checkSole(request);
  if (fault) return fault;
  const amountMinor = readMoney(assets, request.asset, request.amount);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const source = readParty(request.sourceId);
  if (!source) return notFound(request.sourceId);
  const details = givenOf(request.destinationBankAccount);
  const wrong = faultOfDetails(details);
  // Without the value: it is personal, and failures are kept in logs of others.
  if (wrong) return invalidInput(`destinationBankAccount.${wrong.field}`, '(not shown)', wrong.expected);
  if (bank === null) {
    return invalidInput('destinationBankAccount', '(not shown)', 'nothing, as no bank is connected here');
  }
  const adapter = adapterFor(bank, details.rail, organizationId);
  if (adapter === null)
    return invalidInput('destinationBankAccount.rail', details.rail, 'a rail that a bank here takes');
  const asked = {
    source,
    amountMinor,
    asset: request.asset,
    reference: request.reference ?? null,
    description: request.description ?? null,
    externalId: request.externalId ?? null,
    metadata: metadataObject(request.metadata),
  };
  const transactionId = newUuid();
  const sealed = await seal(bank.vault, details, transactionId);
  return {
    ...asked,
    rail: details.rail,
    adapter,
    accountMask: maskOf(details),
    sealed,
    organizationId,
    operation: 'createTransaction',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ ...asked, details }),
    transactionId,
    journalId: newUuid(),
  };
}

/** Name of the adapter that an order is for; null where no bank takes the rail for the organization. */
export function adapterFor(
  { adapter, route }: BankConnection,
  rail: BankRailName,
  organizationId: Uuid,
): string | null {
  return route === undefined ? adapter : route(rail, organizationId);
}

async function seal(vault: KeyVault, details: BankAccountDetails, id: Uuid): Promise<Uint8Array> {
  try {
    return await sealBytes(vault, encodeDetails(details), { purpose: 'omsx-bank-order', id });
  } catch (error) {
    if (!(error instanceof KeyVaultError) || !error.retryable) throw error;
    throw new ApiError('UNAVAILABLE', 'the account cannot be sealed at present; nothing happened');
  }
}

/** What does not go with a bank account. */
function checkSole(request: PayoutRequest): FailureView | null {
  const { destinationId, destinationAddress, captureMethod, holdSeconds } = request;
  const beside = destinationId ?? destinationAddress;
  if (beside != null)
    return invalidInput('destinationBankAccount', '(not shown)', 'no other destination beside it');
  if (captureMethod === 'MANUAL')
    return invalidInput('captureMethod', captureMethod, 'AUTOMATIC to a bank account');
  if (holdSeconds != null) return invalidInput('holdSeconds', holdSeconds, 'nothing to a bank account');
  return checkOptionalText('reference', request.reference, 1, REFERENCE_LENGTH_MAX);
}

function givenOf(account: BankAccountRequest): BankAccountDetails {
  const given = Object.entries(account).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given) as unknown as BankAccountDetails;
}
