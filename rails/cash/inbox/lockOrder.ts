import { isUuid, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { CashOrderState } from '../orderStates.ts';
import type { CashOrderKind } from '../orders.ts';

/** An order that a message is about. */
export interface JudgedOrder {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly kind: CashOrderKind;
  readonly cashInId: Uuid | null;
  readonly state: CashOrderState;
  readonly amountMinor: bigint;
  readonly asset: string;
  readonly expiresAt: Date;
}

const LOCK_ORDER = statement(
  'cash.lock_order_of_event',
  `select wish.id, wish.organization_id as "organizationId", wish.kind, wish.cash_in_id as "cashInId", wish.state,
          wish.amount as "amountMinor", wish.asset, wish.expires_at as "expiresAt"
     from cash.order wish where wish.id = $1 and wish.adapter = $2 for no key update of wish`,
);

/**
 * The order of a key, locked until the end of the tx; null for a key of ours that is none.
 *
 * @param adapter of whoever speaks of it: of orders of another network's provider nobody is believed
 */
export async function lockOrderOf(tx: Tx, adapter: string, orderKey: string): Promise<JudgedOrder | null> {
  const [order] = isUuid(orderKey) ? await tx.rows<JudgedOrder>(LOCK_ORDER, [orderKey, adapter]) : [];
  return order ?? null;
}
