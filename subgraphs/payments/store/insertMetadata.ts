import { arrayOf, arrayOfText } from '../../../platform/arrays.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Transaction } from '../domain/transaction.ts';

const INSERT_METADATA = statement(
  'payments.insert_metadata',
  `insert into payments.transaction_metadata (organization_id, key, value, transaction_id)
   select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[])`,
);

/** Writes the pairs of new Transactions for the list by a pair. Retry only with the whole tx. */
export async function insertMetadata(tx: Tx, made: readonly Transaction[]): Promise<void> {
  const pairs = made.flatMap(({ organizationId, id, metadata }) =>
    Object.entries(metadata).map(([key, value]) => ({ organizationId, id, key, value })),
  );
  if (pairs.length === 0) return;
  await tx.rows(INSERT_METADATA, [
    arrayOf(pairs, ({ organizationId }) => organizationId),
    arrayOfText(pairs, ({ key }) => key),
    arrayOfText(pairs, ({ value }) => value),
    arrayOf(pairs, ({ id }) => id),
  ]);
}
