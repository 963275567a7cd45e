import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getAddress, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
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
import type { RpcFaults } from '../../harness/rpcFaults.ts';
import { type RpcProxy, startRpcProxy } from '../../harness/rpcProxy.ts';
import { type ChainWallet, holdingsOf, openWallet, send, timelineOf } from './api.ts';
import { type Chain, type Outsider, openChain, type Payment } from './outsiders.ts';
import type { Sent } from './traffic.ts';

/** Short, so that a hundred re-orgs fit into minutes; finality is ten blocks behind, deeper than any of them. */
const BLOCK_TIME_MS = 250;
const EPOCH_BLOCKS = 5;
const WALLETS = 6;
const FIRST_SEND_TIMEOUT_MS = 60_000;
const FUNDS_MINOR = 1_000_000_000n;
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
  const proxies = [
    await startRpcProxy(chainServer.url, random.fork()),
    await startRpcProxy(chainServer.url, random.fork()),
  ];
  const environment = {
    RPC_URL_LOCAL: proxies.map(({ url }) => url).join(','),
    OMSX_PORT: String(await choosePort([])),
    OMSX_BUDGET_PER_SECOND: '0',
    // Everything that is ever said, as what it must not say is looked for afterwards.
    OMSX_LOG_LEVEL: 'trace',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: 'always_on',
  };
  for (const proxy of proxies) healed(proxy);
  let omsx: Omsx = await startOmsx({ folder, environment });
  const postgres = await startPostgres({ folder: join(folder, 'postgres'), shared: true });
  const database = await openDatabase({ url: postgres.url, role: 'omsx_check', poolMax: 1 });
  const chain = openChain(chainServer.url);
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
    lie: async (chance) => {
      const liar = chance.integer(0, proxies.length - 1);
      for (const [index, proxy] of proxies.entries()) {
        healed(proxy);
        if (index === liar) proxy.setFaults(anyFault(chance));
      }
    },
    heal: () => {
      for (const proxy of proxies) healed(proxy);
    },
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
      await database.close();
      await postgres.stop();
      for (const proxy of proxies) await proxy.close();
      await chainServer.stop();
      await removeOmsx(omsx);
      await collector.close();
    },
  };
}

/** Gives each wallet something to send and lets it send once: coins are swept, gas is there, contracts are approved. */
async function fund(
  api: Api,
  outsider: Outsider,
  wallets: readonly ChainWallet[],
): Promise<{ readonly payments: readonly Payment[]; readonly sent: readonly Sent[] }> {
  const payments: Payment[] = [];
  for (const { address } of wallets) payments.push(await outsider.pay(address, FUNDS_MINOR, false));
  for (const wallet of wallets) {
    await waitFor('spendable funds', DEEP_TIMEOUT_MS, async () => {
      return (await holdingsOf(api, wallet)).available === FUNDS_MINOR;
    });
  }
  const sent: Sent[] = [];
  for (const [number, from] of wallets.entries()) {
    const to = privateKeyToAddress(generatePrivateKey());
    const transactionId = await send(api, { key: `first ${number}`, from, to, amount: '1.000000' });
    if (transactionId === null) throw new Error('a wallet with funds could not send');
    sent.push({ transactionId, from, to, amountMinor: 1_000_000n });
  }
  for (const { transactionId } of sent) {
    await waitFor('completed send', FIRST_SEND_TIMEOUT_MS, async () => {
      return (await timelineOf(api, transactionId)).status === 'COMPLETED';
    });
  }
  return { payments, sent };
}

/** As real nodes do, and anvil does not, a replacement has to pay a tenth more; nothing else is wrong. */
function healed(proxy: RpcProxy): void {
  proxy.heal();
  proxy.setFaults({ replacementRule: true });
}

/** What one endpoint is made to do; the other tells the truth meanwhile, as two that lie alike cannot be told from the truth. */
function anyFault(random: Random): Partial<RpcFaults> {
  return random.pick<Partial<RpcFaults>>([
    {},
    { lagBlocks: random.integer(1, 12) },
    { hang: 0.05 },
    { reset: 0.3 },
    { serverError: 0.3 },
    { missing: 0.3 },
    { garbage: 0.3 },
    { duplicateLogs: true },
    { omitLogs: 0.5 },
    { omitLogs: 1, receiptsAreTrue: true },
    { finalizedHash: `0x${'ab'.repeat(32)}` },
    { staleReceipts: true },
    { tooLarge: true },
  ]);
}

/** Keeps all traces in a file. */
async function startCollector(file: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      appendFileSync(file, Buffer.concat(parts));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
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
