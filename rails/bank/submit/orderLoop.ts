import { Bell } from '../../../platform/feed/bell.ts';
import { listenForHints } from '../../../platform/feed/hint.ts';
import type { Uuid } from '../../../platform/id.ts';
import { inParallel } from '../../../platform/inParallel.ts';
import { type Lease, LeaseLostError } from '../../../platform/lease.ts';
import { type LeasedLoop, startLeasedLoop } from '../../../platform/leasedLoop.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Statement } from '../../../platform/statement.ts';

const LEASE_MS = 5_000;
/** Orders of one round, and calls at a time: a provider that is slow for one does not hold up the others. */
const ROUND_SIZE_MAX = 64;
const CALLS_MAX = 8;
const PAUSE_MS = 250;
/** An order that a fault of ours stopped is looked at again so much later. */
const FAULT_DELAY_MS = 5_000;
/** How often the provider's list is read for callbacks that were lost. */
const POLL_MS = 2_000;

/** Where the loop runs. */
export interface OrderLoopOptions {
  readonly database: Database;
  /** For the connection that listens. */
  readonly databaseUrl: string;
  readonly logger: Logger;
  readonly adapter: string;
  readonly holder: string;
  /** Between two looks at the provider's list of events; 2 s when left out. */
  readonly pollMs?: number;
}

/** What is done with the orders of one kind. */
export interface OrderWork<Order extends { readonly id: Uuid }> {
  readonly kind: 'bank' | 'cash';
  /** Of the connection that listens. */
  readonly listener: string;
  /** Where new orders are told of. */
  readonly channel: string;
  /** Makes due what adapter `$1` was handing over: whoever had the lease before may have died with a call on its way. */
  readonly askSubmitting: Statement;
  /** What is said when a fault of ours stopped an order. */
  readonly stopped: string;
  due(limit: number): Promise<readonly Order[]>;
  advance(lease: Lease, order: Order): Promise<void>;
  postpone(id: Uuid, delayMs: number): Promise<void>;
  /** Reads what the provider lists. */
  poll(): Promise<void>;
}

/** Hands orders to one provider and reads what it lists, in one process of a deployment at a time. */
export function startOrderLoop<Order extends { readonly id: Uuid }>(
  options: OrderLoopOptions,
  orders: OrderWork<Order>,
): LeasedLoop {
  const { database, databaseUrl: url, logger, adapter, holder } = options;
  const bell = new Bell();
  const { listener: name, channel } = orders;
  const hints = listenForHints({ url, name, channel, logger, onHint: () => bell.ring() });
  const loop = startLeasedLoop({
    database,
    logger,
    name: `${orders.kind} ${adapter}`,
    holder,
    lifetimeMs: LEASE_MS,
    bell,
    work: (lease, signal) => workUntil(options, orders, { lease, signal, bell }),
  });
  return {
    async stop() {
      await Promise.all([loop.stop(), hints.close()]);
    },
  };
}

async function workUntil<Order extends { readonly id: Uuid }>(
  { database, adapter, logger, pollMs = POLL_MS }: OrderLoopOptions,
  orders: OrderWork<Order>,
  { lease, signal, bell }: { readonly lease: Lease; readonly signal: AbortSignal; readonly bell: Bell },
): Promise<void> {
  await database.write((tx) => tx.rows(orders.askSubmitting, [adapter]));
  let pollAtMs = 0;
  while (!signal.aborted) {
    const due = await orders.due(ROUND_SIZE_MAX);
    await inParallel(due, CALLS_MAX, (order) => advanceOne(logger, orders, lease, order));
    if (performance.now() >= pollAtMs) {
      await orders.poll();
      pollAtMs = performance.now() + pollMs;
    }
    if (due.length < ROUND_SIZE_MAX && !signal.aborted) await bell.wait(PAUSE_MS);
  }
}

/** A fault of one order is not one of the others; its own next look is later. */
async function advanceOne<Order extends { readonly id: Uuid }>(
  logger: Logger,
  orders: OrderWork<Order>,
  lease: Lease,
  order: Order,
): Promise<void> {
  try {
    await orders.advance(lease, order);
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    logger.error({ err: error, orderId: order.id }, orders.stopped);
    await orders.postpone(order.id, FAULT_DELAY_MS);
  }
}
