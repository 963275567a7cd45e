import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Transaction } from '../domain/transaction.ts';
import { TRANSACTION_COLUMNS, visibleTo } from './columns.ts';

export const REFUNDS_MAX = 100;

/** Index transaction_refund_of, once for each original. */
const LIST_REFUNDS = statement(
  'payments.list_refunds',
  `select refund.* from unnest($1::uuid[]) as original(id)
    cross join lateral (
      select ${TRANSACTION_COLUMNS} from payments.transaction transaction
       where transaction.refund_of = original.id and ${visibleTo('$2')}
       order by transaction.id desc limit ${REFUNDS_MAX}) refund`,
);

/** Newest refunds first, at most 100 each, in the order of `ids`. Safe to retry. */
export async function listRefunds(
  reads: Database,
  viewer: Viewer,
  ids: readonly Uuid[],
): Promise<readonly (readonly Transaction[])[]> {
  const rows = await reads.readRows<Transaction>(viewer.organizationId, LIST_REFUNDS, [
    arrayOf(ids, (id) => id),
    viewer.customerId ?? null,
  ]);
  const refunds = new Map<Uuid, Transaction[]>(ids.map((id) => [id, []]));
  for (const refund of rows) refunds.get(refund.refundOf as Uuid)?.push(refund);
  return ids.map((id) => refunds.get(id) ?? []);
}
