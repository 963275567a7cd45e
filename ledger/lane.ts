import { createLane, type Lane } from '../platform/lane.ts';
import { type Database, violatedConstraint } from '../platform/postgres.ts';
import type { JournalResult } from './apply.ts';
import { postJournals } from './post.ts';
import type { Journal } from './transfer.ts';

/**
 * A lane that posts bare Journals; whatever writes business rows too has a command lane instead. Submitting the
 * same Journal again is safe, from any process.
 */
export function createPostingLane(database: Database): Lane<Journal, JournalResult> {
  return createLane({
    name: 'ledger.post',
    run: (journals) => postOnce(database, journals).catch((error) => postAgain(database, journals, error)),
  });
}

function postOnce(database: Database, journals: readonly Journal[]): Promise<readonly JournalResult[]> {
  return database.write((tx) => postJournals(tx, journals));
}

/**
 * Two processes that post one id with different accounts share no lock, and the second meets the primary key
 * instead. It is committed by then, so that a second try sees it and answers TRANSFER_ID_REUSED.
 */
function postAgain(
  database: Database,
  journals: readonly Journal[],
  error: unknown,
): Promise<readonly JournalResult[]> {
  if (violatedConstraint(error) !== 'transfer_pkey') throw error;
  return postOnce(database, journals);
}
