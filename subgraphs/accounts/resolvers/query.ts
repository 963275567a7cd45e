import { listAccounts } from '../../../ledger/reads.ts';
import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import { ApiError } from '../../../platform/errors.ts';
import { requireScope } from '../../../platform/graphql.ts';
import { parseId, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { hasScope, requireWholeOrganization, type Viewer } from '../../../platform/viewer.ts';
import type { Context } from '../context.ts';
import { canSeeCustomer } from '../domain/access.ts';
import type { CustomerScreeningStatus } from '../domain/customerScreening.ts';
import { findKind } from '../domain/endorsementKind.ts';
import type {
  CustomerFilter,
  EndorsementFilter,
  NodeResolvers,
  QueryAccountsArgs,
  QueryResolvers,
} from '../generated/resolvers.ts';
import { listApiKeys } from '../store/apiKeys.ts';
import { type CustomerConditions, listCustomers } from '../store/customers.ts';
import type { AccountPage } from '../views.ts';
import {
  findAccount,
  findCustomer,
  findExternalAccount,
  findNode,
  findVirtualAccount,
  type NodeView,
} from './byId.ts';
import { exportAccountStatement } from './exportStatement.ts';
import { pageOfExternalAccounts } from './externalAccount.ts';
import { pageOfVirtualAccounts } from './virtualAccount.ts';

const NODES_MAX = 100;
const EXTERNAL_IDS_MAX = 100;

export const queryResolvers: QueryResolvers = {
  organization: async (_root, _args, { loaders, viewer }) =>
    present(await loaders.organization.load(viewer.organizationId), 'organization of the viewer'),
  node: (_root, { id }, context) => findNode(context, id),
  nodes(_root, { ids }, context) {
    atMost('ids', ids.length, NODES_MAX);
    // Each its own promise, so that one that is forbidden does not take the others along. The generated type
    // allows null or a promise, but not a promise of null.
    return ids.map((id) => findNode(context, id) as Promise<NodeView>);
  },
  customer: (_root, { id }, context) => findCustomer(context, id),
  async customers(_root, { filter, ...args }, { services, viewer }) {
    const page = readUuidPage(args);
    const conditions = { ...conditionsOf(filter, viewer), id: viewer.customerId };
    const rows = await listCustomers(services.reader, viewer.organizationId, conditions, page);
    return toConnection(rows, page, (customer) => customer.id);
  },
  account: (_root, { id }, context) => findAccount(context, id),
  accounts: (_root, args, context) => pageOfAccounts(context, args),
  async apiKeys(_root, args, { services, viewer }) {
    requireWholeOrganization(viewer);
    const page = readUuidPage(args);
    const rows = await listApiKeys(services.reader, viewer.organizationId, page);
    return toConnection(rows, page, (key) => key.id);
  },
  exportAccountStatement: (_root, args, context) => exportAccountStatement(args, context),
  virtualAccount: (_root, { id }, context) => findVirtualAccount(context, id),
  virtualAccounts: (_root, args, context) => pageOfVirtualAccounts(context, args),
  externalAccount: (_root, { id }, context) => findExternalAccount(context, id),
  externalAccounts: (_root, args, context) => pageOfExternalAccounts(context, args),
};

export const nodeResolvers: NodeResolvers = {
  __resolveType: (node) => ('__typename' in node ? (node.__typename ?? null) : null) as 'Account',
};

async function pageOfAccounts(context: Context, args: QueryAccountsArgs): Promise<AccountPage> {
  const { services, viewer } = context;
  const { filter, ...pageArgs } = args;
  const page = readUuidPage(pageArgs);
  const wanted = filter?.customerId ?? null;
  const holderId = wanted === null ? (viewer.customerId ?? null) : parseId('cus', wanted);
  const isUnknownAsset = !!filter?.asset && !services.assets.has(filter.asset);
  const isHidden =
    isUnknownAsset || (holderId === null ? wanted !== null : !isCustomerInView(context, holderId));
  const rows = isHidden
    ? []
    : await listAccounts(
        services.reader,
        viewer.organizationId,
        {
          ...(filter?.kinds ? { kinds: filter.kinds } : {}),
          ...(filter?.asset ? { asset: filter.asset } : {}),
          ...(holderId === null ? {} : { holderId }),
        },
        {
          limit: page.limit + 1,
          newestFirst: page.forward,
          ...(page.from === null ? {} : { afterId: page.from }),
        },
      );
  return toConnection(rows, page, (account) => account.id);
}

/** The organization is a holder too, but no customer. */
function isCustomerInView({ viewer }: Context, holderId: Uuid): boolean {
  return holderId !== viewer.organizationId && canSeeCustomer(viewer, holderId);
}

function conditionsOf(filter: CustomerFilter | null | undefined, viewer: Viewer): CustomerConditions {
  const externalIds = filter?.externalIds ?? undefined;
  atMost('filter.externalIds', externalIds?.length ?? 0, EXTERNAL_IDS_MAX);
  return {
    type: filter?.type ?? undefined,
    // Nobody has one with NUL, which Postgres would refuse to be asked for.
    externalIds: externalIds?.filter((externalId) => !externalId.includes('\0')),
    screening: filter?.screening ? screeningCondition(filter.screening, viewer) : undefined,
    endorsement: filter?.endorsement ? endorsementCondition(filter.endorsement, viewer) : undefined,
    createdFrom: filter?.createdAt?.from ?? undefined,
    createdTo: filter?.createdAt?.to ?? undefined,
  };
}

/** @throws {ApiError} FORBIDDEN, whether there are any or not */
function screeningCondition(
  statuses: readonly CustomerScreeningStatus[],
  viewer: Viewer,
): readonly CustomerScreeningStatus[] {
  requireScope(viewer, 'compliance:read');
  return statuses;
}

/** @throws {ApiError} FORBIDDEN for reviews that the Viewer may not know of, whether there are any or not. */
function endorsementCondition(
  { name, statuses }: EndorsementFilter,
  viewer: Viewer,
): CustomerConditions['endorsement'] {
  if (!findKind(name)) throw new ApiError('BAD_USER_INPUT', 'filter.endorsement.name is no endorsement');
  if (statuses.includes('UNDER_REVIEW')) requireScope(viewer, 'compliance:read');
  const hidden = statuses.includes('PENDING') && !hasScope(viewer, 'compliance:read');
  return { name, statuses: hidden ? [...statuses, 'UNDER_REVIEW'] : statuses };
}

/** @throws {ApiError} BAD_USER_INPUT */
function atMost(name: string, count: number, max: number): void {
  if (count > max) throw new ApiError('BAD_USER_INPUT', `${name} has ${count} elements, at most ${max}`);
}
