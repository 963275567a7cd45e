import type { LeasedLoop } from '../../../platform/leasedLoop.ts';
import { statement } from '../../../platform/statement.ts';
import { eventPollOf } from '../inbox/eventPoll.ts';
import { type Inbox, takeIn } from '../inbox/takeIn.ts';
import { ORDER_CHANNEL } from '../orders.ts';
import { pollLines } from '../statements/pollLines.ts';
import { advanceOrder, type Submitting } from './advanceOrder.ts';
import { dueOrders } from './dueOrders.ts';
import { type OrderLoopOptions, startOrderLoop } from './orderLoop.ts';
import { postpone } from './recordAnswer.ts';

const ASK_SUBMITTING = statement(
  'bank.ask_submitting',
  `update bank.order wish set next_at = (select platform.now()) where wish.adapter = $1 and wish.state = 'SUBMITTING'`,
);

const pollEvents = eventPollOf('bank', 'a bank');

/** Hands orders to one provider and reads its list of events, in one process of a deployment at a time. */
export function startSubmitter(deps: Submitting & Inbox & OrderLoopOptions): LeasedLoop {
  const { database, provider, adapter, logger } = deps;
  return startOrderLoop(deps, {
    kind: 'bank',
    listener: 'omsx submitter',
    channel: ORDER_CHANNEL,
    askSubmitting: ASK_SUBMITTING,
    stopped: 'an order could not be taken further',
    due: (limit) => dueOrders(database, adapter, limit),
    advance: (lease, order) => advanceOrder(deps, lease, order),
    postpone: (id, delayMs) => postpone(database, id, delayMs, false),
    async poll() {
      await pollEvents(deps, provider, (received) => takeIn(deps, received));
      await pollLines(deps, provider, logger);
    },
  });
}
