import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { LineRow } from '../../../rails/bank/statements/lines.ts';
import { BOOK } from '../../../rails/book/book.ts';
import { bankAccount, putSettledLine } from './bank.ts';
import { advance, type Batch, open } from './batch.ts';
import type { AssignLineCommand, TakeLineAsFeeCommand } from './command.ts';
import { findParty } from './decideCreate.ts';
import { numberedId } from './holds.ts';
import { TAKE_OUT_PLACE } from './reconciliation.ts';
import { closedAccount, invalid, mismatched, missing, succeeded } from './results.ts';
import { creditedSide } from './transaction.ts';

/** Takes what a line put into suspense out of it, for the Account that somebody says it is for; once. */
export function decideAssignLine(batch: Batch, command: AssignLineCommand): StoredResult {
  const { organizationId, transactionId } = command;
  const row = suspendedLine(batch, command);
  if ('type' in row) return row;
  const account = findParty(batch, organizationId, command.account);
  if (!account) return missing(command.account.id);
  const { asset } = row;
  const amountMinor = restOf(row);
  if (amountMinor < 0n) {
    const expected = 'a line that brought money, as nobody is charged for what a bank took';
    return invalid('bookingId', formatId('bbk', row.id), expected);
  }
  if (account.asset !== asset) return mismatched(account.asset, asset);
  if (account.closedAt !== null) return closedAccount(account.id);
  const suspenseId = move(batch, row, { toId: account.id, transactionId });
  const opened = open(batch, {
    ...{
      id: transactionId,
      organizationId,
      type: 'BOOK',
      finality: BOOK.finality,
      captureMethod: 'AUTOMATIC',
    },
    ...{ sourceRail: BOOK.name, sourceAccountId: suspenseId, sourceIsWallet: false, sourceCustomerId: null },
    ...{ sourceAsset: asset, sourceAmountMinor: amountMinor },
    ...{ ...creditedSide(account), destinationAmountMinor: amountMinor },
    ...{ refundOf: null, description: null, externalId: null, metadata: {} },
  });
  const done = { capturedAmountMinor: amountMinor, completedAt: batch.now };
  const touched = [suspenseId, account.id];
  advance(batch, opened, 'COMPLETED', done, { leg: 'DESTINATION', amountMinor, touched });
  takenOut(batch, command, row, { state: 'ASSIGNED', assignedTransactionId: transactionId });
  return succeeded(transactionId);
}

/** Takes what a line put into suspense, or took from it, as a fee of the bank; once. */
export function decideTakeLineAsFee(batch: Batch, command: TakeLineAsFeeCommand): StoredResult {
  const row = suspendedLine(batch, command);
  if ('type' in row) return row;
  const { organizationId, asset, adapter: place } = row;
  invariant(organizationId !== null, `line ${row.id} is nobody's`);
  const toId = bankAccount(batch, { organizationId, asset, kind: 'FEES', place });
  move(batch, row, { toId, transactionId: null });
  takenOut(batch, command, row, { state: 'FEE', assignedTransactionId: null });
  return { type: 'BankBooking', lineId: row.id };
}

type Command = AssignLineCommand | TakeLineAsFeeCommand;

/** The line that a command is about, in suspense and in the books, or why it is none. */
function suspendedLine({ bank }: Batch, { organizationId, lineId }: Command): LineRow | StoredResult {
  const id = formatId('bbk', lineId);
  const row = bank.lines.get(lineId);
  if (!row || row.organizationId !== organizationId) return missing(id);
  const isInSuspense = row.state === 'SUSPENSE' && row.settledVersion === row.version;
  return isInSuspense ? row : invalid('bookingId', id, 'a line of a bank that is in suspense');
}

/** What a line has put into suspense; negative for what it took from there. */
function restOf({ amountMinor, bookedMinor }: LineRow): bigint {
  return amountMinor - (bookedMinor ?? 0n);
}

/** Answers the account that stands for suspense. */
function move(
  batch: Batch,
  row: LineRow,
  {
    toId,
    transactionId,
  }: { readonly toId: Command['lineId']; readonly transactionId: Command['lineId'] | null },
): Command['lineId'] {
  const { organizationId, asset } = row;
  invariant(organizationId !== null, `line ${row.id} is nobody's`);
  const suspenseId = bankAccount(batch, { organizationId, kind: 'SUSPENSE', asset });
  const rest = restOf(row);
  const isOut = rest < 0n;
  const posted = applyJournal(
    batch.ledger,
    BOOK.transfer({
      ...{ journalId: numberedId(row.id, TAKE_OUT_PLACE), organizationId, transactionId },
      ...{ amountMinor: isOut ? -rest : rest, description: 'Out of suspense' },
      sourceAccountId: isOut ? toId : suspenseId,
      destinationAccountId: isOut ? suspenseId : toId,
    }),
  );
  invariant(posted.status === 'POSTED', `taking line ${row.id} out of suspense was ${posted.status}`);
  return suspenseId;
}

function takenOut(
  batch: Batch,
  { requestedBy }: Command,
  row: LineRow,
  how: Pick<LineRow, 'state' | 'assignedTransactionId'>,
): void {
  invariant(requestedBy !== undefined, 'somebody takes a line out of suspense');
  putSettledLine(batch, { ...row, ...how, takenOutBy: requestedBy, version: row.version + 1 });
}
