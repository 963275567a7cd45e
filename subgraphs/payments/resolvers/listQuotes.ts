import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import type { Context } from '../context.ts';
import type { InputMaybe, QueryQuotesArgs, QuoteFilter } from '../generated/resolvers.ts';
import { listQuotes, type QuoteConditions } from '../store/quotes/listQuotes.ts';
import type { QuoteConnectionView } from '../views.ts';
import { filterId } from './ids.ts';

export async function listAllQuotes(args: QueryQuotesArgs, context: Context): Promise<QuoteConnectionView> {
  const page = readUuidPage(args);
  const conditions = readQuoteFilter(args.filter);
  const rows = conditions === null ? [] : await listQuotes(context.reads, context.viewer, conditions, page);
  return toConnection(rows, page, ({ id }) => id);
}

/** What the filter asks for; null when nothing can meet it, such as an id that is none of ours. */
function readQuoteFilter(filter: InputMaybe<QuoteFilter> | undefined): QuoteConditions | null {
  if (!filter) return {};
  const customerId = filterId('cus', filter.customerId);
  const accountId = filterId('acc', filter.accountId);
  if (customerId === null || accountId === null) return null;
  return {
    ...(customerId ? { customerId } : {}),
    ...(accountId ? { accountId } : {}),
    ...(filter.statuses ? { statuses: filter.statuses } : {}),
    ...(filter.createdAt?.from ? { createdFrom: filter.createdAt.from } : {}),
    ...(filter.createdAt?.to ? { createdBefore: filter.createdAt.to } : {}),
  };
}
