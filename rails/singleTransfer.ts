import type { Journal, NewTransfer } from '../ledger/transfer.ts';
import type { Movement, Resolution } from './port.ts';

/** Journals of a single Transfer, which therefore shares the Journal's id. All are pure. */
export function moveNow(movement: Movement): Journal {
  return journalOf(movement, { ...sidesOf(movement), kind: 'SINGLE' });
}

/** Reserves the money. @param expiresAt from when on it can be released but not captured; never when left out */
export function hold(movement: Movement, expiresAt?: Date): Journal {
  return journalOf(movement, { ...sidesOf(movement), kind: 'PENDING', ...(expiresAt ? { expiresAt } : {}) });
}

/** Takes what is held. @param amountMinor frees the rest; all of it when left out */
export function capture(resolution: Resolution, amountMinor?: bigint): Journal {
  const { journalId: id, holdId: pendingId } = resolution;
  const part = amountMinor === undefined ? {} : { amount: amountMinor };
  return journalOf(resolution, { id, kind: 'POST_PENDING', pendingId, ...part });
}

/** Frees what is held. */
export function release(resolution: Resolution): Journal {
  const { journalId: id, holdId: pendingId } = resolution;
  return journalOf(resolution, { id, kind: 'VOID_PENDING', pendingId });
}

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
