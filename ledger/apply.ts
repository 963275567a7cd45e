import { invariant } from '../platform/invariant.ts';
import { decideTransfer } from './decide.ts';
import { createDraft, keepDraft } from './draft.ts';
import type { LedgerRejection } from './errors.ts';
import { findExisting } from './existing.ts';
import type { LedgerState } from './state.ts';
import { JOURNAL_TRANSFERS_MAX, type Journal, type Transfer } from './transfer.ts';

export type JournalResult =
  | { readonly status: 'POSTED'; readonly transfers: readonly Transfer[] }
  /** `index` is the Transfer that was refused; nothing of the Journal was posted. */
  | { readonly status: 'REJECTED'; readonly rejection: LedgerRejection; readonly index: number }
  /** The same Journal was posted before; these are its Transfers as stored. */
  | { readonly status: 'EXISTED'; readonly transfers: readonly Transfer[] };

/**
 * Decides one Journal on top of `state`, with exactly the meaning of posting one after the other. Pure: reads
 * and changes nothing but `state`, and on a rejection not even that. `flushState` writes the outcome.
 *
 * @throws {InvariantError} for a Journal without Transfers, with too many, or with ids that were not locked.
 */
export function applyJournal(state: LedgerState, journal: Journal): JournalResult {
  const { length } = journal.transfers;
  invariant(length > 0 && length <= JOURNAL_TRANSFERS_MAX, `journal ${journal.id} has ${length} transfers`);
  const known = findExisting(state, journal);
  if (known.status === 'EXISTED') return known;
  if (known.status === 'REUSED') {
    return { status: 'REJECTED', rejection: known.rejection, index: known.index };
  }
  const draft = createDraft(state, journal);
  for (const [index, transfer] of journal.transfers.entries()) {
    const rejection = decideTransfer(draft, transfer);
    if (rejection !== null) return { status: 'REJECTED', rejection, index };
  }
  keepDraft(draft);
  return { status: 'POSTED', transfers: [...draft.transfers.values()] };
}
