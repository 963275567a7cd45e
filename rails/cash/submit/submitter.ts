import { Bell } from '../../../platform/feed/bell.ts';
import { listenForHints } from '../../../platform/feed/hint.ts';
import { inParallel } from '../../../platform/inParallel.ts';
import type { Lease } from '../../../platform/lease.ts';
import { LeaseLostError } from '../../../platform/lease.ts';
import { type LeasedLoop, startLeasedLoop } from '../../../platform/leasedLoop.ts';
import { statement } from '../../../platform/statement.ts';
import { pollCashEvents } from '../inbox/poll.ts';
import { CASH_ORDER_CHANNEL } from '../orders.ts';
import { advanceCashOrder, type CashSubmitting } from './advanceOrder.ts';
import { type DueCashOrder, dueCashOrders } from './dueOrders.ts';
import { postponeCash } from './recordAnswer.ts';

const LEASE_MS = 5_000;
/** Orders of one round, and calls at a time: a network that is slow for one does not hold up the others. */
const ROUND_SIZE_MAX = 64;
const CALLS_MAX = 8;
const PAUSE_MS = 250;
/** An order that a fault of ours stopped is looked at again so much later. */
const FAULT_DELAY_MS = 5_000;
/** How often the provider's list is read for callbacks that were lost. */
const POLL_MS = 2_000;

const ASK_SUBMITTING = statement(
  'cash.ask_submitting',
  `update cash.order wish set next_at = (select platform.now()) where wish.adapter = $1 and wish.state = 'SUBMITTING'`,
);

/** Hands codes and pickups to one provider and reads its list of events, in one process of a deployment at a time. */
export function startCashSubmitter(
  deps: CashSubmitting & { readonly databaseUrl: string; readonly holder: string; readonly pollMs?: number },
): LeasedLoop {
  const { database, databaseUrl: url, logger, adapter, holder } = deps;
  const bell = new Bell();
  const hints = listenForHints({
    url,
    name: 'omsx cash submitter',
    channel: CASH_ORDER_CHANNEL,
    logger,
    onHint: () => bell.ring(),
  });
  const loop = startLeasedLoop({
    database,
    logger,
    name: `cash ${adapter}`,
    holder,
    lifetimeMs: LEASE_MS,
    bell,
    work: (lease, signal) => submitUntil(deps, lease, signal, bell),
  });
  return {
    async stop() {
      await Promise.all([loop.stop(), hints.close()]);
    },
  };
}

async function submitUntil(
  deps: CashSubmitting & { readonly pollMs?: number },
  lease: Lease,
  signal: AbortSignal,
  bell: Bell,
): Promise<void> {
  const { database, provider, adapter, logger, pollMs = POLL_MS } = deps;
  // Whoever had the lease before may have died with a call on its way: what became of it is asked now.
  await database.write((tx) => tx.rows(ASK_SUBMITTING, [adapter]));
  let pollAtMs = 0;
  while (!signal.aborted) {
    const orders = await dueCashOrders(database, adapter, ROUND_SIZE_MAX);
    await inParallel(orders, CALLS_MAX, (order) => submitOne(deps, lease, order));
    if (performance.now() >= pollAtMs) {
      await pollCashEvents(deps, provider, logger);
      pollAtMs = performance.now() + pollMs;
    }
    if (orders.length < ROUND_SIZE_MAX && !signal.aborted) await bell.wait(PAUSE_MS);
  }
}

/** A fault of one order is not one of the others; its own next look is later. */
async function submitOne(deps: CashSubmitting, lease: Lease, order: DueCashOrder): Promise<void> {
  try {
    await advanceCashOrder(deps, lease, order);
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    deps.logger.error({ err: error, orderId: order.id }, 'a cash order could not be taken further');
    await postponeCash(deps.database, order.id, FAULT_DELAY_MS, false);
  }
}
