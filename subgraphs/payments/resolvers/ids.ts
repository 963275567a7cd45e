import { requireScope } from '../../../platform/graphql.ts';
import { type IdPrefix, parseId, type Uuid } from '../../../platform/id.ts';
import type { Context } from '../context.ts';
import type { Quote } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';

/**
 * The Transaction behind a public id, behind the scope of its type also where another subgraph refers to it. A malformed id,
 * an unknown one and another organization's are all null.
 *
 * @throws {ApiError} FORBIDDEN, which says nothing about the object
 */
export async function findVisible(id: string, { loaders, viewer }: Context): Promise<Transaction | null> {
  requireScope(viewer, 'transactions:read');
  const uuid = parseId('txn', id);
  return uuid === null ? null : loaders.findTransaction(uuid);
}

/** The Quote behind a public id, as `findVisible`. */
export async function findVisibleQuote(id: string, { loaders, viewer }: Context): Promise<Quote | null> {
  requireScope(viewer, 'transactions:read');
  const uuid = parseId('quo', id);
  return uuid === null ? null : loaders.findQuote(uuid);
}

/** The uuid of an id in a filter: undefined when none was given, null when it can name nothing. */
export function filterId(prefix: IdPrefix, id: string | null | undefined): Uuid | null | undefined {
  return id === null || id === undefined ? undefined : parseId(prefix, id);
}
