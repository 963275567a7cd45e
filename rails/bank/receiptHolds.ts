import { arrayOf } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { BANK_SETTLE_CHANNEL } from './unsettled.ts';

/** HELD while somebody has to look at who sent the money; then what that came to. */
export type ArrivalState = 'HELD' | 'RELEASED' | 'REFUSED';

/** Money that arrived and is, or was, held back. */
export interface HeldArrival {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly state: ArrivalState;
}

const READ_HOLDS = statement(
  'bank.read_receipt_holds',
  `select receipt_id as id, organization_id as "organizationId", state
     from bank.receipt_screening where receipt_id = any($1::uuid[]) and state is not null`,
);

/** Which receipts are held back, or were; after the receipts themselves are locked. Role omsx_payments_writer. */
export async function readReceiptHolds(tx: Tx, ids: readonly Uuid[]): Promise<readonly HeldArrival[]> {
  return ids.length === 0 ? [] : await tx.rows<HeldArrival>(READ_HOLDS, [arrayOf(ids, (id) => id)]);
}

/** A receipt whose payer nobody was asked about has no row yet. */
const WRITE_HOLDS = statement(
  'bank.write_receipt_holds',
  `with held as (
     insert into bank.receipt_screening (receipt_id, organization_id, outcome, list_version, matches, state)
     select id, organization_id, 'REVIEW', 'unavailable', '[]', state
       from unnest($1::uuid[], $2::uuid[], $3::text[]) as held(id, organization_id, state)
     on conflict (receipt_id) do update set state = excluded.state
     returning 1)
   select pg_notify('${BANK_SETTLE_CHANNEL}', '') from held limit 1`,
);

/** Holds receipts back, or says that they are not held any more. Retry only with the whole tx. */
export async function writeReceiptHolds(tx: Tx, holds: readonly HeldArrival[]): Promise<void> {
  if (holds.length === 0) return;
  await tx.rows(WRITE_HOLDS, [
    arrayOf(holds, ({ id }) => id),
    arrayOf(holds, ({ organizationId }) => organizationId),
    arrayOf(holds, ({ state }) => state),
  ]);
}
