import { setTimeout as sleep } from 'node:timers/promises';
import { formatAmount } from '../../platform/money.ts';
import {
  type Api,
  CANCEL_TRANSACTION,
  CAPTURE_TRANSACTION,
  CREATE_CUSTOMER,
  CREATE_TRANSACTION,
  FUND_SANDBOX,
  REFUND_TRANSACTION,
} from './api.ts';
import type { Books } from './books.ts';
import type { Acknowledged, Journal, Operation } from './journal.ts';
import type { Random } from './random.ts';

/** Payers at work; each does one thing after another and asks again until it is answered. */
export interface Load {
  /** Each payer finishes what it has begun. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly api: Api;
  readonly books: Books;
  readonly journal: Journal;
  readonly random: Random;
  readonly payers: number;
}

/** Between two operations of one payer, so that two cores have time for everything else. */
const THINK_MIN_MS = 5;
const THINK_MAX_MS = 60;
const AMOUNT_MAX_MINOR = 5_000;
/** More than all customers have together. */
const OVERSPENT_MINOR = 10n ** 15n;
const OPERATIONS_MAX = 20_000;
const USD = { code: 'USD', scale: 2 } as const;
const HOLD_LONG_SECONDS = 3_600;
const HOLD_SHORT_SECONDS = 1;

export function startLoad(options: LoadOptions): Load {
  let stopping = false;
  const work = Array.from({ length: options.payers }, async (_, index) => {
    const random = options.random.fork();
    const payer = new Payer({ ...options, random, name: `payer${index}` });
    for (let done = 0; done < OPERATIONS_MAX && !stopping; done++) {
      await payer.act().catch((error: unknown) => options.journal.refuse(`payer${index}: ${String(error)}`));
      await sleep(random.integer(THINK_MIN_MS, THINK_MAX_MS));
    }
  });
  return {
    async stop() {
      stopping = true;
      await Promise.all(work);
    },
  };
}

type Draft = Pick<Acknowledged, 'operation' | 'targetId' | 'amountMinor' | 'isHeld'>;

class Payer {
  readonly #options: LoadOptions & { readonly name: string };
  #serial = 0;

  constructor(options: LoadOptions & { readonly name: string }) {
    this.#options = options;
  }

  /** One act: a payment, or a hold and what becomes of it, or money from nothing, or a new customer. */
  async act(): Promise<void> {
    const { random } = this.#options;
    const roll = random.fraction();
    if (roll < 0.08) await this.#create(OVERSPENT_MINOR, null);
    else if (roll < 0.36) await this.#hold();
    else if (roll < 0.42) await this.#fund();
    else if (roll < 0.46) await this.#onboard();
    else await this.#pay();
  }

  async #pay(): Promise<void> {
    const { random } = this.#options;
    const amountMinor = BigInt(random.integer(1, AMOUNT_MAX_MINOR));
    const paid = await this.#create(amountMinor, null);
    if (paid.id === null || random.fraction() > 0.3) return;
    await this.#refund(paid.id, amountMinor);
    // Sometimes more than is left, which must be refused whatever happened to the first refund.
    if (random.fraction() < 0.3) await this.#refund(paid.id, amountMinor);
  }

  async #hold(): Promise<void> {
    const { random } = this.#options;
    const amountMinor = BigInt(random.integer(2, AMOUNT_MAX_MINOR));
    const expires = random.fraction() < 0.2;
    const held = await this.#create(amountMinor, expires ? HOLD_SHORT_SECONDS : HOLD_LONG_SECONDS);
    if (held.id === null || expires) return;
    const roll = random.fraction();
    if (roll < 0.1) return;
    if (roll < 0.4) await this.#resolve('cancelTransaction', held.id, amountMinor);
    else await this.#resolve('captureTransaction', held.id, roll < 0.7 ? amountMinor : amountMinor / 2n);
    // A second resolution must be refused.
    if (random.fraction() < 0.2) await this.#resolve('cancelTransaction', held.id, amountMinor);
  }

  #create(amountMinor: bigint, holdSeconds: number | null): Promise<Acknowledged> {
    const { books } = this.#options;
    const [sourceId, destinationId] = books.chooseSides(this.#options.random);
    const draft = { targetId: null, amountMinor, isHeld: holdSeconds !== null } as const;
    return this.#send(CREATE_TRANSACTION, { ...draft, operation: 'createTransaction' }, (key) => ({
      sourceId,
      destinationId,
      amount: formatAmount(amountMinor, USD),
      asset: USD.code,
      metadata: [{ key: 'key', value: key }],
      ...(holdSeconds === null ? {} : { captureMethod: 'MANUAL', holdSeconds }),
    }));
  }

  #resolve(
    operation: 'captureTransaction' | 'cancelTransaction',
    id: string,
    amountMinor: bigint,
  ): Promise<Acknowledged> {
    const isCapture = operation === 'captureTransaction';
    const document = isCapture ? CAPTURE_TRANSACTION : CANCEL_TRANSACTION;
    const amount = isCapture ? { amount: formatAmount(amountMinor, USD) } : {};
    return this.#send(document, { operation, targetId: id, amountMinor, isHeld: false }, () => ({
      id,
      ...amount,
    }));
  }

  #refund(id: string, paidMinor: bigint): Promise<Acknowledged> {
    const amountMinor = BigInt(this.#options.random.integer(1, Number(paidMinor)));
    const draft = { operation: 'refundTransaction', targetId: id, amountMinor, isHeld: false } as const;
    return this.#send(REFUND_TRANSACTION, draft, (key) => ({
      id,
      amount: formatAmount(amountMinor, USD),
      metadata: [{ key: 'key', value: key }],
    }));
  }

  async #fund(): Promise<void> {
    const destinationId = this.#options.books.chooseOne(this.#options.random);
    const amountMinor = 10_000n;
    const draft = { operation: 'fundSandbox', targetId: null, amountMinor, isHeld: false } as const;
    await this.#send(FUND_SANDBOX, draft, () => ({ destinationId, amount: formatAmount(amountMinor, USD) }));
  }

  async #onboard(): Promise<void> {
    const draft = { operation: 'createCustomer', targetId: null, amountMinor: 0n, isHeld: false } as const;
    await this.#send(CREATE_CUSTOMER, draft, (key) => ({
      type: 'BUSINESS',
      legalName: 'Crash Test Co',
      metadata: [{ key: 'key', value: key }],
    }));
  }

  async #send(
    document: string,
    draft: Draft & { readonly operation: Operation },
    inputFor: (key: string) => Readonly<Record<string, unknown>>,
  ): Promise<Acknowledged> {
    const { api, journal, name } = this.#options;
    this.#serial++;
    const idempotencyKey = `${name}-${this.#serial}`;
    const reply = await api.mutate(document, { idempotencyKey, ...inputFor(idempotencyKey) });
    const { __typename, id, status } = reply.data;
    const done = reply.data.code === undefined;
    const entry: Acknowledged = {
      ...draft,
      idempotencyKey,
      typename: __typename,
      id: done ? (id ?? idempotencyKey) : null,
      status: status ?? null,
      replayed: reply.replayed,
      attempts: reply.attempts,
    };
    journal.record(entry);
    return entry;
  }
}
