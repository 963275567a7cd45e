import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from 'viem';
import { quantile } from '../figures.ts';
import type { Payer } from './payer.ts';
import { watchBlocks } from './payer.ts';
import type { BenchWallet, Platform } from './platform.ts';
import { type Told, watchAll } from './timeline.ts';

export interface DepositFigures {
  readonly perBlock: number;
  readonly deposits: number;
  /** Deposits that were told as included, for each second from the first block that has some to the last. */
  readonly perSecond: number;
  /** Blocks that had come after one before the subscriber had all of it. */
  readonly lagMedian: number;
  readonly lagMax: number;
  /** From the block's arrival here to that of the subscriber's message, for each deposit. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From the last block to the last message that says COMPLETED. */
  readonly completedMs: number;
}

const COMPLETED_WAIT_MS = 60_000;
const AMOUNT_MINOR = 1_000_000n;

/** Pays `wallets` all at once in every block for a while, and watches the money arrive. */
export async function measureDeposits(
  platform: Platform,
  payer: Payer,
  wallets: readonly BenchWallet[],
  durationMs: number,
): Promise<DepositFigures> {
  const blocks = await watchBlocks(platform.credentials.chainUrl);
  const timeline = await watchAll(platform.credentials);
  const hashes: Hex[] = [];
  const payees = wallets.map(({ address }) => address);
  try {
    const endMs = Date.now() + durationMs;
    let paidAt = blocks.head();
    while (Date.now() < endMs) {
      if (blocks.head() > paidAt) {
        paidAt = blocks.head();
        hashes.push(await payer.payAll(payees, AMOUNT_MINOR));
      }
      await sleep(5);
    }
    const deposits = hashes.length * wallets.length;
    await timeline.until('COMPLETED', deposits, COMPLETED_WAIT_MS);
    const numbers = new Map<string, bigint>();
    for (const hash of hashes) numbers.set(hash, await blocks.blockOf(hash));
    const seenAt = (hash: string | null): number =>
      blocks.seenAtMs.get(numbers.get(hash ?? '') ?? -1n) ?? Number.NaN;
    const told = timeline.told.filter(({ kind }) => kind === 'INCLUDED');
    const latencies = Float64Array.from(
      told.map(({ transactionHash, atMs }) => atMs - seenAt(transactionHash)),
    )
      .filter((value) => !Number.isNaN(value))
      .sort();
    const [firstBlock, lastBlock] = [seenAt(hashes[0] ?? null), seenAt(hashes.at(-1) ?? null)];
    const lastTold = Math.max(...told.map(({ atMs }) => atMs));
    const completed = Math.max(
      ...timeline.told.filter(({ kind }) => kind === 'COMPLETED').map(({ atMs }) => atMs),
    );
    const sortedLags = lagsOf(hashes, told, seenAt, [...blocks.seenAtMs.values()]);
    return {
      perBlock: wallets.length,
      deposits,
      perSecond: (deposits - wallets.length) / ((lastTold - firstBlock) / 1_000),
      lagMedian: quantile(sortedLags, 0.5),
      lagMax: sortedLags.at(-1) ?? Number.NaN,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      completedMs: completed - lastBlock,
    };
  } finally {
    await timeline.close();
    await blocks.close();
  }
}

/** For each block that was paid in: how many others were seen until its last message, sorted. */
function lagsOf(
  hashes: readonly Hex[],
  told: readonly Told[],
  seenAt: (hash: Hex) => number,
  blocksAtMs: readonly number[],
): Float64Array {
  const lags = hashes.map((hash) => {
    const ofBlock = told.filter(({ transactionHash }) => transactionHash === hash);
    const lastTold = Math.max(...ofBlock.map(({ atMs }) => atMs));
    return blocksAtMs.filter((atMs) => atMs > seenAt(hash) && atMs <= lastTold).length;
  });
  return Float64Array.from(lags).sort();
}
