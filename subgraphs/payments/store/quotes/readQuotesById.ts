import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Quote } from '../../domain/quote.ts';
import { type QuoteRow, quotesById, STORED_QUOTE_COLUMNS } from './columns.ts';

const READ_QUOTES = statement(
  'payments.read_quotes_by_id',
  `select ${STORED_QUOTE_COLUMNS} from payments.quote quote where quote.id = any($1::uuid[])`,
);

/** Quotes that were accepted, which never change any more, so that no lock is taken. Role omsx_payments_writer. */
export async function readQuotesById(tx: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, Quote>> {
  if (ids.length === 0) return new Map();
  return quotesById(await tx.rows<QuoteRow>(READ_QUOTES, [arrayOf(ids, (id) => id)]));
}
