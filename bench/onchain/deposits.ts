import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from 'viem';
import { quantile } from '../figures.ts';
import type { Payer } from './payer.ts';
import { watchBlocks } from './payer.ts';
import type { BenchWallet, Platform } from './platform.ts';
import { watchAll } from './timeline.ts';

export interface DepositFigures {
  readonly perBlock: number;
  readonly deposits: number;
  /** Deposits that were told as included, for each second from the first block that has some to the last. */
  readonly perSecond: number;
  /** Blocks that the follower was behind the head, each time that it was looked at. */
  readonly lagMedian: number;
  readonly lagMax: number;
  /** From the block's arrival here to that of the subscriber's message, for each deposit. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From the last block to the last message that says COMPLETED. */
  readonly completedMs: number;
}

const HEALTH = '{ networks { code health { headNumber followedNumber } } }';
const HEALTH_POLL_MS = 200;
const COMPLETED_WAIT_MS = 60_000;
const AMOUNT_MINOR = 1_000_000n;

interface Health {
  readonly networks: readonly {
    readonly code: string;
    readonly health: { readonly headNumber: string | null; readonly followedNumber: string | null } | null;
  }[];
}

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
  const lags: number[] = [];
  const payees = wallets.map(({ address }) => address);
  let isOver = false;
  const looking = lookAtLag(platform, lags, () => isOver, blocks.head);
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
    isOver = true;
    await looking;
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
    const sortedLags = Float64Array.from(lags).sort();
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
    isOver = true;
    await looking.catch(() => undefined);
    await timeline.close();
    await blocks.close();
  }
}

/** The chain's own head beside what our graph says was followed. */
async function lookAtLag(
  platform: Platform,
  lags: number[],
  isOver: () => boolean,
  head: () => bigint,
): Promise<void> {
  while (!isOver()) {
    const { data } = await platform.api.query<Health>(HEALTH, {});
    const followed = data.networks.find(({ code }) => code === 'LOCAL')?.health?.followedNumber;
    if (followed !== null && followed !== undefined && head() > 0n)
      lags.push(Math.max(0, Number(head() - BigInt(followed))));
    await sleep(HEALTH_POLL_MS);
  }
}
