import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import { ApiError } from '../../../platform/errors.ts';
import { listReceipts } from '../../../rails/bank/reads.ts';
import type { Context } from '../context.ts';
import type { QueryResolvers, QueryTransactionsArgs } from '../generated/resolvers.ts';
import { listTransactions } from '../store/listTransactions.ts';
import type { TransactionConnectionView } from '../views.ts';
import { readFilter } from './filter.ts';
import { findVisible, findVisibleQuote } from './ids.ts';
import { listAllQuotes } from './listQuotes.ts';

export const queryResolvers: Omit<QueryResolvers, 'payoutBatch' | 'payoutBatches'> = {
  transaction: (_, { id }, context) => findVisible(id, context),
  transactionByExternalId: (_, { externalId }, { loaders }) =>
    isStorable(externalId) ? loaders.findByExternalId(externalId) : null,
  transactions: (_, args, context) => list(args, context),
  quote: (_, { id }, context) => findVisibleQuote(id, context),
  quotes: (_, args, context) => listAllQuotes(args, context),
  bankReceipts: async (_, args, { reads, viewer }) => {
    // A receipt is nobody's yet, or named after it was: no client token sees the list.
    if (viewer.customerId !== undefined)
      throw new ApiError('FORBIDDEN', 'a client token cannot list receipts');
    const page = readUuidPage(args);
    const isUnassigned = args.unassigned ?? false;
    return toConnection(
      await listReceipts(reads, viewer.organizationId, page, isUnassigned),
      page,
      ({ id }) => id,
    );
  },
};

async function list(args: QueryTransactionsArgs, context: Context): Promise<TransactionConnectionView> {
  const page = readUuidPage(args);
  const conditions = readFilter(args.filter, context.assets);
  const rows =
    conditions === null ? [] : await listTransactions(context.reads, context.viewer, conditions, page);
  return toConnection(rows, page, ({ id }) => id);
}

/** Postgres text cannot hold NUL, so that nothing is stored under such an id. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
