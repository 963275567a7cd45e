import type { JournalResult } from '../../../ledger/apply.ts';
import type { AssetCatalogue } from '../../../ledger/assets.ts';
import type { LedgerRejection } from '../../../ledger/errors.ts';
import { ensureSystemAccounts } from '../../../ledger/open.ts';
import { postJournals } from '../../../ledger/post.ts';
import type { Journal } from '../../../ledger/transfer.ts';
import { type Command, fingerprintOf, type Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { formatId, newUuid, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import { InvariantError, present } from '../../../platform/invariant.ts';
import { parseAmount } from '../../../platform/money.ts';
import type { Tx } from '../../../platform/postgres.ts';
import {
  type DestinationAccount,
  type DestinationRef,
  isDestination,
  parseDestination,
} from '../domain/destination.ts';
import type { StoredFailure } from '../errors.ts';
import { sandboxFunded } from '../events.ts';
import { findDestinations } from '../store/findDestinations.ts';

/** What fundSandbox is asked, as it came. */
export interface FundSandboxRequest {
  readonly idempotencyKey: string;
  readonly destinationId: string;
  readonly amount: string;
}

export interface FundSandbox extends Command {
  readonly operation: 'fundSandbox';
  /** Id of the Journal, and of the aggregate that the event tells of. */
  readonly fundingId: Uuid;
  readonly transferId: Uuid;
  readonly request: FundSandboxRequest;
  readonly destination: DestinationRef;
}

/** The most decimals that an Asset can have: what is wrong even so is wrong in every Asset. */
const ANY_ASSET = { code: 'any asset', scale: 18 };

const OFF_CHAIN =
  "a wallet or account without a chain behind it; coins of this network are sent to the wallet's address";

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readFundSandbox(
  organizationId: Uuid,
  request: FundSandboxRequest,
): FundSandbox | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const amount = parseAmount(request.amount, ANY_ASSET);
  // Too large in an Asset with 18 decimals may be right in one with fewer.
  if ('fault' in amount && amount.fault !== 'TOO_LARGE')
    return invalidInput('amount', request.amount, amount.expected);
  const destination = parseDestination(request.destinationId);
  if (destination === null) return notFound(request.destinationId);
  return {
    organizationId,
    operation: 'fundSandbox',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ destinationId: request.destinationId, amount: request.amount }),
    fundingId: newUuid(),
    transferId: newUuid(),
    request,
    destination,
  };
}

interface Funding {
  readonly command: FundSandbox;
  readonly account: DestinationAccount;
  readonly amountMinor: bigint;
}

/**
 * Credits each destination and debits the organization's OMNIBUS account of its Asset, which thereby holds as much
 * more; answers in order. Locks those Accounts until the end of the tx. Retry only with the whole tx.
 */
export async function fundSandbox(
  tx: Tx,
  commands: readonly FundSandbox[],
  assets: AssetCatalogue,
): Promise<readonly Outcome[]> {
  if (commands.length === 0) return [];
  const accounts = await findDestinations(
    tx,
    commands.map(({ destination }) => destination.accountId),
  );
  const decided = commands.map((command) =>
    decideFunding(command, accounts.get(command.destination.accountId), assets),
  );
  const fundings = decided.filter((decision) => 'command' in decision);
  const journals = journalsOf(fundings, await omnibusAccounts(tx, fundings));
  const results = await postJournals(tx, journals);
  const outcomes = new Map(
    fundings.map((funding, index) => [
      funding,
      outcomeOf(funding, present(results[index], 'a Journal result')),
    ]),
  );
  return decided.map((decision) =>
    'command' in decision
      ? present(outcomes.get(decision), 'the outcome of a funding')
      : { result: decision, events: [] },
  );
}

function decideFunding(
  command: FundSandbox,
  account: DestinationAccount | undefined,
  assets: AssetCatalogue,
): Funding | StoredFailure {
  const { request, destination, organizationId } = command;
  if (!account || !isDestination(account, destination, organizationId))
    return { type: 'NotFound', id: request.destinationId };
  // What is made from nothing in the books alone would make books and chain differ.
  if (account.isOnChain) {
    const value = request.destinationId;
    return { type: 'InvalidInput', field: 'destinationId', value, expected: OFF_CHAIN };
  }
  const amount = parseAmount(request.amount, present(assets.get(account.asset), `asset ${account.asset}`));
  if ('fault' in amount)
    return { type: 'InvalidInput', field: 'amount', value: request.amount, expected: amount.expected };
  return { command, account, amountMinor: amount.amountMinor };
}

/** The OMNIBUS account for each funding, in order. */
async function omnibusAccounts(tx: Tx, fundings: readonly Funding[]): Promise<readonly Uuid[]> {
  if (fundings.length === 0) return [];
  return ensureSystemAccounts(
    tx,
    fundings.map(({ account }) => ({
      organizationId: account.organizationId,
      kind: 'OMNIBUS',
      asset: account.asset,
    })),
  );
}

function journalsOf(fundings: readonly Funding[], omnibusIds: readonly Uuid[]): readonly Journal[] {
  return fundings.map(({ command, account, amountMinor }, index) => ({
    id: command.fundingId,
    organizationId: account.organizationId,
    transactionId: null,
    transfers: [
      {
        kind: 'SINGLE',
        id: command.transferId,
        debitAccountId: present(omnibusIds[index], 'an OMNIBUS account'),
        creditAccountId: account.id,
        amount: amountMinor,
        description: 'Sandbox funding',
      },
    ],
  }));
}

function outcomeOf({ command, account, amountMinor }: Funding, posted: JournalResult): Outcome {
  if (posted.status === 'REJECTED')
    return { result: failureFor(posted.rejection, command, account), events: [] };
  return {
    result: {
      type: 'SandboxFunding',
      accountId: account.id,
      amountMinor: amountMinor.toString(),
      asset: account.asset,
    },
    events: [
      sandboxFunded(command.fundingId, account, present(posted.transfers[0], 'the Transfer of a funding')),
    ],
  };
}

/** @throws {InvariantError} for a rejection that a credit from an unbound account cannot meet. */
function failureFor(
  rejection: LedgerRejection,
  command: FundSandbox,
  account: DestinationAccount,
): StoredFailure {
  switch (rejection.code) {
    case 'ACCOUNT_CLOSED':
      return { type: 'AccountClosed', accountId: formatId('acc', account.id) };
    case 'ACCOUNT_NOT_FOUND':
      return { type: 'NotFound', id: command.request.destinationId };
    case 'INVALID_AMOUNT':
      return {
        type: 'InvalidInput',
        field: 'amount',
        value: command.request.amount,
        expected: 'an amount with which the balance stays within 38 digits',
      };
    default:
      throw new InvariantError(`funding ${command.fundingId} was rejected: ${rejection.code}`);
  }
}
