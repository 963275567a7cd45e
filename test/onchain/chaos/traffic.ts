import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import type { Api } from '../../crash/api.ts';
import type { Random } from '../../crash/random.ts';
import { type ChainWallet, send } from './api.ts';
import type { Chain, Outsider, Payment } from './outsiders.ts';

/** A send that was accepted, to an address that nothing else is ever paid to. */
export interface Sent {
  readonly transactionId: string;
  readonly from: ChainWallet;
  readonly to: Address;
  readonly amountMinor: bigint;
}

const PAYMENT_MINOR_MAX = 50_000_000;
const SEND_MINOR_MAX = 9_000_000;
/** Share of payments that are not made again when a re-org took them. */
const FICKLE = 0.3;
const PAUSE_MS_MAX = 300;
const HAND_IN_MS = 500;

/** Money that comes and goes until it is stopped. What came is in `payments`, what was accepted to go in `sent`. */
export function startTraffic(options: {
  readonly api: Api;
  readonly chain: Chain;
  readonly outsider: Outsider;
  readonly wallets: readonly ChainWallet[];
  /** What was paid before. */
  readonly payments: readonly Payment[];
  /** What was sent before. */
  readonly sent: readonly Sent[];
  readonly random: Random;
}) {
  const { api, chain, outsider, wallets, random } = options;
  const payments: Payment[] = [...options.payments];
  const sent: Sent[] = [...options.sent];
  let isStopped = false;

  async function payIn(): Promise<void> {
    while (!isStopped) {
      const wallet = random.pick(wallets);
      const amount = BigInt(random.integer(1_000_000, PAYMENT_MINOR_MAX));
      payments.push(await outsider.pay(wallet.address, amount, random.fraction() < FICKLE));
      await sleep(random.integer(0, PAUSE_MS_MAX));
    }
  }

  async function sendOut(): Promise<void> {
    for (let number = 1; !isStopped; number++) {
      const from = random.pick(wallets);
      const to = privateKeyToAddress(generatePrivateKey());
      const amount = random.integer(1_000, SEND_MINOR_MAX);
      const transactionId = await send(api, {
        key: `send ${number}`,
        from,
        to,
        amount: usdc(amount),
      });
      if (transactionId !== null) sent.push({ transactionId, from, to, amountMinor: BigInt(amount) });
      await sleep(random.integer(0, PAUSE_MS_MAX));
    }
  }

  /** Outsiders hand in again what a re-org took away, in order, as their wallets would. */
  const handInMissing = createHandIn(chain, payments);
  async function handIn(): Promise<void> {
    while (!isStopped) {
      await handInMissing();
      await sleep(HAND_IN_MS);
    }
  }

  const running = Promise.all([payIn(), sendOut(), handIn()]);
  // Whoever stops it hears of a fault.
  running.catch(() => undefined);
  return {
    payments,
    sent,
    handInMissing,
    async stop(): Promise<void> {
      isStopped = true;
      await running;
    },
  };
}

/** Deeper than any re-org of the test. */
const DEEP_BLOCKS = 24n;

/** Hands in again, in their order, payments that are in no block. */
export function createHandIn(chain: Chain, payments: readonly Payment[]) {
  const deep = new Set<string>();
  /** Gives how many were missing. */
  return async (): Promise<number> => {
    const head = await chain.node.getBlockNumber({ cacheTime: 0 });
    const open = payments.filter(({ hash }) => !deep.has(hash));
    const receipts = await Promise.all(open.map((payment) => receiptOf(chain, payment)));
    const missing = open.filter((_, index) => receipts[index] === null);
    for (const [index, { hash }] of open.entries()) {
      const receipt = receipts[index];
      if (receipt && receipt.blockNumber + DEEP_BLOCKS <= head) deep.add(hash);
    }
    // Most are in the pool still, which says so.
    for (const { next } of missing) {
      await chain.node.sendRawTransaction({ serializedTransaction: next.raw }).catch(() => undefined);
    }
    return missing.length;
  };
}

async function receiptOf(chain: Chain, { hash, next }: Payment) {
  for (const one of [hash, next.hash]) {
    const receipt = await chain.node.getTransactionReceipt({ hash: one }).catch(() => null);
    if (receipt !== null) return receipt;
  }
  return null;
}

function usdc(minor: number): string {
  const text = String(minor).padStart(7, '0');
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}
