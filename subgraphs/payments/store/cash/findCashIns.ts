import { arrayOf } from '../../../../platform/arrays.ts';
import type { Page } from '../../../../platform/connection.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { type Statement, statement } from '../../../../platform/statement.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import type { CashIn, CashInStatus } from '../../domain/cash/cashIn.ts';
import { CASH_IN_COLUMNS } from './columns.ts';

/** A CashIn with what may be shown of its current code. */
export interface CashInRow extends CashIn {
  readonly codeMask: string | null;
}

const FROM = `from payments.cash_in cash_in join cash.order wish on wish.id = cash_in.order_id`;
const COLUMNS = `${CASH_IN_COLUMNS}, wish.code_mask as "codeMask"`;

/** Keeps a client token to its own Customer, whose uuid is $2; null for everybody else. */
const VISIBLE = '($2::uuid is null or cash_in.customer_id = $2)';

const FIND: Readonly<Record<'id' | 'transaction_id', Statement>> = {
  id: findBy('id'),
  transaction_id: findBy('transaction_id'),
};

function findBy(column: 'id' | 'transaction_id'): Statement {
  return statement(
    `payments.find_cash_ins_by_${column}`,
    `select ${COLUMNS} ${FROM} where cash_in.${column} = any($1::uuid[]) and ${VISIBLE}`,
  );
}

/** The CashIns in the order of `ids`, null for one that the Viewer may not see. Safe to retry. */
export async function findCashIns(
  reads: Database,
  viewer: Viewer,
  by: 'id' | 'transactionId',
  ids: readonly Uuid[],
): Promise<readonly (CashInRow | null)[]> {
  const find = by === 'id' ? FIND.id : FIND.transaction_id;
  const values = [arrayOf(ids, (id) => id), viewer.customerId ?? null];
  const rows = await reads.readRows<CashInRow>(viewer.organizationId, find, values);
  const found = new Map(rows.map((row) => [row[by], row]));
  return ids.map((id) => found.get(id) ?? null);
}

const LIST: Readonly<Record<'asc' | 'desc', Statement>> = { asc: list('asc'), desc: list('desc') };

/** Indexes cash_in_organization and cash_in_customer. */
function list(order: 'asc' | 'desc'): Statement {
  const beyond =
    order === 'desc'
      ? `cash_in.id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
      : `cash_in.id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')`;
  return statement(
    `payments.list_cash_ins_${order}`,
    `select ${COLUMNS} ${FROM}
      where ${beyond} and ${VISIBLE} and ($4::text[] is null or cash_in.status = any($4))
        and cash_in.organization_id = platform.current_organization()
      order by cash_in.id ${order} limit $3`,
  );
}

/** Up to `limit + 1` CashIns in walking direction. @param customerId null for all that the Viewer may see */
export function listCashIns(
  reads: Database,
  viewer: Viewer,
  conditions: { readonly customerId: Uuid | null; readonly statuses: readonly CashInStatus[] | null },
  page: Page,
): Promise<readonly CashInRow[]> {
  const { customerId, statuses } = conditions;
  return reads.readRows<CashInRow>(viewer.organizationId, LIST[page.forward ? 'desc' : 'asc'], [
    page.from,
    viewer.customerId ?? customerId,
    page.limit + 1,
    statuses === null ? null : arrayOf(statuses, (status) => status),
  ]);
}
