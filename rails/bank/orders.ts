import { arrayOf, arrayOfDates, arrayOfText } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import { invariant } from '../../platform/invariant.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import type { BankRailName } from '../port.ts';
import type { SpeedCode } from './catalog/rail.ts';
import type { OrderState } from './orderStates.ts';

/** Channel of the hint that there is an order to submit. */
export const ORDER_CHANNEL = 'bank_order';

/** A wish to move money to a bank account. */
export interface NewOrder {
  /** The Transaction's, and the key that the provider is given. */
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** The Account whose money it is. */
  readonly accountId: Uuid;
  readonly adapter: string;
  readonly rail: BankRailName;
  readonly asset: string;
  /** Minor units, greater than zero. */
  readonly amountMinor: bigint;
  readonly accountMask: string;
  readonly sealed: Uint8Array;
  readonly reference: string | null;
  readonly expectedBy: Date;
  /** How fast it is to travel. */
  readonly speed: SpeedCode;
  /** Whose sealed account it goes to where it is not its own, which is empty then: see `RecipientOf`. */
  readonly recipient?: RecipientOf;
}

/** The payer of a receipt, or the recipient of another order. */
export type RecipientOf = { readonly payerOf: Uuid } | { readonly copyOf: Uuid };

/** An order as whoever settles it sees it under lock. */
export interface OrderRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly rail: BankRailName;
  readonly state: OrderState;
  readonly reasonCode: string | null;
  readonly isCancelAsked: boolean;
  readonly expectedBy: Date;
  readonly settledAt: Date | null;
  readonly isFinal: boolean;
  readonly version: number;
  readonly settledVersion: number;
  /** As far as the timeline has told. */
  readonly settledState: OrderState;
}

const INSERT_ORDERS = statement(
  'bank.insert_orders',
  `with inserted as (
     insert into bank.order (id, organization_id, account_id, adapter, rail, asset, amount, account_mask, sealed,
       reference, expected_by, speed, settled_version, payer_of, copy_of)
     select id, organization_id, account_id, adapter, rail, asset, amount, account_mask, decode(sealed, 'hex'),
            reference, expected_by, speed, 1, payer_of, copy_of
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::text[],
                   $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::uuid[], $14::uuid[])
            as wish(id, organization_id, account_id, adapter, rail, asset, amount, account_mask, sealed, reference,
                    expected_by, speed, payer_of, copy_of)
      order by id
     returning 1),
   told as (select pg_notify('bank_order', '') from inserted limit 1)
   select (select count(*) from inserted) as count, (select count(*) from told) as told`,
);

/** Queues orders, in the tx that holds their money: the books know of their first version. Retry only with the whole tx. */
export async function insertOrders(tx: Tx, orders: readonly NewOrder[]): Promise<void> {
  if (orders.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(INSERT_ORDERS, [
    arrayOf(orders, ({ id }) => id),
    arrayOf(orders, ({ organizationId }) => organizationId),
    arrayOf(orders, ({ accountId }) => accountId),
    arrayOf(orders, ({ adapter }) => adapter),
    arrayOf(orders, ({ rail }) => rail),
    arrayOf(orders, ({ asset }) => asset),
    arrayOf(orders, ({ amountMinor }) => amountMinor),
    arrayOfText(orders, ({ accountMask }) => accountMask),
    // As text, because it may be empty.
    arrayOfText(orders, ({ sealed }) => Buffer.from(sealed).toString('hex')),
    arrayOfText(orders, ({ reference }) => reference),
    arrayOfDates(orders, ({ expectedBy }) => expectedBy),
    arrayOf(orders, ({ speed }) => speed),
    arrayOf(orders, ({ recipient }) => (recipient && 'payerOf' in recipient ? recipient.payerOf : null)),
    arrayOf(orders, ({ recipient }) => (recipient && 'copyOf' in recipient ? recipient.copyOf : null)),
  ]);
  invariant(written?.count === BigInt(orders.length), `${written?.count} of ${orders.length} orders queued`);
}

const LOCK_ORDERS = statement(
  'bank.lock_orders',
  `select wish.id, wish.organization_id as "organizationId", wish.rail, wish.state, wish.reason_code as "reasonCode",
          wish.cancel_asked_at is not null as "isCancelAsked", wish.expected_by as "expectedBy",
          wish.settled_at as "settledAt", wish.is_final as "isFinal", wish.version,
          wish.settled_version as "settledVersion", wish.settled_state as "settledState"
     from bank.order wish where wish.id = any($1::uuid[]) order by wish.id for no key update of wish`,
);

/** Locks orders until the end of the tx and reads them; before Transactions. Role omsx_payments_writer or omsx_bank. */
export async function lockOrders(tx: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, OrderRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<OrderRow>(LOCK_ORDERS, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}

const SETTLE_ORDERS = statement(
  'bank.settle_orders',
  `with settled as (
     update bank.order wish
        set state = done.state, version = done.version, settled_version = done.version, settled_state = done.state,
            is_final = done.is_final, updated_at = clock_timestamp()
       from unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::boolean[])
            as done(id, from_version, state, version, is_final)
      where wish.id = done.id and wish.settled_version = done.from_version
     returning 1)
   select count(*) as count from settled`,
);

/** Says how far the books are now. @param done each with the version that the books knew of before */
export async function settleOrders(
  tx: Tx,
  done: readonly { readonly row: OrderRow; readonly fromVersion: number }[],
): Promise<void> {
  if (done.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(SETTLE_ORDERS, [
    arrayOf(done, ({ row }) => row.id),
    arrayOf(done, ({ fromVersion }) => fromVersion),
    arrayOf(done, ({ row }) => row.state),
    arrayOf(done, ({ row }) => row.version),
    arrayOf(done, ({ row }) => String(row.isFinal)),
  ]);
  invariant(written?.count === BigInt(done.length), `${written?.count} of ${done.length} orders settled`);
}

const ASK_CANCEL = statement(
  'bank.ask_cancel',
  `with asked as (
     update bank.order wish
        set cancel_asked_at = coalesce(wish.cancel_asked_at, clock_timestamp()), next_at = (select platform.now())
      where wish.id = any($1::uuid[]) returning 1)
   select pg_notify('bank_order', '') from asked limit 1`,
);

/** Leaves the wish that locked orders come to nothing. Retry only with the whole tx. */
export async function askToCancel(tx: Tx, ids: readonly Uuid[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.rows(ASK_CANCEL, [arrayOf(ids, (id) => id)]);
}
