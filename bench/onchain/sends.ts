import { setTimeout as sleep } from 'node:timers/promises';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { quantile } from '../figures.ts';
import type { BenchWallet, Platform } from './platform.ts';
import { watchAll } from './timeline.ts';

export interface SendFigures {
  readonly asked: number;
  readonly askedPerSecond: number;
  /** Those after the first that were told as included, from that to the last. */
  readonly includedPerSecond: number;
  readonly chainTransactions: number;
  /** From the answer of createTransaction to the message that says COMPLETED. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly completed: number;
}

const SEND = `mutation Send($input: CreateTransactionInput!) {
  result: createTransaction(input: $input) { __typename ... on Transaction { id } ... on Failure { message } }
}`;
const TICK_MS = 20;
const COMPLETED_WAIT_MS = 120_000;
const PAYEES = 200;
const SAME_BLOCK_MS = 500;

/** Asks for so many sends a second from one wallet, whether or not earlier ones were answered. */
export async function measureSends(
  platform: Platform,
  wallet: BenchWallet,
  perSecond: number,
  durationMs: number,
  name: string,
): Promise<SendFigures> {
  const timeline = await watchAll(platform.credentials);
  const payees = Array.from({ length: PAYEES }, () => privateKeyToAddress(generatePrivateKey()));
  const answeredAt = new Map<string, number>();
  const asking: Promise<void>[] = [];
  const total = Math.round((perSecond * durationMs) / 1_000);
  const ask = async (number: number): Promise<void> => {
    const { data } = await platform.api.query<{ result: { id?: string; message?: string } }>(SEND, {
      input: {
        idempotencyKey: `bench ${name} ${number}`,
        sourceId: wallet.id,
        destinationAddress: payees[number % PAYEES],
        amount: '0.01',
        asset: 'USDC',
      },
    });
    if (data.result.id === undefined) throw new Error(`a send was refused: ${data.result.message}`);
    answeredAt.set(data.result.id, Date.now());
  };
  try {
    const beganMs = Date.now();
    while (asking.length < total) {
      const due = Math.min(total, Math.ceil(((Date.now() - beganMs) * perSecond) / 1_000));
      while (asking.length < due) asking.push(ask(asking.length));
      await sleep(TICK_MS);
    }
    await Promise.all(asking);
    const askedMs = Date.now() - beganMs;
    await timeline.until('COMPLETED', total, COMPLETED_WAIT_MS);
    const included = timeline.told.filter(({ kind }) => kind === 'INCLUDED');
    const times = included.map(({ atMs }) => atMs);
    const [firstIncluded, lastIncluded] = [Math.min(...times), Math.max(...times)];
    // All of one block come within a moment of one another.
    const afterFirst = times.filter((atMs) => atMs > firstIncluded + SAME_BLOCK_MS).length;
    const latencies = Float64Array.from(
      timeline.told
        .filter(({ kind }) => kind === 'COMPLETED')
        .map(({ transactionId, atMs }) => atMs - (answeredAt.get(transactionId) ?? Number.NaN)),
    ).sort();
    return {
      asked: total,
      askedPerSecond: total / (askedMs / 1_000),
      includedPerSecond: afterFirst / ((lastIncluded - firstIncluded) / 1_000),
      chainTransactions: new Set(included.map(({ transactionHash }) => transactionHash)).size,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      completed: timeline.count('COMPLETED'),
    };
  } finally {
    await timeline.close();
  }
}
