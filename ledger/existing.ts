import type { Uuid } from '../platform/id.ts';
import type { LedgerRejection } from './errors.ts';
import type { LedgerState } from './state.ts';
import type { Journal, NewTransfer, Transfer } from './transfer.ts';

/** What is known of a Journal's ids before it is decided. */
export type Known =
  | { readonly status: 'NEW' }
  | { readonly status: 'EXISTED'; readonly transfers: readonly Transfer[] }
  | { readonly status: 'REUSED'; readonly rejection: LedgerRejection; readonly index: number };

const NEW: Known = { status: 'NEW' };

/**
 * Was this Journal posted before? All ids there with the same content is yes; some of them, other content or an
 * id that stands twice is a reuse, which must never look like success.
 */
export function findExisting(state: LedgerState, journal: Journal): Known {
  const seen = new Set<Uuid>();
  const stored: Transfer[] = [];
  let firstStored = -1;
  for (const [index, transfer] of journal.transfers.entries()) {
    if (seen.has(transfer.id)) return reused(transfer, index);
    seen.add(transfer.id);
    const found = state.transfers.get(transfer.id);
    if (found === undefined) continue;
    if (!isSame(state, journal, transfer, found)) return reused(transfer, index);
    if (firstStored < 0) firstStored = index;
    stored.push(found);
  }
  if (stored.length === 0) return NEW;
  if (stored.length === journal.transfers.length) return { status: 'EXISTED', transfers: stored };
  return reused(journal.transfers[firstStored] as NewTransfer, firstStored);
}

function reused(transfer: NewTransfer, index: number): Known {
  return { status: 'REUSED', rejection: { code: 'TRANSFER_ID_REUSED', transferId: transfer.id }, index };
}

function isSame(state: LedgerState, journal: Journal, asked: NewTransfer, stored: Transfer): boolean {
  return (
    stored.kind === asked.kind &&
    stored.journalId === journal.id &&
    stored.organizationId === journal.organizationId &&
    stored.transactionId === journal.transactionId &&
    stored.description === (asked.description ?? null) &&
    isSameMovement(state, asked, stored)
  );
}

function isSameMovement(state: LedgerState, asked: NewTransfer, stored: Transfer): boolean {
  switch (asked.kind) {
    case 'SINGLE':
    case 'PENDING': {
      const expiresAt = asked.kind === 'PENDING' ? asked.expiresAt?.getTime() : undefined;
      return (
        stored.debitAccountId === asked.debitAccountId &&
        stored.creditAccountId === asked.creditAccountId &&
        stored.expiresAt?.getTime() === expiresAt &&
        // A balancing Transfer keeps what it moved, not what it was allowed to move.
        (asked.balancing === undefined ? stored.amount === asked.amount : stored.amount <= asked.amount)
      );
    }
    case 'POST_PENDING': {
      const amount = asked.amount ?? state.transfers.get(asked.pendingId)?.amount;
      return stored.pendingId === asked.pendingId && stored.amount === amount;
    }
    case 'VOID_PENDING':
      return stored.pendingId === asked.pendingId;
  }
}
