import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { TransactionEvent } from '../domain/transactionEvent.ts';
import { EVENT_COLUMNS, visibleTo } from './columns.ts';

/** Versions have no gaps, so that the first so many steps are those up to this version. */
export const TIMELINE_STEPS_MAX = 1_000;

const LIST_TIMELINES = statement(
  'payments.list_timelines',
  `select ${EVENT_COLUMNS}
     from payments.transaction transaction
     join payments.transaction_event event on event.transaction_id = transaction.id
    where transaction.id = any($1::uuid[]) and event.version <= ${TIMELINE_STEPS_MAX} and ${visibleTo('$2')}
    order by event.transaction_id, event.version`,
);

/** The timelines in the order of `ids`, oldest step first; empty for one that the Viewer may not see. Safe to retry. */
export async function listTimelines(
  reads: Database,
  viewer: Viewer,
  ids: readonly Uuid[],
): Promise<readonly (readonly TransactionEvent[])[]> {
  const rows = await reads.readRows<TransactionEvent>(viewer.organizationId, LIST_TIMELINES, [
    arrayOf(ids, (id) => id),
    viewer.customerId ?? null,
  ]);
  const timelines = new Map<Uuid, TransactionEvent[]>(ids.map((id) => [id, []]));
  for (const event of rows) timelines.get(event.transactionId)?.push(event);
  return ids.map((id) => timelines.get(id) ?? []);
}
