import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import { ApiError } from '../../../platform/errors.ts';
import { requireWholeOrganization } from '../../../platform/viewer.ts';
import { listReceipts } from '../../../rails/bank/reads.ts';
import type { Context } from '../context.ts';
import type { QueryResolvers, QueryTransactionsArgs } from '../generated/resolvers.ts';
import { seesReviews } from '../loaders/gates.ts';
import { type Conditions, listTransactions } from '../store/listTransactions.ts';
import type { TransactionConnectionView } from '../views.ts';
import { readFilter } from './filter.ts';
import { findVisible, findVisibleQuote } from './ids.ts';
import { listAllQuotes } from './listQuotes.ts';
import { railPerformance } from './railPerformance.ts';
import { listRails } from './rails.ts';
import { webhookQueries } from './webhook.ts';

export const queryResolvers = {
  transaction: (_, { id }, context) => findVisible(id, context),
  transactionByExternalId: (_, { externalId }, { loaders }) =>
    isStorable(externalId) ? loaders.findByExternalId(externalId) : null,
  transactions: (_, args, context) => list(args, context),
  quote: (_, { id }, context) => findVisibleQuote(id, context),
  quotes: (_, args, context) => listAllQuotes(args, context),
  bankReceipts: async (_, args, { reads, viewer }) => {
    // A receipt is nobody's yet, or named after it was: no client token sees the list.
    requireWholeOrganization(viewer);
    const page = readUuidPage(args);
    const isUnassigned = args.unassigned ?? false;
    return toConnection(
      await listReceipts(reads, viewer.organizationId, page, isUnassigned),
      page,
      ({ id }) => id,
    );
  },
  rails: (_, __, context) => listRails(context),
  railPerformance: (_, args, context) => railPerformance(args, context),
  ...webhookQueries,
} satisfies Partial<QueryResolvers>;

async function list(args: QueryTransactionsArgs, context: Context): Promise<TransactionConnectionView> {
  const page = readUuidPage(args);
  const asked = forViewer(readFilter(args.filter, context.assets), context);
  const conditions = asked === null || (await asksForOthers(asked, context)) ? null : asked;
  const rows =
    conditions === null ? [] : await listTransactions(context.reads, context.viewer, conditions, page);
  return toConnection(rows, page, ({ id }) => id);
}

/**
 * UNDER_REVIEW is asked for by those only who may know of it, whether there are any or not; to everyone else those are
 * PROCESSING, as the table has them.
 *
 * @throws {ApiError} FORBIDDEN
 */
function forViewer(conditions: Conditions | null, { viewer }: Context): Conditions | null {
  const { statuses } = conditions ?? {};
  if (statuses === undefined) return conditions;
  if (seesReviews(viewer)) return { ...conditions, knowsReviews: true };
  if (!statuses.includes('UNDER_REVIEW')) return conditions;
  throw new ApiError('FORBIDDEN', 'this needs the scope compliance:read');
}

/**
 * A client token that names another party, or the organization's notes, would learn from what is left of its own list whose the
 * other side is, or what is noted there.
 */
async function asksForOthers(conditions: Conditions, { viewer, loaders }: Context): Promise<boolean> {
  if (viewer.customerId === undefined) return false;
  if (conditions.metadata !== undefined || conditions.externalAccountId !== undefined) return true;
  for (const { kind, id } of conditions.parties ?? []) {
    const isOwn = kind === 'customer' ? id === viewer.customerId : (await loaders.findAccount(id)) !== null;
    if (!isOwn) return true;
  }
  return false;
}

/** Postgres text cannot hold NUL, so that nothing is stored under such an id. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
