import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { Address, Hex } from 'viem';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { testUSDCAbi } from '../../rails/onchain/contracts/TestUSDC.ts';
import { type FollowerOptions, startFollower } from '../../rails/onchain/follow/follower.ts';
import { registerNetwork } from '../../rails/onchain/follow/registerNetwork.ts';
import { accountXpubOf, createSeed } from '../../rails/onchain/keys/hdRoot.ts';
import { localContracts } from '../../rails/onchain/localContracts.ts';
import type { NetworkAsset, NetworkConfig } from '../../rails/onchain/network.ts';
import { createChainClient } from '../../rails/onchain/rpc/chainClient.ts';
import type { ChainClient } from '../../rails/onchain/rpc/chainReader.ts';
import { startTestChain, type TestChain } from '../harness/chain.ts';
import { createTestDatabase } from '../harness/database.ts';

const WAIT_TIMEOUT_MS = 10_000;
const WAIT_POLL_MS = 20;
const LEASE_MS = 800;
export const silent = pino({ level: 'silent' });
const LIMITS = { perTransactionMinorMax: 10n ** 30n, perDayMinorMax: 10n ** 30n, sweepFromMinor: 1n };

export const config: NetworkConfig = {
  code: 'LOCAL',
  chainId: 31_337,
  rpcUrls: [],
  explorerUrl: null,
  blockTimeMs: 200,
  nativeAsset: 'ETH',
  assets: [
    {
      asset: 'USDC',
      contract: localContracts.usdc,
      scale: 6,
      depositMinimumMinor: 10n,
      ...LIMITS,
      transfersExactly: true,
      hasAuthorizations: true,
    },
    {
      asset: 'ETH',
      contract: null,
      scale: 18,
      depositMinimumMinor: 1n,
      ...LIMITS,
      transfersExactly: true,
      hasAuthorizations: false,
    },
  ],
  multisend: localContracts.multisend,
  finality: {
    agreementsMin: 1,
    steps: [{ belowMinor: null, confirmationsMin: 1 }],
    finalizedAgeMaxMs: 3_600_000,
  },
  fees: {
    priorityFeePerGasWeiMin: 0n,
    maxFeePerGasWeiMax: 10n ** 12n,
    transactionFeeWeiMax: 10n ** 18n,
    bumpPerMille: 125,
    bumpAfterBlocks: 5,
    bumpsMax: 3,
  },
  gas: { refillBelowWei: 1n, refillWei: 1n },
  inFlightMax: 16,
};

/** The Network with one more token, which is otherwise as USDC. */
export function addAsset(network: NetworkConfig, changes: Partial<NetworkAsset>): NetworkConfig {
  const [usdc] = network.assets;
  if (usdc === undefined) throw new Error('there is no USDC');
  return { ...network, assets: [...network.assets, { ...usdc, ...changes }] };
}

export interface DepositRow {
  readonly transaction_hash: Hex;
  readonly log_index: number;
  readonly to_address: Address;
  readonly asset: string;
  readonly amount: bigint;
  readonly credits: string;
  readonly state: string;
  readonly block_number: bigint;
  readonly block_hash: Hex;
  readonly version: number;
}

/** A chain, a database with one organization and a Wallet's address in it, and followers of the two. */
export async function startScene(epochBlocks = 1) {
  const chain = await startTestChain({ epochBlocks });
  const testDatabase = await createTestDatabase();
  const database = await openDatabase({ url: testDatabase.url, role: 'omsx_chain', poolMax: 6 });
  const superuser = await openDatabase({ url: testDatabase.url, role: 'none', poolMax: 2 });
  const clients: ChainClient[] = [];
  const followers: ReturnType<typeof startFollower>[] = [];
  const network = { ...config, rpcUrls: [chain.url] };
  const scene = {
    chain,
    database,
    network,
    rows: <Row>(text: string, values: readonly unknown[] = []) =>
      superuser.write((tx) =>
        tx.rows<Row>(statement(`test ${text.length} ${text.slice(0, 40)}`, text), values),
      ),
    deposits: () => scene.rows<DepositRow>('select * from chain.deposit order by created_at, id'),
    testDatabase,
    client(url = chain.url): ChainClient {
      const client = createChainClient({ network: 'LOCAL', rpcUrls: [url], logger: silent });
      clients.push(client);
      return client;
    },
    follow(options: Partial<FollowerOptions> = {}) {
      const follower = startFollower({
        database,
        network,
        client: options.client ?? scene.client(),
        logger: silent,
        holder: newUuid(),
        leaseLifetimeMs: LEASE_MS,
        ...options,
      });
      followers.push(follower);
      return follower;
    },
    payer: () => makePayer(chain),
    async head(): Promise<bigint> {
      return await chain.node.getBlockNumber({ cacheTime: 0 });
    },
    /** Until a follower has come to the head and `isSo`. */
    async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
      const deadline = performance.now() + WAIT_TIMEOUT_MS;
      while (!(await isSo())) {
        if (performance.now() > deadline) throw new Error(`it did not happen that ${what}`);
        for (const follower of followers) follower.wake();
        await sleep(WAIT_POLL_MS);
      }
    },
    async untilFollowed(): Promise<void> {
      await scene.until('the head was followed', async () => {
        const head = await chain.node.getBlock();
        const rows = await scene.rows<{ hash: string }>(
          'select hash from chain.block order by number desc limit 1',
        );
        return rows[0]?.hash === head.hash;
      });
    },
    async end(): Promise<void> {
      await Promise.all(followers.map((follower) => follower.stop()));
      await Promise.all(clients.map((client) => client.close()));
      await Promise.all([database.close(), superuser.close()]);
      await testDatabase.drop();
      await chain.end();
    },
  };
  await database.write((tx) => registerNetwork(tx, network));
  return scene;
}

/** Who pays, with tokens that are no deposit of anybody's. */
async function makePayer(chain: TestChain) {
  const account = await chain.makeHolder(1_000_000n);
  return (to: Address, amount: bigint) =>
    chain.walletOf(account).writeContract({
      address: localContracts.usdc,
      abi: testUSDCAbi,
      functionName: 'transfer',
      args: [to, amount],
    });
}

export type Scene = Awaited<ReturnType<typeof startScene>>;

/** A root for a new organization (null: of the tank); its addresses are given by whoever follows. */
export async function addRoot(scene: Scene, organizationId: Uuid | null = newUuid()) {
  await scene.rows(
    `insert into chain.root (id, organization_id, xpub, ciphertext, nonce, tag, wrapped_key, vault_id)
     values ($1, $2, $3, '', '', '', '', 'test')`,
    [newUuid(), organizationId, accountXpubOf(createSeed())],
  );
  return organizationId as Uuid;
}

export async function addressOf(database: Database, where: string, id: Uuid): Promise<Address> {
  const [row] = await database.write((tx) =>
    tx.rows<{ address: Address }>(
      statement(
        `test address ${where}`,
        `select address from chain.address where ${where} = $1 and (purpose = 'CUSTODY') = ('${where}' = 'organization_id')`,
      ),
      [id],
    ),
  );
  if (row === undefined) throw new Error('there is no such address');
  return row.address;
}
