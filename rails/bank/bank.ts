import type { Journal, NewTransfer } from '../../ledger/transfer.ts';
import type { Movement, Resolution } from '../port.ts';

/** Money between an Account and the CLEARING account at a rail. Each Journal has a single Transfer, which shares its id. */
export const BANK = {
  /** Reserves the money of a payout. The Hold has no end: only what the bank says, or a cancellation in time, resolves it. */
  hold: (movement: Movement): Journal => journalOf(movement, { ...sidesOf(movement), kind: 'PENDING' }),
  /** Takes all of what is held. */
  capture: (resolution: Resolution): Journal =>
    journalOf(resolution, { id: resolution.journalId, kind: 'POST_PENDING', pendingId: resolution.holdId }),
  /** Frees what is held. */
  release: (resolution: Resolution): Journal =>
    journalOf(resolution, { id: resolution.journalId, kind: 'VOID_PENDING', pendingId: resolution.holdId }),
  /** Moves money at once: what arrived, what was assigned, what came back. */
  move: (movement: Movement): Journal => journalOf(movement, { ...sidesOf(movement), kind: 'SINGLE' }),
} as const;

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
