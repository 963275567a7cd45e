import { arrayOf, arrayOfDates, arrayOfText } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import { invariant } from '../../platform/invariant.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import type { CashOrderState } from './orderStates.ts';

/** Channel of the hint that there is something to hand to a network. */
export const CASH_ORDER_CHANNEL = 'cash_order';

export type CashOrderKind = 'CODE' | 'PICKUP';

/** What is wanted of a network: a code to pay in by, or that somebody can pick money up. */
export interface NewCashOrder {
  /** Of a PICKUP the Transaction's; in any case the key that the provider is given. */
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly kind: CashOrderKind;
  /** The Account that is credited (CODE) or whose money it is (PICKUP). */
  readonly accountId: Uuid;
  readonly cashInId: Uuid | null;
  readonly adapter: string;
  readonly network: string;
  readonly asset: string;
  /** Minor units, greater than zero. */
  readonly amountMinor: bigint;
  /** Of a PICKUP; null both for a CODE. */
  readonly recipientMask: string | null;
  readonly sealed: Uint8Array | null;
  /** The first pickup for the same recipient, who is sealed there and not here: `sealed` is empty then. */
  readonly copyOf?: Uuid;
  readonly expiresAt: Date;
}

/** The same as whoever settles it sees it under lock. */
export interface CashOrderRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly kind: CashOrderKind;
  readonly cashInId: Uuid | null;
  readonly adapter: string;
  readonly state: CashOrderState;
  readonly reasonCode: string | null;
  readonly isCancelAsked: boolean;
  readonly expiresAt: Date;
  readonly version: number;
  readonly settledVersion: number;
  /** As far as the books know. */
  readonly settledState: CashOrderState;
}

const INSERT_ORDERS = statement(
  'cash.insert_orders',
  `with inserted as (
     insert into cash.order (id, organization_id, kind, account_id, cash_in_id, adapter, network, asset, amount,
       recipient_mask, sealed, copy_of, expires_at, settled_version)
     select id, organization_id, kind, account_id, cash_in_id, adapter, network, asset, amount, recipient_mask,
            decode(sealed, 'hex'), copy_of, expires_at, 1
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
                   $9::numeric[], $10::text[], $11::text[], $12::timestamptz[], $13::uuid[])
            as wish(id, organization_id, kind, account_id, cash_in_id, adapter, network, asset, amount, recipient_mask,
                    sealed, expires_at, copy_of)
      order by id
     returning 1),
   told as (select pg_notify('cash_order', '') from inserted limit 1)
   select (select count(*) from inserted) as count, (select count(*) from told) as told`,
);

/** Queues them, in the tx of what they are for: the books know of their first version. Retry only with the whole tx. */
export async function insertCashOrders(tx: Tx, orders: readonly NewCashOrder[]): Promise<void> {
  if (orders.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(INSERT_ORDERS, [
    arrayOf(orders, ({ id }) => id),
    arrayOf(orders, ({ organizationId }) => organizationId),
    arrayOf(orders, ({ kind }) => kind),
    arrayOf(orders, ({ accountId }) => accountId),
    arrayOf(orders, ({ cashInId }) => cashInId),
    arrayOf(orders, ({ adapter }) => adapter),
    arrayOf(orders, ({ network }) => network),
    arrayOf(orders, ({ asset }) => asset),
    arrayOf(orders, ({ amountMinor }) => amountMinor),
    arrayOfText(orders, ({ recipientMask }) => recipientMask),
    // As text, because it may be empty.
    arrayOfText(orders, ({ sealed }) => (sealed === null ? null : Buffer.from(sealed).toString('hex'))),
    arrayOfDates(orders, ({ expiresAt }) => expiresAt),
    arrayOf(orders, ({ copyOf }) => copyOf ?? null),
  ]);
  invariant(
    written?.count === BigInt(orders.length),
    `${written?.count} of ${orders.length} cash orders queued`,
  );
}

const LOCK_ORDERS = statement(
  'cash.lock_orders',
  `select wish.id, wish.organization_id as "organizationId", wish.kind, wish.cash_in_id as "cashInId", wish.adapter,
          wish.state, wish.reason_code as "reasonCode", wish.cancel_asked_at is not null as "isCancelAsked",
          wish.expires_at as "expiresAt", wish.version, wish.settled_version as "settledVersion",
          wish.settled_state as "settledState"
     from cash.order wish where wish.id = any($1::uuid[]) order by wish.id for no key update of wish`,
);

/** Locks them until the end of the tx and reads them; after CashIns, before Transactions. Role omsx_payments_writer or omsx_cash. */
export async function lockCashOrders(tx: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, CashOrderRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<CashOrderRow>(LOCK_ORDERS, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}

const SETTLE_ORDERS = statement(
  'cash.settle_orders',
  `with settled as (
     update cash.order wish
        set state = done.state, version = done.version, settled_version = done.version, settled_state = done.state,
            updated_at = clock_timestamp()
       from unnest($1::uuid[], $2::int[], $3::text[], $4::int[]) as done(id, from_version, state, version)
      where wish.id = done.id and wish.settled_version = done.from_version
     returning 1)
   select count(*) as count from settled`,
);

/** Says how far the books are now. @param done each with the version that the books knew of before */
export async function settleCashOrders(
  tx: Tx,
  done: readonly { readonly row: CashOrderRow; readonly fromVersion: number }[],
): Promise<void> {
  if (done.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(SETTLE_ORDERS, [
    arrayOf(done, ({ row }) => row.id),
    arrayOf(done, ({ fromVersion }) => fromVersion),
    arrayOf(done, ({ row }) => row.state),
    arrayOf(done, ({ row }) => row.version),
  ]);
  invariant(
    written?.count === BigInt(done.length),
    `${written?.count} of ${done.length} cash orders settled`,
  );
}

const ASK_CANCEL = statement(
  'cash.ask_cancel',
  `with asked as (
     update cash.order wish
        set cancel_asked_at = coalesce(wish.cancel_asked_at, clock_timestamp()), next_at = (select platform.now())
      where wish.id = any($1::uuid[]) returning 1)
   select pg_notify('cash_order', '') from asked limit 1`,
);

/** Leaves the wish that locked orders can be used no more. Retry only with the whole tx. */
export async function askToCancelCash(tx: Tx, ids: readonly Uuid[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.rows(ASK_CANCEL, [arrayOf(ids, (id) => id)]);
}
