import type { Address } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { NetworkAsset, NetworkConfig } from '../network.ts';
import { type ChainClient, ChainUnreachableError } from '../rpc/chainReader.ts';
import type { ScreeningAnswer } from '../screening/screening.ts';
import { allowanceOf, balancesOf, type ChainMoment } from './chainFacts.ts';
import { groupBy } from './groupBy.ts';
import { type LaneView, LIQUIDITY_WAIT_MS_MAX, type PlanView, type QueuedSend } from './planView.ts';
import {
  type Approval,
  type OpenTransaction,
  type Outgoing,
  readApprovals,
  readFollowed,
  readGas,
  readOpen,
  readRefilling,
} from './readQueue.ts';

/** Addresses of an organization that are added up to say that it has not got enough. */
const REACHABLE_ADDRESSES_MAX = 1_000;

const READ_ADDRESSES = statement(
  'chain.plan.read_addresses',
  `select address from chain.address where network = $1 and organization_id = $2 order by address
    limit ${REACHABLE_ADDRESSES_MAX + 1}`,
);

/** What a round knows from tables, beside the sends. */
interface Stored {
  readonly open: readonly OpenTransaction[];
  readonly outgoing: readonly Outgoing[];
  readonly gasWei: ReadonlyMap<Uuid, bigint>;
  readonly approvals: readonly Approval[];
  readonly refilling: ReadonlySet<Address>;
  readonly followed: bigint;
}

export interface ViewSources {
  readonly database: Database;
  readonly network: NetworkConfig;
  readonly client: ChainClient;
}

/**
 * Looks at tables first and at the chain after: what was included meanwhile is then counted twice against an address,
 * and never not at all.
 *
 * @throws {ChainUnreachableError}; safe to retry
 */
export async function gatherView(
  { database, network, client }: ViewSources,
  sends: readonly QueuedSend[],
  readMoment: () => Promise<ChainMoment>,
  screened: ReadonlyMap<Uuid, ScreeningAnswer>,
  firstReverts: ReadonlyMap<Uuid, bigint>,
): Promise<PlanView & { readonly moment: ChainMoment }> {
  const lanes = groupBy(sends, ({ from }) => from);
  const stored = await database.write((tx) => readStored(tx, network, sends));
  const moment = await readMoment();
  const { headNumber, finalizedNumber } = moment.tags;
  if (headNumber < stored.followed)
    throw new ChainUnreachableError('no endpoint has what was followed already');
  const coins = await balancesOf(client, null, [...lanes.keys()], headNumber);
  const tokens = await tokenBalances(client, network, lanes, headNumber);
  const views: LaneView[] = [];
  for (const [address, queued] of lanes) {
    const taken = takenFrom(address, stored, headNumber, network);
    const lane: LaneView = {
      address,
      organizationId: queued[0]?.organizationId ?? null,
      open: stored.open.filter((one) => one.from_address === address && one.state !== 'INCLUDED').length,
      coinWei: (coins.get(address) ?? 0n) - (taken.get(network.nativeAsset) ?? 0n),
      tokens: new Map(
        [...tokens].map(([asset, balances]) => [
          asset,
          (balances.get(address) ?? 0n) - (taken.get(asset) ?? 0n),
        ]),
      ),
      allowed: await allowedOf(client, network, address, queued, taken),
      approvals: approvalsOf(network, address, stored.approvals),
      reachable: await reachableOf({ database, network, client }, queued, taken, headNumber),
      isRefilling: stored.refilling.has(address),
      sends: queued,
    };
    views.push(lane);
  }
  const reverting = new Map(
    [...firstReverts].map(([id, head]) => [id, finalizedNumber >= head ? 'FINALIZED' : 'LATEST'] as const),
  );
  const { fees } = moment;
  const { gasWei } = stored;
  return {
    nowMs: Date.now(),
    network,
    isStalled: false,
    fees,
    lanes: views,
    gasWei,
    screened,
    reverting,
    moment,
  };
}

async function readStored(tx: Tx, network: NetworkConfig, sends: readonly QueuedSend[]): Promise<Stored> {
  const addresses = [...new Set(sends.map(({ from }) => from))];
  const organizations = [...new Set(sends.flatMap(({ organizationId }) => organizationId ?? []))];
  return {
    ...(await readOpen(tx, network.code, addresses)),
    gasWei: await readGas(tx, network.code, network.nativeAsset, organizations),
    approvals: await readApprovals(tx, network.code, addresses),
    refilling: await readRefilling(tx, network.code, addresses),
    followed: await readFollowed(tx, network.code),
  };
}

async function tokenBalances(
  client: ChainClient,
  network: NetworkConfig,
  lanes: ReadonlyMap<Address, readonly QueuedSend[]>,
  blockNumber: bigint,
): Promise<ReadonlyMap<string, ReadonlyMap<Address, bigint>>> {
  const found = new Map<string, ReadonlyMap<Address, bigint>>();
  for (const { asset, contract } of network.assets) {
    if (contract === null) continue;
    const owners = [...lanes].flatMap(([address, sends]) =>
      sends.some((send) => send.asset === asset) ? [address] : [],
    );
    if (owners.length > 0) found.set(asset, await balancesOf(client, contract, owners, blockNumber));
  }
  return found;
}

/** By asset: what open ChainTransactions will still take from an address, gas among it, beyond the block of the balances. */
export function takenFrom(
  address: Address,
  { open, outgoing }: Pick<Stored, 'open' | 'outgoing'>,
  headNumber: bigint,
  { nativeAsset }: Pick<NetworkConfig, 'nativeAsset'>,
): ReadonlyMap<string, bigint> {
  const taken = new Map<string, bigint>();
  const add = (asset: string, amount: bigint): void =>
    void taken.set(asset, (taken.get(asset) ?? 0n) + amount);
  for (const one of open) {
    if (one.from_address !== address) continue;
    if (one.state === 'INCLUDED' && one.block_number !== null && one.block_number <= headNumber) continue;
    add(nativeAsset, one.most);
    for (const { id, asset, amount } of outgoing) if (id === one.id) add(asset, amount);
  }
  return taken;
}

async function allowedOf(
  client: ChainClient,
  network: NetworkConfig,
  address: Address,
  sends: readonly QueuedSend[],
  taken: ReadonlyMap<string, bigint>,
): Promise<ReadonlySet<string>> {
  const allowed = new Set<string>();
  const { multisend } = network;
  if (multisend === null) return allowed;
  for (const [code, queued] of groupBy(sends, ({ asset }) => asset)) {
    const contract = contractOf(network, code);
    if (contract === null || queued.length < 2) continue;
    const wanted = queued.reduce((sum, { amountMinor }) => sum + amountMinor, taken.get(code) ?? 0n);
    if ((await allowanceOf(client, contract, address, multisend)) >= wanted) allowed.add(code);
  }
  return allowed;
}

function approvalsOf(
  network: NetworkConfig,
  address: Address,
  approvals: readonly Approval[],
): ReadonlyMap<string, 'OPEN' | 'FAILED'> {
  return new Map(
    approvals
      .filter((one) => one.from_address === address)
      .flatMap(({ contract, is_open }) => {
        const asset = network.assets.find((one) => one.contract?.toLowerCase() === contract);
        return asset === undefined ? [] : [[asset.asset, is_open ? 'OPEN' : 'FAILED'] as const];
      }),
  );
}

/** Asked only where a send has waited so long that the answer decides it. */
async function reachableOf(
  { database, network, client }: ViewSources,
  sends: readonly QueuedSend[],
  taken: ReadonlyMap<string, bigint>,
  blockNumber: bigint,
): Promise<ReadonlyMap<string, bigint>> {
  const reachable = new Map<string, bigint>();
  const late = sends.filter(
    (send) => send.waitsFor === 'LIQUIDITY' && Date.now() - send.updatedAtMs > LIQUIDITY_WAIT_MS_MAX,
  );
  for (const [code, [send]] of groupBy(late, ({ asset }) => asset)) {
    if (send === undefined || send.organizationId === null) continue;
    const values = [network.code, send.organizationId];
    const rows = await database.write((tx) => tx.rows<{ readonly address: Address }>(READ_ADDRESSES, values));
    if (rows.length > REACHABLE_ADDRESSES_MAX) continue;
    const owners = rows.map(({ address }) => address);
    const balances = await balancesOf(client, contractOf(network, code), owners, blockNumber);
    const total = [...balances.values()].reduce((sum, balance) => sum + balance, 0n);
    reachable.set(code, total - (taken.get(code) ?? 0n));
  }
  return reachable;
}

function contractOf(network: NetworkConfig, code: string): NetworkAsset['contract'] {
  return network.assets.find(({ asset }) => asset === code)?.contract ?? null;
}
