import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { moveOrder } from '../moveOrder.ts';
import { judgeFact } from '../orderStates.ts';
import { lockOrders } from '../orders.ts';
import type { OrderAnswer } from '../provider.ts';

/** Writes what a provider answered about an order; what a callback has said meanwhile is not undone. Safe to retry. */
export async function recordAnswer(
  database: Database,
  id: Uuid,
  answer: Extract<OrderAnswer, { type: 'KNOWN' }>,
): Promise<void> {
  await database.write(async (tx) => {
    const order = (await lockOrders(tx, [id])).get(id);
    if (order === undefined || judgeFact(order, answer.fact) !== 'MOVES') return;
    const { fact: to, reasonCode, reference: providerReference } = answer;
    await moveOrder(tx, { id, to, reasonCode, providerReference, occurredAt: new Date() });
  });
}

const POSTPONE = statement(
  'bank.postpone_order',
  `update bank.order wish
      set state = case when wish.state = 'SUBMITTING' and $3 then 'UNKNOWN' else wish.state end,
          attempts = wish.attempts + 1, next_at = (select platform.now()) + $2::int * interval '1 millisecond',
          updated_at = clock_timestamp()
    where wish.id = $1`,
);

/** Looks at the order again later. @param isUnknown whether a call went out that nobody answered */
export async function postpone(
  database: Database,
  id: Uuid,
  delayMs: number,
  isUnknown: boolean,
): Promise<void> {
  await database.write((tx) => tx.rows(POSTPONE, [id, delayMs, isUnknown]));
}

const DROP_CANCEL = statement(
  'bank.drop_cancel',
  `update bank.order wish set cancel_asked_at = null, next_at = greatest(wish.expected_by, (select platform.now()))
    where wish.id = $1 and wish.state in ('SUBMITTED', 'ACCEPTED')`,
);

/** The provider does not take back what it has: the order goes on. Safe to retry. */
export async function dropCancel(database: Database, id: Uuid): Promise<void> {
  await database.write((tx) => tx.rows(DROP_CANCEL, [id]));
}
