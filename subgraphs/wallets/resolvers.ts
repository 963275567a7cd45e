import type { StoredResult } from '../../platform/commandLane.ts';
import { readUuidPage, toConnection } from '../../platform/connection.ts';
import { ApiError } from '../../platform/errors.ts';
import { requireScope } from '../../platform/graphql.ts';
import { formatId, parseId, type Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import { commonResolvers } from '../../platform/scalars.ts';
import { readCreateWallet } from './commands/createWallet.ts';
import { readFundSandbox } from './commands/fundSandbox.ts';
import type { WalletsCommand } from './commands/lane.ts';
import type { Context } from './context.ts';
import { failureOf, sandboxOnly } from './errors.ts';
import type {
  MutationResolvers,
  QueryResolvers,
  QueryWalletsArgs,
  Resolvers,
} from './generated/resolvers.ts';
import { listWallets, type WalletConditions } from './store/listWallets.ts';
import type { WalletRow } from './store/rows.ts';
import { accountView, customerView, type ReferenceView, type WalletConnectionView } from './views.ts';

/** Scope that each root field needs; the descriptions in schema/wallets.graphql name the same. */
export const SCOPES: Readonly<Record<string, string | null>> = {
  'Query.assets': null,
  'Query.networks': null,
  'Query.wallet': 'wallets:read',
  'Query.wallets': 'wallets:read',
  'Mutation.createWallet': 'wallets:write',
  'Mutation.fundSandbox': 'sandbox:write',
};

const Query: QueryResolvers = {
  assets: (_, __, { catalogue }) => [...catalogue.assets.values()],
  networks: (_, __, { catalogue }) => [...catalogue.networks.values()],
  wallet: (_, { id }, context) => findWallet(id, context),
  wallets: (_, args, context) => listVisibleWallets(args, context),
};

const Mutation: MutationResolvers = {
  createWallet: async (_, { input }, context) => {
    refuseClient(context);
    const command = readCreateWallet(context.viewer.organizationId, input, context.catalogue);
    if ('__typename' in command) return command;
    const result = await submit(command, context);
    if (result.type !== 'Wallet') return failureOf(result);
    const wallet = present(await context.loaders.findWallet(result.id as Uuid), 'the wallet just opened');
    return { ...wallet, __typename: 'Wallet' };
  },
  fundSandbox: async (_, { input }, context) => {
    refuseClient(context);
    if (context.mode !== 'SANDBOX') return sandboxOnly();
    const command = readFundSandbox(context.viewer.organizationId, input);
    if ('__typename' in command) return command;
    const result = await submit(command, context);
    if (result.type !== 'SandboxFunding') return failureOf(result);
    return {
      __typename: 'SandboxFunding',
      account: accountView(result.accountId as Uuid),
      amount: {
        amountMinor: BigInt(String(result.amountMinor)),
        asset: present(context.catalogue.assets.get(String(result.asset)), `asset ${result.asset}`),
      },
    };
  },
};

export const resolvers: Resolvers = {
  ...commonResolvers,
  Query,
  Mutation,
  Asset: {
    __resolveReference: ({ code }, { catalogue }) => catalogue.assets.get(code) ?? null,
    name: ({ code }, _, { catalogue }) => present(catalogue.assets.get(code), `asset ${code}`).name,
    networks: ({ code }, _, { catalogue }) => [...(catalogue.networksByAsset.get(code) ?? [])],
  },
  Network: { assets: ({ assets }) => [...assets] },
  Wallet: {
    __resolveReference: ({ id }, context) => {
      requireScope(context.viewer, 'wallets:read');
      return findWallet(id, context);
    },
    id: ({ id }) => formatId('wal', id),
    account: ({ id }) => accountView(id),
    customer: ({ customerId }) => (customerId === null ? null : customerView(customerId)),
    network: ({ network }, _, { catalogue }) =>
      present(catalogue.networks.get(network), `network ${network}`),
    asset: ({ asset }, _, { catalogue }) => present(catalogue.assets.get(asset), `asset ${asset}`),
  },
  Account: {
    __resolveReference: ({ id }) => referenceView(parseId('acc', id), accountView),
    wallet: ({ uuid }, _, context) => {
      requireScope(context.viewer, 'wallets:read');
      return context.loaders.findWallet(uuid);
    },
  },
  ChainTransaction: {
    __resolveReference: ({ id }) => (parseId('chx', id) === null ? null : { id }),
  },
  Customer: {
    __resolveReference: ({ id }) => referenceView(parseId('cus', id), customerView),
    wallets: ({ uuid }, args, context) => {
      requireScope(context.viewer, 'wallets:read');
      return context.loaders.listWalletsOfCustomer(uuid, args);
    },
  },
};

/** Whether it exists, its own subgraph knows; here it only carries what hangs on it. */
function referenceView(uuid: Uuid | null, view: (uuid: Uuid) => ReferenceView): ReferenceView | null {
  return uuid === null ? null : view(uuid);
}

async function findWallet(id: string, { loaders }: Context): Promise<WalletRow | null> {
  const uuid = parseId('wal', id);
  return uuid === null ? null : loaders.findWallet(uuid);
}

async function listVisibleWallets(args: QueryWalletsArgs, context: Context): Promise<WalletConnectionView> {
  const page = readUuidPage(args);
  const conditions = conditionsOf(args, context);
  const rows =
    conditions === null
      ? []
      : await listWallets(context.reads, context.viewer.organizationId, conditions, page);
  return toConnection(rows, page, ({ id }) => id);
}

/** Null when no Wallet can meet them: an id that is none, or a client token that asks for somebody else's. */
function conditionsOf({ filter }: QueryWalletsArgs, { viewer }: Context): WalletConditions | null {
  const asked = filter?.customerId == null ? undefined : parseId('cus', filter.customerId);
  const customerId = asked === undefined ? viewer.customerId : asked;
  if (customerId === null) return null;
  if (viewer.customerId !== undefined && viewer.customerId !== customerId) return null;
  return {
    ...(customerId === undefined ? {} : { customerId }),
    ...(filter?.network == null ? {} : { network: filter.network }),
    ...(filter?.asset == null ? {} : { asset: filter.asset }),
  };
}

/** A client token acts for one Customer, and the idempotency keys of its organization are not its own. */
function refuseClient({ viewer }: Context): void {
  if (viewer.kind === 'CLIENT' || viewer.customerId !== undefined) {
    throw new ApiError('FORBIDDEN', 'a client token cannot open or fund wallets; use a secret key');
  }
}

async function submit(command: WalletsCommand, context: Context): Promise<StoredResult> {
  const { result, replayed } = await context.lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  return result;
}
