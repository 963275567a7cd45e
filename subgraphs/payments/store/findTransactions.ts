import { arrayOf, arrayOfText } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Transaction } from '../domain/transaction.ts';
import { TRANSACTION_COLUMNS, visibleTo } from './columns.ts';

const FIND_TRANSACTIONS = statement(
  'payments.find_transactions',
  `select ${TRANSACTION_COLUMNS} from payments.transaction transaction
    where transaction.id = any($1::uuid[]) and ${visibleTo('$2')}`,
);

const FIND_BY_EXTERNAL_ID = statement(
  'payments.find_transactions_by_external_id',
  `select ${TRANSACTION_COLUMNS} from payments.transaction transaction
    where transaction.organization_id = $1 and transaction.external_id = any($2::text[]) and ${visibleTo('$3')}`,
);

/** The Transactions in the order of `ids`, null for one that the Viewer may not see. Safe to retry. */
export async function findTransactions(
  reads: Database,
  viewer: Viewer,
  ids: readonly Uuid[],
): Promise<readonly (Transaction | null)[]> {
  const rows = await reads.readRows<Transaction>(viewer.organizationId, FIND_TRANSACTIONS, [
    arrayOf(ids, (id) => id),
    viewer.customerId ?? null,
  ]);
  const found = new Map(rows.map((transaction) => [transaction.id, transaction]));
  return ids.map((id) => found.get(id) ?? null);
}

/** As `findTransactions`, by the integrator's own ids. Safe to retry. */
export async function findByExternalIds(
  reads: Database,
  viewer: Viewer,
  externalIds: readonly string[],
): Promise<readonly (Transaction | null)[]> {
  const rows = await reads.readRows<Transaction>(viewer.organizationId, FIND_BY_EXTERNAL_ID, [
    viewer.organizationId,
    arrayOfText(externalIds, (externalId) => externalId),
    viewer.customerId ?? null,
  ]);
  const found = new Map(rows.map((transaction) => [transaction.externalId, transaction]));
  return externalIds.map((externalId) => found.get(externalId) ?? null);
}
