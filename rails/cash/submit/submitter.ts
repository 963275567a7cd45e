import type { LeasedLoop } from '../../../platform/leasedLoop.ts';
import { statement } from '../../../platform/statement.ts';
import { eventPollOf } from '../../bank/inbox/eventPoll.ts';
import { type OrderLoopOptions, startOrderLoop } from '../../bank/submit/orderLoop.ts';
import { takeInCash } from '../inbox/takeIn.ts';
import { CASH_ORDER_CHANNEL } from '../orders.ts';
import { advanceCashOrder, type CashSubmitting } from './advanceOrder.ts';
import { dueCashOrders } from './dueOrders.ts';
import { postponeCash } from './recordAnswer.ts';

const ASK_SUBMITTING = statement(
  'cash.ask_submitting',
  `update cash.order wish set next_at = (select platform.now()) where wish.adapter = $1 and wish.state = 'SUBMITTING'`,
);

const pollEvents = eventPollOf('cash', 'a network of counters');

/** Hands codes and pickups to one provider and reads its list of events, in one process of a deployment at a time. */
export function startCashSubmitter(deps: CashSubmitting & OrderLoopOptions): LeasedLoop {
  const { database, provider, adapter } = deps;
  return startOrderLoop(deps, {
    kind: 'cash',
    listener: 'omsx cash submitter',
    channel: CASH_ORDER_CHANNEL,
    askSubmitting: ASK_SUBMITTING,
    stopped: 'a cash order could not be taken further',
    due: (limit) => dueCashOrders(database, adapter, limit),
    advance: (lease, order) => advanceCashOrder(deps, lease, order),
    postpone: (id, delayMs) => postponeCash(database, id, delayMs, false),
    poll: () => pollEvents(deps, provider, (received) => takeInCash(deps, received)),
  });
}
