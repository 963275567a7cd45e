import { applyJournal, type JournalResult } from '../../../ledger/apply.ts';
import type { Journal, NewTransfer } from '../../../ledger/transfer.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import type { Batch } from './batch.ts';
import type { Transaction } from './transaction.ts';

/**
 * The `index`th id of a Journal, made from the Journal's own so that deciding again makes the same. A uuidv7 ends in
 * random bits, and two of one process differ in the bits before those that counting changes.
 */
export function numberedId(journalId: Uuid, index: number): Uuid {
  if (index === 0) return journalId;
  const low = (BigInt(`0x${journalId.slice(-8)}`) + BigInt(index)) & 0xffff_ffffn;
  return `${journalId.slice(0, -8)}${low.toString(16).padStart(8, '0')}` as Uuid;
}

/** What holding several amounts at once makes of a Transaction: the first Hold carries the money, the others its fees. */
export function holdsOf({ transfers }: Journal): Pick<Transaction, 'holdId' | 'moreHoldIds'> {
  const [holdId = null, ...moreHoldIds] = transfers
    .filter(({ kind }) => kind === 'PENDING')
    .map(({ id }) => id);
  return { holdId, moreHoldIds };
}

/** No Hold is open any more. */
export const NO_HOLDS = { holdId: null, moreHoldIds: [] } as const;

/** Takes all that a Transaction holds, in full and in one Journal, and answers whose balance that changed. */
export function captureHolds(batch: Batch, held: Transaction, journalId: Uuid): readonly Uuid[] {
  return resolveHolds(batch, held, journalId, 'POST_PENDING');
}

/** Frees all that a Transaction holds, in one Journal, and answers whose balance that changed. */
export function releaseHolds(batch: Batch, held: Transaction, journalId: Uuid): readonly Uuid[] {
  return resolveHolds(batch, held, journalId, 'VOID_PENDING');
}

/** What is held can always be resolved while it is locked, so that a refusal is a bug. */
function resolveHolds(
  batch: Batch,
  held: Transaction,
  journalId: Uuid,
  kind: 'POST_PENDING' | 'VOID_PENDING',
): readonly Uuid[] {
  const { holdId, moreHoldIds, organizationId, id: transactionId } = held;
  invariant(holdId !== null, `${transactionId} in ${held.status} without a hold`);
  const transfers = [holdId, ...moreHoldIds].map(
    (pendingId, index): NewTransfer => ({ id: numberedId(journalId, index), kind, pendingId }),
  );
  const posted = applyJournal(batch.ledger, { id: journalId, organizationId, transactionId, transfers });
  invariant(posted.status === 'POSTED', `resolving what ${transactionId} holds was ${posted.status}`);
  return touchedBy(batch, held, posted);
}

/** The Accounts whose balance a Journal of a Transaction changed and somebody may follow: its sides, and parties. */
export function touchedBy(
  batch: Batch,
  { sourceAccountId, destinationAccountId }: Pick<Transaction, 'sourceAccountId' | 'destinationAccountId'>,
  { transfers }: Exclude<JournalResult, { status: 'REJECTED' }>,
): readonly Uuid[] {
  const touched = new Set([sourceAccountId, destinationAccountId]);
  for (const { debitAccountId, creditAccountId } of transfers) {
    for (const id of [debitAccountId, creditAccountId]) {
      const { kind } = present(batch.ledger.accounts.get(id), 'a posted account');
      if (kind === 'CUSTOMER' || kind === 'TREASURY') touched.add(id);
    }
  }
  return [...touched];
}
