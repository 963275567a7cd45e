import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Address, getAddress, parseEther } from 'viem';
import { present } from '../../../platform/invariant.ts';
import { openDatabase } from '../../../platform/postgres.ts';
import { openFileVault } from '../../../platform/vault/fileVault.ts';
import type { NetworkConfig } from '../../../rails/onchain/network.ts';
import { local } from '../../../rails/onchain/networks/local.ts';
import { createChainClient } from '../../../rails/onchain/rpc/chainClient.ts';
import { createListFileScreening } from '../../../rails/onchain/screening/listFile.ts';
import { type Signer, type SignerOptions, startSigner } from '../../../rails/onchain/sign/startSigner.ts';
import { readTokenDomain } from '../../../rails/onchain/tokenDomain.ts';
import { type ChainWork, startChainWork } from '../../../rails/onchain/work.ts';
import { createPayments, type Payments } from '../../../subgraphs/payments/main.ts';
import { createWallets } from '../../../subgraphs/wallets/main.ts';
import { createRandom } from '../../crash/random.ts';
import { startTestChain, type TestChain } from '../../harness/chain.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { startRpcProxy } from '../../harness/rpcProxy.ts';
import { silent, waitUntil } from '../sending.ts';

const BLOCK_TIME_MS = 100;
const EPOCH_BLOCKS = 2;
const DOLLAR = 1_000_000n;

export type Rows = <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Nothing is swept that nobody waits for, so that a test decides when it happens; limits that a test can reach. */
function networkOf(rpcUrl: string, changes: Partial<NetworkConfig>): NetworkConfig {
  const assets = local.assets.map((asset) => ({
    ...asset,
    sweepFromMinor: 10n ** 30n,
    ...(asset.contract && { perTransactionMinorMax: 100n * DOLLAR, perDayMinorMax: 120n * DOLLAR }),
  }));
  return { ...local, rpcUrls: [rpcUrl], blockTimeMs: BLOCK_TIME_MS, assets, ...changes };
}

/** All parts of the deployment in one process, on a chain that mines while it is told to. */
export async function openFlows(changes: Partial<NetworkConfig> = {}) {
  const [database, chain, folder] = await Promise.all([
    createTestDatabase(),
    startTestChain({ epochBlocks: EPOCH_BLOCKS }),
    mkdtemp(join(tmpdir(), 'omsx-flows-')),
  ]);
  const proxy = await startRpcProxy(chain.url, createRandom(1));
  const network = networkOf(proxy.url, changes);
  const admin = new pg.Pool({ connectionString: database.url, max: 4 });
  // Connections that a test ends by itself.
  admin.on('error', () => undefined);
  const rows: Rows = async <Row>(text: string, values: readonly unknown[] = []) =>
    (await admin.query(text, [...values])).rows as Row[];
  const refusedFile = join(folder, 'refused');
  await writeFile(refusedFile, '');
  const miner = await startMiner(chain);
  const parts = await openParts(database.url, network, folder, refusedFile);
  await parts.start();
  await fillTank(chain, rows);
  const books = await openDatabase({ url: database.url, role: 'omsx_accounts_writer', poolMax: 1 });
  const checks = await openDatabase({ url: database.url, role: 'omsx_check', poolMax: 2 });
  return {
    network,
    chain,
    proxy,
    rows,
    miner,
    parts,
    books,
    checks,
    refuse: (address: Address) => writeFile(refusedFile, `${address}\n`),
    async close(): Promise<void> {
      proxy.heal();
      await parts.close();
      await miner.stop();
      await Promise.all([books.close(), checks.close(), admin.end(), proxy.close()]);
      await chain.end();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}

export type Flows = Awaited<ReturnType<typeof openFlows>>;

/** A block each moment, until it is paused. */
async function startMiner(chain: TestChain) {
  await chain.node.setAutomine(false);
  let turn: Promise<void> = Promise.resolve();
  let isPaused = false;
  const mine = (): Promise<void> => {
    turn = turn.then(() => (isPaused ? undefined : chain.node.mine({ blocks: 1 })));
    return turn;
  };
  const timer = setInterval(() => void mine(), BLOCK_TIME_MS);
  return {
    /** Resolves when no block comes any more. */
    async pause(): Promise<void> {
      isPaused = true;
      await turn;
    },
    resume(): void {
      isPaused = false;
    },
    async stop(): Promise<void> {
      clearInterval(timer);
      await turn;
    },
  };
}

interface Running {
  readonly work: ChainWork;
  readonly payments: Payments;
}

async function openParts(url: string, network: NetworkConfig, folder: string, refusedFile: string) {
  const { code, rpcUrls, chainId } = network;
  const limits = { callTimeoutMs: 1_000, readTimeoutMs: 2_000, tagsTimeoutMs: 1_000, backoffMsMax: 500 };
  const client = createChainClient({ network: code, rpcUrls, chainId, logger: silent, limits });
  const chainDatabase = await openDatabase({ url, role: 'omsx_chain', poolMax: 6 });
  const signerDatabase = await openDatabase({ url, role: 'omsx_signer', poolMax: 3 });
  const vault = await openFileVault(join(folder, 'kek'), 'create');
  const wallets = await createWallets({
    databaseUrl: url,
    logger: silent,
    mode: 'LIVE',
    chains: new Map([[code, client]]),
    networks: [network],
  });
  const screening = createListFileScreening(refusedFile);
  let signer: Signer | null = null;
  let running: Running | null = null;

  function startSigning(more: Partial<SignerOptions> = {}): void {
    const domainOf: SignerOptions['domainOf'] = (_, contract) => readTokenDomain(client, chainId, contract);
    const options = {
      database: signerDatabase,
      databaseUrl: url,
      vault,
      networks: [network],
      domainOf,
      logger: silent,
    };
    signer ??= startSigner({ ...options, ...more });
  }
  async function stopSigning(): Promise<void> {
    await signer?.stop();
    signer = null;
  }
  async function startRest(): Promise<void> {
    const payments = await createPayments({ databaseUrl: url, logger: silent });
    const options = { database: chainDatabase, databaseUrl: url, network, client, screening };
    running = { payments, work: startChainWork({ ...options, logger: silent }) };
  }
  async function stopRest(): Promise<void> {
    await Promise.all([running?.work.close(), running?.payments.close()]);
    running = null;
  }
  return {
    client,
    wallets,
    chainDatabase,
    payments: (): Payments => present(running, 'a running deployment').payments,
    startSigning,
    stopSigning,
    async start(): Promise<void> {
      startSigning();
      await startRest();
    },
    async stop(): Promise<void> {
      await Promise.all([stopSigning(), stopRest()]);
    },
    async close(): Promise<void> {
      await Promise.all([stopSigning(), stopRest(), wallets.close()]);
      await Promise.all([client.close(), chainDatabase.close(), signerDatabase.close()]);
    },
  };
}

/** As an operator would. */
async function fillTank({ node }: TestChain, rows: Rows): Promise<void> {
  await waitUntil(async () => {
    const [tank] = await rows<{ address: string }>(
      `select address from chain.address where purpose = 'TANK'`,
    );
    if (tank === undefined) return false;
    await node.setBalance({ address: getAddress(tank.address), value: parseEther('10000') });
    return true;
  });
}
