import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import { requireScope } from '../../../platform/graphql.ts';
import { formatId, parseId } from '../../../platform/id.ts';
import { metadataPairs } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import { formatPercent } from '../../../platform/percent.ts';
import { isClient } from '../../../platform/viewer.ts';
import { listVirtualAccounts } from '../../../rails/bank/virtualAccounts/readVirtualAccounts.ts';
import { ARRIVES_BY } from '../../../rails/bank/virtualAccounts/virtualAccount.ts';
import type { Context } from '../context.ts';
import { canSeeCustomer } from '../domain/access.ts';
import type {
  QueryVirtualAccountsArgs,
  VirtualAccountFeeResolvers,
  VirtualAccountResolvers,
} from '../generated/resolvers.ts';
import type { VirtualAccountPage } from '../views.ts';
import { findVirtualAccount } from './byId.ts';

export const virtualAccountResolvers: VirtualAccountResolvers = {
  __resolveReference: ({ id }, context) => findVirtualAccount(context, id),
  id: (account) => formatId('vac', account.id),
  asset: (account, _args, { services }) =>
    present(services.assets.get(account.asset), `asset ${account.asset}`),
  convertsTo: ({ convertsTo }, _args, { services }) =>
    convertsTo === null ? null : present(services.assets.get(convertsTo), `asset ${convertsTo}`),
  // Who earns on what arrives is no matter of the customer's.
  developerFee: (account, _args, { viewer }) =>
    account.feeAccountId === null || isClient(viewer) ? null : account,
  rails: (account) => [...ARRIVES_BY[account.type].rails],
  customer(account, _args, { viewer, loaders }) {
    if (account.customerId === null) return null;
    requireScope(viewer, 'customers:read');
    return loaders.customer.load(account.customerId);
  },
  async account(account, _args, { viewer, loaders }) {
    requireScope(viewer, 'accounts:read');
    return present(await loaders.account.load(account.accountId), 'account that is credited');
  },
  wallet: (account) => (account.byWallet ? { id: formatId('wal', account.accountId) } : null),
  metadata: (account) => [...metadataPairs(account.metadata)],
};

export const virtualAccountFeeResolvers: VirtualAccountFeeResolvers = {
  async recipient({ feeAccountId }, _args, { viewer, loaders }) {
    requireScope(viewer, 'accounts:read');
    const id = present(feeAccountId, 'who earns a share');
    return present(await loaders.account.load(id), 'account that earns a share');
  },
  percent: ({ feePartsPerMillion }) =>
    present(formatPercent(present(feePartsPerMillion, 'a share')), 'a percentage'),
};

/** A page of them. A client token sees its own customer's only. @throws {ApiError} BAD_USER_INPUT */
export async function pageOfVirtualAccounts(
  { services, viewer }: Context,
  { filter, ...args }: QueryVirtualAccountsArgs,
): Promise<VirtualAccountPage> {
  const page = readUuidPage(args);
  const wanted = filter?.customerId ?? null;
  const customerId = wanted === null ? (viewer.customerId ?? null) : parseId('cus', wanted);
  const isHidden = customerId === null ? wanted !== null : !canSeeCustomer(viewer, customerId);
  const conditions = { customerId, statuses: filter?.statuses ?? null };
  const rows = isHidden
    ? []
    : await listVirtualAccounts(services.reader, viewer.organizationId, conditions, page);
  return toConnection(rows, page, (account) => account.id);
}
