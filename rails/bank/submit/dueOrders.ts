import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { BankRailName } from '../../port.ts';
import type { SpeedCode } from '../catalog/rail.ts';
import type { OrderState } from '../orderStates.ts';

/** An order that something has to be done about now. */
export interface DueOrder {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly rail: BankRailName;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly reference: string | null;
  /** Null for the speed that is usual on the rail. */
  readonly speed: SpeedCode | null;
  readonly sealed: Uint8Array;
  /** What the account was sealed for: this order, another that it repeats, or the receipt that it refunds. */
  readonly sealedFor: { readonly purpose: string; readonly id: Uuid };
  readonly state: OrderState;
  readonly isCancelAsked: boolean;
  readonly attempts: number;
}

/** Index order_due. */
const DUE_ORDERS = statement(
  'bank.due_orders',
  `select wish.id, wish.organization_id as "organizationId", wish.rail, wish.asset, wish.amount as "amountMinor",
          wish.reference, wish.speed, coalesce(payer.sealed, first.sealed, wish.sealed) as sealed,
          json_build_object('purpose', case when wish.payer_of is null then 'omsx-bank-order' else 'omsx-bank-payer' end,
                            'id', coalesce(wish.payer_of, wish.copy_of, wish.id)) as "sealedFor", wish.state,
          wish.cancel_asked_at is not null as "isCancelAsked", wish.attempts
     from bank.order wish
     left join bank.receipt_payer payer on payer.receipt_id = wish.payer_of
     left join bank.order first on first.id = wish.copy_of
    where wish.adapter = $1 and wish.next_at <= (select platform.now())
      and wish.state in ('QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'ACCEPTED')
    order by wish.next_at limit $2`,
);

/** The `limit` orders that wait longest. Takes no lock: whoever acts on one looks again. Role omsx_bank. Safe to retry. */
export function dueOrders(database: Database, adapter: string, limit: number): Promise<readonly DueOrder[]> {
  return database.write((tx) => tx.rows<DueOrder>(DUE_ORDERS, [adapter, limit]));
}
