import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { startChain } from '../platform/embedded/chain.ts';
import { stateFolder } from '../platform/paths.ts';
import { deployLocal } from '../rails/onchain/deployLocal.ts';
import { type DepositFigures, measureDeposits } from './onchain/deposits.ts';
import { openPayer, type Payer } from './onchain/payer.ts';
import { type BenchWallet, openWallets, type Platform, startPlatform } from './onchain/platform.ts';
import { measureSends, type SendFigures } from './onchain/sends.ts';
import { watchAll } from './onchain/timeline.ts';
import { logTail } from './payments/ours.ts';
import { Stops } from './stops.ts';
import type { BenchTable } from './table.ts';
import { atLeast, below, targetsTable } from './targets.ts';

export const ONCHAIN_BENCH_DEFAULTS = { durationMs: 20_000 } as const;

/** More than the 300 that are wanted, as a block takes a little longer than a second. */
const CROWD = 320;
const FEW = 10;
const SINGLE_PER_SECOND = 60;
const BATCHED_PER_SECOND = 600;
const FUNDS_MINOR = 1_000_000_000_000n;
const FUNDED_WAIT_MS = 60_000;
/** Enough paid ahead for what is asked in a second. */
const GAS = { refillBelowWei: '1000000000000000000', refillWei: '10000000000000000000' };

type Report = (line: string) => void;

/**
 * `omsx up` with its local chain: deposits that are followed, sends one by one and in batches, and how long the chain
 * takes to start. @throws when a send is refused or anything does not complete
 */
export async function runOnchainBench(
  options: { readonly durationMs: number } = ONCHAIN_BENCH_DEFAULTS,
  report: Report = () => undefined,
): Promise<readonly BenchTable[]> {
  const parent = join(stateFolder, 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'onchain-'));
  try {
    report('starting a local chain with contracts');
    const startMs = await measureStart(join(folder, 'fresh'));
    const batching = await settingsFor(join(folder, 'batching.json'), { gas: GAS });
    const deposits = await withPlatform(join(folder, 'deposits'), batching, report, (platform) =>
      measureBoth(platform, options.durationMs, report),
    );
    // Each on a platform of its own: what was deposited before is swept for a while, which is work of another kind.
    const batched = await withPlatform(join(folder, 'batched'), batching, report, async (platform) => {
      const { wallet } = await openFunded(platform);
      report(`sends in batches, ${BATCHED_PER_SECOND} a second`);
      return await measureSends(platform, wallet, BATCHED_PER_SECOND, options.durationMs / 2, 'batched');
    });
    const alone = await settingsFor(join(folder, 'alone.json'), { gas: GAS, multisend: null });
    const single = await withPlatform(join(folder, 'single'), alone, report, async (platform) => {
      const { wallet } = await openFunded(platform);
      report(`sends one by one, ${SINGLE_PER_SECOND} a second`);
      return await measureSends(platform, wallet, SINGLE_PER_SECOND, options.durationMs, 'single');
    });
    return tablesOf(startMs, deposits, { single, batched });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is changed of the local chain. */
async function settingsFor(file: string, local: object): Promise<Readonly<Record<string, string>>> {
  await writeFile(file, JSON.stringify({ LOCAL: local }));
  return { OMSX_NETWORKS_FILE: file };
}

interface BothDeposits {
  readonly crowd: DepositFigures;
  readonly few: DepositFigures;
}

async function measureBoth(platform: Platform, durationMs: number, report: Report): Promise<BothDeposits> {
  const { payer } = await openFunded(platform);
  const wallets = await openWallets(platform.api, CROWD, 'crowd');
  report(`${CROWD} deposits in every block`);
  const crowd = await measureDeposits(platform, payer, wallets, durationMs);
  report(`${FEW} deposits in every block`);
  const few = await measureDeposits(platform, payer, wallets.slice(0, FEW), durationMs);
  return { crowd, few };
}

/** A wallet with more than all sends take. */
async function openFunded(
  platform: Platform,
): Promise<{ readonly payer: Payer; readonly wallet: BenchWallet }> {
  const payer = await openPayer(platform.credentials.chainUrl);
  const [wallet] = await openWallets(platform.api, 1, 'funded');
  if (wallet === undefined) throw new Error('a wallet was asked for');
  const timeline = await watchAll(platform.credentials);
  try {
    await payer.payAll([wallet.address], FUNDS_MINOR);
    await timeline.until('COMPLETED', 1, FUNDED_WAIT_MS);
  } finally {
    await timeline.close();
  }
  return { payer, wallet };
}

async function withPlatform<T>(
  folder: string,
  settings: Readonly<Record<string, string>>,
  report: Report,
  work: (platform: Platform) => Promise<T>,
): Promise<T> {
  const stops = new Stops();
  try {
    report('starting the platform');
    return await work(await startPlatform(folder, stops, settings));
  } catch (error) {
    report(await logTail(folder));
    throw error;
  } finally {
    await stops.run();
  }
}

async function measureStart(folder: string): Promise<number> {
  const beganMs = performance.now();
  const chain = await startChain({ folder });
  if ('absent' in chain) throw new Error(chain.absent);
  try {
    await deployLocal(chain.url);
    return performance.now() - beganMs;
  } finally {
    await chain.stop();
  }
}

function tablesOf(
  startMs: number,
  { crowd, few }: BothDeposits,
  { single, batched }: { readonly single: SendFigures; readonly batched: SendFigures },
): readonly BenchTable[] {
  const conditions = [
    `${availableParallelism()} x ${cpus()[0]?.model ?? 'CPU'}, shared by omsx, Postgres, the chain (blocks of 1 s) and the payer; Node ${process.version}`,
  ];
  return [
    {
      title: 'On chain: deposits',
      conditions,
      columns: [
        { key: 'perBlock', heading: 'in a block', digits: 0 },
        { key: 'deposits', heading: 'deposits', digits: 0 },
        { key: 'perSecond', heading: 'a second', digits: 0 },
        { key: 'lagMedian', heading: 'blocks come meanwhile, median', digits: 0 },
        { key: 'lagMax', heading: 'at most', digits: 0 },
        { key: 'p50Ms', heading: 'block to subscriber p50 ms', digits: 0 },
        { key: 'p99Ms', heading: 'p99 ms', digits: 0 },
        { key: 'completedMs', heading: 'last block to last COMPLETED ms', digits: 0 },
      ],
      rows: [{ ...crowd }, { ...few }],
    },
    {
      title: 'On chain: sends from one address',
      conditions,
      columns: [
        { key: 'name', heading: 'way', digits: 0 },
        { key: 'asked', heading: 'sends', digits: 0 },
        { key: 'askedPerSecond', heading: 'asked a second', digits: 0 },
        { key: 'includedPerSecond', heading: 'included a second', digits: 0 },
        { key: 'chainTransactions', heading: 'transactions', digits: 0 },
        { key: 'p50Ms', heading: 'answer to COMPLETED p50 ms', digits: 0 },
        { key: 'p99Ms', heading: 'p99 ms', digits: 0 },
      ],
      rows: [
        { name: 'one by one', ...single },
        { name: 'batched', ...batched },
      ],
    },
    targetsTable([
      atLeast('deposits followed a second', crowd.perSecond, 300),
      below('blocks behind for the last subscriber, at most', crowd.lagMax, 2),
      below('block to subscriber, p99 ms', few.p99Ms, 300),
      atLeast('sends one by one, a second', single.includedPerSecond, 50),
      atLeast('sends in batches, a second', batched.includedPerSecond, 500),
      below('start of the local chain with contracts, ms', startMs, 3_000),
    ]),
  ];
}
