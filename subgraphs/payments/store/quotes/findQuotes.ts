import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import { isClient, type Viewer } from '../../../../platform/viewer.ts';
import type { Quote } from '../../domain/quote.ts';
import { QUOTE_COLUMNS, type QuoteRow, quotesById } from './columns.ts';

const FIND_QUOTES = statement(
  'payments.find_quotes',
  `select ${QUOTE_COLUMNS} from payments.quote quote where quote.id = any($1::uuid[])`,
);

/**
 * The Quotes in the order of `ids`, null for one that the Viewer may not see: a client token sees none, as what the
 * organization charges, and whom it pays of that, is not the payer's to know. Safe to retry.
 */
export async function findQuotes(
  reads: Database,
  viewer: Viewer,
  ids: readonly Uuid[],
): Promise<readonly (Quote | null)[]> {
  if (isClient(viewer)) return ids.map(() => null);
  const rows = await reads.readRows<QuoteRow>(viewer.organizationId, FIND_QUOTES, [arrayOf(ids, (id) => id)]);
  const found = quotesById(rows);
  return ids.map((id) => found.get(id) ?? null);
}
