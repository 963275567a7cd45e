import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Transaction } from '../domain/transaction.ts';
import { TRANSACTION_COLUMNS } from './columns.ts';

export interface OwnedId {
  readonly organizationId: Uuid;
  readonly id: Uuid;
}

const LOCK_TRANSACTIONS = statement(
  'payments.lock_transactions',
  `select ${TRANSACTION_COLUMNS}
     from payments.transaction transaction
    where (transaction.id, transaction.organization_id) in (select * from unnest($1::uuid[], $2::uuid[]))
    order by transaction.id for no key update`,
);

/** The same, with the originals of those that are refunds: what ends a refund changes its original, too. */
const LOCK_WITH_ORIGINALS = statement(
  'payments.lock_with_originals',
  `select ${TRANSACTION_COLUMNS}
     from payments.transaction transaction
    where (transaction.id, transaction.organization_id) in (
      select * from unnest($1::uuid[], $2::uuid[])
       union
      select refund.refund_of, refund.organization_id
        from unnest($1::uuid[], $2::uuid[]) as asked(id, organization_id)
        join payments.transaction refund on refund.id = asked.id and refund.organization_id = asked.organization_id
       where refund.refund_of is not null)
    order by transaction.id for no key update`,
);

/**
 * Locks the Transactions that are there and belong to who asks, until the end of the tx. Transactions are
 * locked before Accounts, both by id, so that two processes never wait for each other.
 *
 * @param withOriginals whether the originals of refunds are locked, too
 */
export async function lockTransactions(
  tx: Tx,
  asked: readonly OwnedId[],
  withOriginals = false,
): Promise<ReadonlyMap<Uuid, Transaction>> {
  if (asked.length === 0) return new Map();
  const rows = await tx.rows<Transaction>(withOriginals ? LOCK_WITH_ORIGINALS : LOCK_TRANSACTIONS, [
    arrayOf(asked, ({ id }) => id),
    arrayOf(asked, ({ organizationId }) => organizationId),
  ]);
  return new Map(rows.map((transaction) => [transaction.id, transaction]));
}
