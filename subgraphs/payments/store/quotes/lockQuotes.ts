import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Quote } from '../../domain/quote.ts';
import type { OwnedId } from '../lockTransactions.ts';
import { type QuoteRow, quotesById, STORED_QUOTE_COLUMNS } from './columns.ts';

const LOCK_QUOTES = statement(
  'payments.lock_quotes',
  `select ${STORED_QUOTE_COLUMNS}
     from payments.quote quote
    where (quote.id, quote.organization_id) in (select * from unnest($1::uuid[], $2::uuid[]))
    order by quote.id for no key update`,
);

/**
 * Locks the Quotes that are there and belong to who asks, until the end of the tx: after Transactions and before
 * Accounts, by id, so that two processes never wait for each other.
 */
export async function lockQuotes(tx: Tx, asked: readonly OwnedId[]): Promise<ReadonlyMap<Uuid, Quote>> {
  if (asked.length === 0) return new Map();
  const rows = await tx.rows<QuoteRow>(LOCK_QUOTES, [
    arrayOf(asked, ({ id }) => id),
    arrayOf(asked, ({ organizationId }) => organizationId),
  ]);
  return quotesById(rows);
}
