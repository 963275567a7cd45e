import type { Database } from '../postgres.ts';
import { statement } from '../statement.ts';

export const PARTITION_DAYS_AHEAD = 3;

const KEEP = statement(
  'relay.keep_outbox_partitions',
  'select made, dropped from platform.keep_outbox_partitions($1, $2)',
);

/**
 * Makes the outbox's partitions of today and the days ahead and drops those past retention, raising the floor
 * below which cursors have expired. Safe to repeat. @throws 55P03 when a long reader is in the way: ask later.
 */
export async function keepPartitions(
  database: Database,
  retentionDays: number,
): Promise<{ readonly made: number; readonly dropped: number }> {
  const [row] = await database.write((tx) =>
    tx.rows<{ made: number; dropped: number }>(KEEP, [PARTITION_DAYS_AHEAD, retentionDays]),
  );
  return row ?? { made: 0, dropped: 0 };
}
