import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import type { Context } from '../context.ts';
import type { QueryResolvers, QueryTransactionsArgs } from '../generated/resolvers.ts';
import { listTransactions } from '../store/listTransactions.ts';
import type { TransactionConnectionView } from '../views.ts';
import { readFilter } from './filter.ts';
import { findVisible } from './ids.ts';
import { webhookQueries } from './webhook.ts';

export const queryResolvers: QueryResolvers = {
  transaction: (_, { id }, context) => findVisible(id, context),
  transactionByExternalId: (_, { externalId }, { loaders }) =>
    isStorable(externalId) ? loaders.findByExternalId(externalId) : null,
  transactions: (_, args, context) => list(args, context),
  ...webhookQueries,
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
