import { getAddress } from 'viem';
import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import { ApiError } from '../../../platform/errors.ts';
import type { FailureView } from '../../../platform/failures.ts';
import { requireScope } from '../../../platform/graphql.ts';
import { formatId, parseId, type Uuid } from '../../../platform/id.ts';
import { metadataPairs } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import type { DepositAddressRow } from '../../../rails/onchain/depositAddresses/depositAddress.ts';
import { listDepositAddresses } from '../../../rails/onchain/depositAddresses/readDepositAddresses.ts';
import { type ChangeDepositAddress, readChangeDepositAddress } from '../commands/changeDepositAddress.ts';
import { type CreateDepositAddress, readCreateDepositAddress } from '../commands/createDepositAddress.ts';
import type { Context } from '../context.ts';
import { moneyOf } from '../domain/onchain.ts';
import { failureOf } from '../errors.ts';
import type {
  DepositAddressResolvers,
  MutationResolvers,
  QueryDepositAddressesArgs,
} from '../generated/resolvers.ts';
import { customerView, type DepositAddressConnectionView } from '../views.ts';

const EXTERNAL_IDS_MAX = 100;

export const depositAddressResolvers: DepositAddressResolvers = {
  __resolveReference: ({ id }, context) => {
    requireScope(context.viewer, 'wallets:read');
    return findDepositAddress(id, context);
  },
  id: ({ id }) => formatId('dep', id),
  wallet: async ({ walletId }, _, { loaders }) =>
    present(await loaders.findWallet(walletId), 'the wallet that is credited'),
  customer: ({ customerId }) => (customerId === null ? null : customerView(customerId)),
  network: ({ network }, _, { catalogue }) => present(catalogue.networks.get(network), `network ${network}`),
  asset: ({ asset }, _, { catalogue }) => present(catalogue.assets.get(asset), `asset ${asset}`),
  expectedAmount: ({ expectedMinor, asset }, _, { catalogue }) =>
    expectedMinor === null ? null : moneyOf(catalogue, asset, expectedMinor),
  address: ({ address }) => (address === null ? null : getAddress(address)),
  metadata: ({ metadata }) => [...metadataPairs(metadata)],
};

/** Null for one that is not there for this Viewer. */
export async function findDepositAddress(
  id: string,
  { loaders }: Context,
): Promise<DepositAddressRow | null> {
  const uuid = parseId('dep', id);
  return uuid === null ? null : loaders.findDepositAddress(uuid);
}

/** A page of them; empty for a client token. @throws {ApiError} BAD_USER_INPUT */
export async function pageOfDepositAddresses(
  { filter, ...args }: QueryDepositAddressesArgs,
  { reads, viewer }: Context,
): Promise<DepositAddressConnectionView> {
  const page = readUuidPage(args);
  const externalIds = filter?.externalIds ?? null;
  if (externalIds !== null && externalIds.length > EXTERNAL_IDS_MAX) {
    const given = externalIds.length;
    throw new ApiError(
      'BAD_USER_INPUT',
      `filter.externalIds has ${given} elements, at most ${EXTERNAL_IDS_MAX}`,
    );
  }
  const walletId = filter?.walletId == null ? null : parseId('wal', filter.walletId);
  const customerId = filter?.customerId == null ? null : parseId('cus', filter.customerId);
  const namesNothing =
    (filter?.walletId != null && walletId === null) || (filter?.customerId != null && customerId === null);
  const conditions = {
    walletId,
    customerId,
    statuses: filter?.statuses ?? null,
    // Nobody has one with NUL, which Postgres would refuse to be asked for.
    externalIds: externalIds?.filter((externalId) => !externalId.includes('\0')) ?? null,
  };
  const isHidden = viewer.customerId !== undefined || namesNothing;
  const rows = isHidden ? [] : await listDepositAddresses(reads, viewer.organizationId, conditions, page);
  return toConnection(rows, page, ({ id }) => id);
}

export const depositAddressMutations: Pick<
  MutationResolvers,
  'createDepositAddress' | 'pauseDepositAddress' | 'resumeDepositAddress' | 'closeDepositAddress'
> = {
  createDepositAddress: (_, { input }, context) =>
    run(readCreateDepositAddress(context.viewer.organizationId, input), context),
  pauseDepositAddress: (_, { input }, context) =>
    run(readChangeDepositAddress(context.viewer.organizationId, 'pauseDepositAddress', input), context),
  resumeDepositAddress: (_, { input }, context) =>
    run(readChangeDepositAddress(context.viewer.organizationId, 'resumeDepositAddress', input), context),
  closeDepositAddress: (_, { input }, context) =>
    run(readChangeDepositAddress(context.viewer.organizationId, 'closeDepositAddress', input), context),
};

async function run(
  command: CreateDepositAddress | ChangeDepositAddress | FailureView,
  context: Context,
): Promise<FailureView | (DepositAddressRow & { readonly __typename: 'DepositAddress' })> {
  if ('__typename' in command) return command;
  const { result, replayed } = await context.lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  if (result.type !== 'DepositAddress') return failureOf(result);
  const row = await context.loaders.findDepositAddress(result.id as Uuid);
  return { ...present(row, 'the deposit address'), __typename: 'DepositAddress' };
}
