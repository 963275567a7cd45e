import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getAddress, parseEther } from 'viem';
import { startChain } from '../../../platform/embedded/chain.ts';
import { choosePort } from '../../../platform/embedded/ports.ts';
import { startPostgres } from '../../../platform/embedded/postgres.ts';
import { type Database, openDatabase } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import { deployLocal } from '../../../rails/onchain/deployLocal.ts';
import type { Api } from '../../crash/api.ts';
import { waitFor } from '../../crash/child.ts';
import type { Random } from '../../crash/random.ts';
import { type Omsx, removeOmsx, startOmsx } from '../../e2e/omsx.ts';
import { makeTemporaryFolder } from '../../harness/embedded.ts';
import { type ChainWallet, openWallet } from './api.ts';
import { startCollector } from './collector.ts';
import { fund } from './fund.ts';
import { startLiars } from './liars.ts';
import { startMiner } from './miner.ts';
import { type Chain, type Outsider, openChain, type Payment } from './outsiders.ts';
import type { Sent } from './traffic.ts';

/** Short, so that a hundred re-orgs fit into minutes; finality is ten blocks behind, deeper than any of them. */
const BLOCK_TIME_MS = 250;
const EPOCH_BLOCKS = 5;
const WALLETS = 6;
const FINALIZED_AGE_MAX_MS = 3_600_000;
const OUTSIDE_MINOR = 1_000_000_000_000n;
const TANK_TIMEOUT_MS = 30_000;
/** Deeper than any re-org of the test. */
const DEEP_BLOCKS = 12n;
const DEEP_TIMEOUT_MS = 30_000;

const TANK = statement(
  'test.tank',
  `select address from chain.address where purpose = 'TANK' and network = 'LOCAL'`,
);
const FOLLOWED = statement(
  'test.followed',
  `select followed_number as "followedNumber" from chain.network where code = 'LOCAL'`,
);

/** `omsx up` on a local chain that it sees through two endpoints, either of which may be made to lie. */
export interface ChaosWorld {
  readonly chain: Chain;
  readonly outsider: Outsider;
  readonly wallets: readonly ChainWallet[];
  /** What each wallet was given to begin with, and what it sent. */
  readonly payments: readonly Payment[];
  readonly sent: readonly Sent[];
  readonly databaseUrl: string;
  /** The chain itself, past the endpoints that may lie. */
  readonly chainUrl: string;
  readonly folder: string;
  api(): Api;
  pid(): number;
  /** Takes this many of the newest blocks away; what was in them is in no block and in no pool. */
  reorg(depth: number): Promise<void>;
  /** Lets one endpoint lie and the other tell the truth again. */
  lie(random: Random): Promise<void>;
  heal(): void;
  /** Kills everything of ours but the servers, and starts it again. */
  kill9(): Promise<void>;
  /** True when the newest block has been followed. */
  isFollowed(): Promise<boolean>;
  stop(): Promise<void>;
}

export async function startChaosWorld(random: Random): Promise<ChaosWorld> {
  const folder = await makeTemporaryFolder();
  const chainServer = await startChain({
    folder: join(folder, 'chain'),
    blockTimeMs: BLOCK_TIME_MS,
    epochBlocks: EPOCH_BLOCKS,
  });
  if ('absent' in chainServer) throw new Error(chainServer.absent);
  await deployLocal(chainServer.url);
  const collector = await startCollector(join(folder, 'traces.json'));
  const liars = await startLiars(chainServer.url, random);
  const environment = await environmentOf(folder, liars.urls, collector.url);
  let omsx: Omsx = await startOmsx({ folder, environment });
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), shared: true });
  const database = await openDatabase({ url: postgres.url, role: 'omsx_check', poolMax: 1 });
  const chain = openChain(chainServer.url);
  const miner = await startMiner(chain, BLOCK_TIME_MS);
  await fillTank(database, chain);
  const outsider = await chain.makeOutsider(OUTSIDE_MINOR);
  // What a development chain was told to do is gone with the block that it was in.
  const deep = (await chain.node.getBlockNumber({ cacheTime: 0 })) + DEEP_BLOCKS;
  await waitFor('deep block', DEEP_TIMEOUT_MS, async () => {
    return (await chain.node.getBlockNumber({ cacheTime: 0 })) >= deep;
  });
  const wallets: ChainWallet[] = [];
  for (let number = 1; number <= WALLETS; number++)
    wallets.push(await openWallet(omsx.api, `chaos ${number}`));
  const begun = await fund(omsx.api, outsider, wallets);
  return {
    chain,
    outsider,
    wallets,
    ...begun,
    databaseUrl: postgres.url,
    chainUrl: chainServer.url,
    folder,
    api: () => omsx.api,
    pid: () => omsx.pid,
    reorg: (depth) => miner.between(() => chain.reorg(depth)),
    lie: liars.lie,
    heal: liars.heal,
    kill9: async () => {
      process.kill(omsx.pid, 'SIGKILL');
      omsx = await startOmsx({ folder, environment });
    },
    isFollowed: async () => {
      const head = await chain.node.getBlockNumber({ cacheTime: 0 });
      const [row] = await rowsOf<{ followedNumber: bigint | null }>(database, FOLLOWED);
      return row?.followedNumber !== null && row !== undefined && row.followedNumber + 2n >= head;
    },
    stop: async () => {
      await miner.stop();
      await database.close();
      await postgres.stop();
      await liars.close();
      await chainServer.stop();
      await removeOmsx(omsx);
      await collector.close();
    },
  };
}

/** What `omsx up` is told. */
async function environmentOf(
  folder: string,
  rpcUrls: readonly string[],
  tracesUrl: string,
): Promise<Readonly<Record<string, string>>> {
  // The chain's clock falls behind with every re-org that the test makes, and its finality is not to look stalled for it.
  const networksFile = join(folder, 'networks.json');
  await writeFile(
    networksFile,
    JSON.stringify({ LOCAL: { finality: { finalizedAgeMaxMs: FINALIZED_AGE_MAX_MS } } }),
  );
  return {
    OMSX_NETWORKS_FILE: networksFile,
    RPC_URL_LOCAL: rpcUrls.join(','),
    OMSX_PORT: String(await choosePort([])),
    OMSX_BUDGET_PER_SECOND: '0',
    // Everything that is ever said, as what it must not say is looked for afterwards.
    OMSX_LOG_LEVEL: 'trace',
    OTEL_EXPORTER_OTLP_ENDPOINT: tracesUrl,
    OTEL_TRACES_SAMPLER: 'always_on',
  };
}

/** The deployment's gas tank gets coins, as its operator would send some. */
async function fillTank(database: Database, chain: Chain): Promise<void> {
  await waitFor('gas tank', TANK_TIMEOUT_MS, async () => {
    const [tank] = await rowsOf<{ address: string }>(database, TANK);
    if (tank === undefined) return false;
    await chain.node.setBalance({ address: getAddress(tank.address), value: parseEther('10000') });
    return true;
  });
}

function rowsOf<Row>(database: Database, wanted: Statement): Promise<readonly Row[]> {
  return database.write((tx) => tx.rows<Row>(wanted));
}
