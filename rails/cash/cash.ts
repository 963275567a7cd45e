import type { Journal, NewTransfer } from '../../ledger/transfer.ts';
import type { Uuid } from '../../platform/id.ts';

/** Name of the rail, and the place of its CLEARING accounts. */
export const CASH = 'CASH';

/** An amount and its fee, each to an Account of its own, for one Transaction. Minor units. */
export interface CashMovement {
  /** Of the first Transfer, and of the Journal. */
  readonly journalId: Uuid;
  /** Of the fee's Transfer. */
  readonly feeTransferId: Uuid;
  readonly organizationId: Uuid;
  readonly transactionId: Uuid;
  readonly sourceAccountId: Uuid;
  readonly destinationAccountId: Uuid;
  readonly feesAccountId: Uuid;
  /** What the destination gets. */
  readonly amountMinor: bigint;
  /** What is charged beside it, from the same source; no Transfer where it is zero. */
  readonly feeMinor: bigint;
  readonly description: string | null;
}

/** The Journal of cash that moves at once (SINGLE) or is held until it is picked up (PENDING). Pure. */
export function cashJournal(movement: CashMovement, kind: 'SINGLE' | 'PENDING'): Journal {
  const {
    journalId,
    feeTransferId,
    organizationId,
    transactionId,
    sourceAccountId: debitAccountId,
  } = movement;
  const { destinationAccountId, feesAccountId, amountMinor, feeMinor, description } = movement;
  const transfer = (id: Uuid, creditAccountId: Uuid, amount: bigint, text: string | null): NewTransfer => ({
    ...{ id, kind, debitAccountId, creditAccountId, amount },
    ...(text === null ? {} : { description: text }),
  });
  const transfers = [transfer(journalId, destinationAccountId, amountMinor, description)];
  if (feeMinor > 0n) transfers.push(transfer(feeTransferId, feesAccountId, feeMinor, 'Cash fee'));
  return { id: journalId, organizationId, transactionId, transfers };
}
