import { readUuidPage, toConnection } from '../../../../platform/connection.ts';
import { parseId } from '../../../../platform/id.ts';
import { requireWholeOrganization } from '../../../../platform/viewer.ts';
import {
  findReconciliationItem,
  type ItemFilter,
  type ItemView,
  listReconciliationItems,
} from '../../../../rails/bank/reconcile/readItems.ts';
import { readSuspenseAges } from '../../../../rails/bank/reconcile/readSuspense.ts';
import { readBankBalances } from '../../../../rails/bank/statements/readBalances.ts';
import { listBankStatements } from '../../../../rails/bank/statements/readStatements.ts';
import type { Context } from '../../context.ts';
import type { QueryResolvers, ReconciliationItemFilter } from '../../generated/resolvers.ts';
import { exportBankStatement, exportReconciliationItems } from './export.ts';

export type ReconciliationQuery =
  | 'reconciliationItems'
  | 'reconciliationItem'
  | 'bankStatements'
  | 'bankBalances'
  | 'suspenseAgeing'
  | 'exportBankStatement'
  | 'exportReconciliationItems';

/** What banks say of all accounts together is the organization's business: no client token sees any of it. */
export const reconciliationQueries: Pick<QueryResolvers, ReconciliationQuery> = {
  reconciliationItems: async (_, { filter, ...args }, { reads, viewer }) => {
    requireWholeOrganization(viewer);
    const page = readUuidPage(args);
    const rows = await listReconciliationItems(reads, viewer.organizationId, page, itemFilterOf(filter));
    return toConnection(rows, page, ({ id }) => id);
  },
  reconciliationItem: (_, { id }, context) => findItem(id, context),
  bankStatements: async (_, { adapter, ...args }, { reads, viewer }) => {
    requireWholeOrganization(viewer);
    const page = readUuidPage(args);
    const rows = await listBankStatements(reads, viewer.organizationId, page, adapter ?? null);
    return toConnection(rows, page, ({ id }) => id);
  },
  bankBalances: async (_, __, { reads, viewer }) => {
    requireWholeOrganization(viewer);
    return [...(await readBankBalances(reads, viewer.organizationId))];
  },
  suspenseAgeing: async (_, __, { reads, viewer }) => {
    requireWholeOrganization(viewer);
    return [...(await readSuspenseAges(reads, viewer.organizationId))];
  },
  exportBankStatement: (_, args, context) => exportBankStatement(args, context),
  exportReconciliationItems: (_, { filter, ...part }, context) =>
    exportReconciliationItems(itemFilterOf(filter), part, context),
};

/** A malformed id, an unknown one and another organization's are all null. */
export async function findItem(id: string, { reads, viewer }: Context): Promise<ItemView | null> {
  requireWholeOrganization(viewer);
  const uuid = parseId('rit', id);
  return uuid === null ? null : await findReconciliationItem(reads, viewer.organizationId, uuid);
}

function itemFilterOf(filter: ReconciliationItemFilter | null | undefined): ItemFilter {
  const {
    adapter = null,
    status,
    kinds = null,
    asset = null,
    openedBefore = null,
    inSuspense = null,
  } = filter ?? {};
  return {
    adapter,
    isOpen: status == null ? null : status === 'OPEN',
    kinds: kinds === null ? null : [...new Set(kinds)],
    asset,
    openedBefore,
    isInSuspense: inSuspense,
  };
}
