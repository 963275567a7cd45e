import type { Tx } from '../platform/postgres.ts';
import { applyJournal, type JournalResult } from './apply.ts';
import { flushState, idsOf, lockState } from './state.ts';
import type { Journal } from './transfer.ts';

/**
 * Posts Journals in order, each all or nothing; answers in order. Two round trips whatever their number.
 * Locks the accounts until the end of the tx. Safe to retry with the same ids.
 */
export async function postJournals(tx: Tx, journals: readonly Journal[]): Promise<readonly JournalResult[]> {
  if (journals.length === 0) return [];
  const state = await lockState(tx, idsOf(journals));
  const results = journals.map((journal) => applyJournal(state, journal));
  await flushState(tx, state);
  return results;
}
