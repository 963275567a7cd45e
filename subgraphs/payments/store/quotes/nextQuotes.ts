import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';

export interface OpenQuote {
  readonly quoteId: Uuid;
  readonly organizationId: Uuid;
  /** Milliseconds until it is over by the database's clock; zero or less when it is. */
  readonly dueInMs: number;
}

/** Index quote_expires. */
const NEXT_QUOTES = statement(
  'payments.next_quotes',
  `select quote.id as "quoteId", quote.organization_id as "organizationId",
          ceil(extract(epoch from quote.expires_at - (select platform.now())) * 1000)::float8 as "dueInMs"
     from payments.quote quote where quote.status = 'OPEN' order by quote.expires_at limit $1`,
);

/** The `limit` open Quotes that are over first, of all organizations. Role omsx_payments_writer. Takes no lock. */
export function nextQuotes(database: Database, limit: number): Promise<readonly OpenQuote[]> {
  return database.write((tx) => tx.rows<OpenQuote>(NEXT_QUOTES, [limit]));
}
