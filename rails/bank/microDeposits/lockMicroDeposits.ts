import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { lockOrders } from '../orders.ts';
import {
  MICRO_DEPOSIT_COLUMNS,
  type MicroDepositRow,
  type MicroOrder,
  type VerifiedPlace,
} from './microDeposit.ts';

export interface MicroRows {
  /** By the ExternalAccount. */
  readonly places: ReadonlyMap<Uuid, VerifiedPlace>;
  readonly rows: ReadonlyMap<Uuid, MicroDepositRow>;
  /** By their own id. */
  readonly orders: ReadonlyMap<Uuid, MicroOrder>;
}

export const NO_MICRO_ROWS: MicroRows = { places: new Map(), rows: new Map(), orders: new Map() };

const LOCK_PLACES = statement(
  'bank.lock_verified_places',
  `select place.id, place.organization_id as "organizationId", place.customer_id as "customerId", place.status,
          place.verification, place.reason, place.version
     from bank.external_account place
    where place.id = any($1::uuid[]) and place.verification = 'MICRO_DEPOSITS'
    order by place.id for no key update of place`,
);

const READ_ROWS = statement(
  'bank.read_micro_deposits',
  `select ${MICRO_DEPOSIT_COLUMNS} from bank.micro_deposit micro where micro.external_account_id = any($1::uuid[])`,
);

const READ_AMOUNTS = statement(
  'bank.read_micro_amounts',
  `select wish.id, wish.amount as "amountMinor" from bank.order wish where wish.id = any($1::uuid[])`,
);

/**
 * Locks ExternalAccounts, and with them all that is known of their micro-deposits, then those orders, until the end of the
 * tx; before Transactions. Role omsx_payments_writer. Retry only with the whole tx.
 */
export async function lockMicroDeposits(tx: Tx, externalAccountIds: readonly Uuid[]): Promise<MicroRows> {
  if (externalAccountIds.length === 0) return NO_MICRO_ROWS;
  const ids = arrayOf(externalAccountIds, (id) => id);
  const places = await tx.rows<VerifiedPlace>(LOCK_PLACES, [ids]);
  // After the lock, in a statement of its own: who held it before may have sent them.
  const rows = await tx.rows<MicroDepositRow>(READ_ROWS, [ids]);
  const orderIds = rows.flatMap((row) => row.orderIds);
  const orders = await lockOrders(tx, orderIds);
  const amounts =
    orderIds.length === 0
      ? []
      : await tx.rows<{ readonly id: Uuid; readonly amountMinor: bigint }>(READ_AMOUNTS, [
          arrayOf(orderIds, (id) => id),
        ]);
  return {
    places: new Map(places.map((place) => [place.id, place])),
    rows: new Map(rows.map((row) => [row.externalAccountId, row])),
    orders: new Map(
      amounts.map(({ id, amountMinor }) => [id, { ...present(orders.get(id), 'an order'), amountMinor }]),
    ),
  };
}
