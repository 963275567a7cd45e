import type { Journal, NewTransfer } from '../../ledger/transfer.ts';
import type { Movement, Rail, Resolution } from '../port.ts';

/**
 * BOOK: between two Accounts of our own ledger. There is no outside, so that what is posted is final. Each
 * Journal has a single Transfer, which therefore shares the Journal's id.
 */
export const BOOK: Rail = {
  name: 'BOOK',
  isReversible: false,
  finality: 'FINAL',
  transfer: (movement) => journalOf(movement, { ...sidesOf(movement), kind: 'SINGLE' }),
  hold: (movement, expiresAt) => journalOf(movement, { ...sidesOf(movement), kind: 'PENDING', expiresAt }),
  capture: (resolution, amountMinor) =>
    journalOf(resolution, {
      id: resolution.journalId,
      kind: 'POST_PENDING',
      pendingId: resolution.holdId,
      amount: amountMinor,
    }),
  release: (resolution) =>
    journalOf(resolution, {
      id: resolution.journalId,
      kind: 'VOID_PENDING',
      pendingId: resolution.holdId,
    }),
  refund: (original) =>
    BOOK.transfer({
      ...original,
      sourceAccountId: original.destinationAccountId,
      destinationAccountId: original.sourceAccountId,
    }),
};

function sidesOf(movement: Movement) {
  return {
    id: movement.journalId,
    debitAccountId: movement.sourceAccountId,
    creditAccountId: movement.destinationAccountId,
    amount: movement.amountMinor,
    ...(movement.description === null ? {} : { description: movement.description }),
  };
}

function journalOf(of: Movement | Resolution, transfer: NewTransfer): Journal {
  return {
    id: of.journalId,
    organizationId: of.organizationId,
    transactionId: of.transactionId,
    transfers: [transfer],
  };
}
