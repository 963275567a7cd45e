import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Quote } from '../../domain/quote.ts';
import { type QuoteRow, quotesById, STORED_QUOTE_COLUMNS } from './columns.ts';

/** Index quote_of_transaction. */
const READ_ACCEPTED = statement(
  'payments.read_accepted_quotes',
  `select ${STORED_QUOTE_COLUMNS} from payments.quote quote where quote.transaction_id = any($1::uuid[])`,
);

/**
 * The Quotes that locked Transactions were made from, by those Transactions. Takes no lock, as an accepted Quote never
 * changes: whoever settles would otherwise wait for whoever accepts, in another order. Role omsx_payments_writer.
 */
export async function readAcceptedQuotes(
  tx: Tx,
  transactionIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, Quote>> {
  if (transactionIds.length === 0) return new Map();
  const rows = await tx.rows<QuoteRow>(READ_ACCEPTED, [arrayOf(transactionIds, (id) => id)]);
  const quotes = [...quotesById(rows).values()];
  return new Map(
    quotes.flatMap((quote) => (quote.transactionId === null ? [] : [[quote.transactionId, quote]])),
  );
}
