import type { Uuid } from '../../platform/id.ts';
import { invariant } from '../../platform/invariant.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import type { OrderFactKind } from './orderStates.ts';

/** What an order comes to by a fact that moves it. */
export interface OrderMove {
  readonly id: Uuid;
  readonly to: OrderFactKind;
  readonly reasonCode: string | null;
  readonly providerReference: string | null;
  readonly occurredAt: Date;
}

/** SUBMITTED is no news for a timeline, which has told so since the money was held. */
const MOVE_ORDER = statement(
  'bank.move_order',
  `with moved as (
     update bank.order wish
        set state = $2, reason_code = coalesce($3, wish.reason_code),
            provider_reference = coalesce($4, wish.provider_reference),
            settled_at = case when $2 in ('SETTLED', 'RETURNED')
                              then coalesce(wish.settled_at, least($5::timestamptz, clock_timestamp()))
                              else wish.settled_at end,
            next_at = case when wish.cancel_asked_at is not null then (select platform.now())
                           else greatest(wish.expected_by, (select platform.now()) + interval '1 second') end,
            version = wish.version + case when $2 = 'SUBMITTED' then 0 else 1 end, updated_at = clock_timestamp()
      where wish.id = $1
     returning 1)
   select pg_notify('bank_settle', '') from moved`,
);

/** Writes a move of an order that is locked and that `judgeFact` let move. Retry only with the whole tx. */
export async function moveOrder(tx: Tx, move: OrderMove): Promise<void> {
  const { id, to, reasonCode, providerReference, occurredAt } = move;
  const moved = await tx.rows(MOVE_ORDER, [id, to, reasonCode, providerReference, occurredAt.toISOString()]);
  invariant(moved.length === 1, `order ${id} was not moved`);
}
