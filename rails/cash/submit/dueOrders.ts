import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { CashOrderState } from '../orderStates.ts';
import type { CashOrderKind } from '../orders.ts';

/** A code or pickup that something has to be done about now. */
export interface DueCashOrder {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly kind: CashOrderKind;
  readonly network: string;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly sealed: Uint8Array | null;
  /** The order that `sealed` was sealed for: this one, or the first for the same recipient. */
  readonly sealedFor: Uuid;
  readonly state: CashOrderState;
  readonly isCancelAsked: boolean;
  readonly expiresAt: Date;
  /** By the database's clock, which decides for all. */
  readonly isPastExpiry: boolean;
  readonly attempts: number;
}

/** Index order_due. */
const DUE_ORDERS = statement(
  'cash.due_orders',
  `select wish.id, wish.organization_id as "organizationId", wish.kind, wish.network, wish.asset,
          wish.amount as "amountMinor", coalesce(first.sealed, wish.sealed) as sealed,
          coalesce(wish.copy_of, wish.id) as "sealedFor", wish.state, wish.cancel_asked_at is not null as "isCancelAsked",
          wish.expires_at as "expiresAt", wish.expires_at <= (select platform.now()) as "isPastExpiry", wish.attempts
     from cash.order wish
     left join cash.order first on first.id = wish.copy_of
    where wish.adapter = $1 and wish.next_at <= (select platform.now())
      and wish.state in ('QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'READY')
    order by wish.next_at limit $2`,
);

/** The `limit` that wait longest. Takes no lock: whoever acts on one looks again. Role omsx_cash. Safe to retry. */
export function dueCashOrders(
  database: Database,
  adapter: string,
  limit: number,
): Promise<readonly DueCashOrder[]> {
  return database.write((tx) => tx.rows<DueCashOrder>(DUE_ORDERS, [adapter, limit]));
}
