import { arrayOf } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Tx } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { SETTLE_CHANNEL } from './unsettled.ts';

/** A final deposit that is held back while somebody has to look at who sent it, or was. */
export interface HeldDeposit {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly state: 'HELD' | 'RELEASED' | 'REFUSED';
}

const READ_HOLDS = statement(
  'chain.read_deposit_holds',
  `select deposit_id as id, organization_id as "organizationId", state
     from chain.deposit_screening where deposit_id = any($1::uuid[])`,
);

/** Which deposits are held back, or were; after the deposits themselves are locked. Role omsx_payments_writer. */
export async function readDepositHolds(tx: Tx, ids: readonly Uuid[]): Promise<readonly HeldDeposit[]> {
  return ids.length === 0 ? [] : await tx.rows<HeldDeposit>(READ_HOLDS, [arrayOf(ids, (id) => id)]);
}

const WRITE_HOLDS = statement(
  'chain.write_deposit_holds',
  `with held as (
     insert into chain.deposit_screening (deposit_id, organization_id, state)
     select id, organization_id, state
       from unnest($1::uuid[], $2::uuid[], $3::text[]) as held(id, organization_id, state)
     on conflict (deposit_id) do update set state = excluded.state
     returning 1)
   select pg_notify('${SETTLE_CHANNEL}', '') from held limit 1`,
);

/** Holds deposits back, or says that they are not held any more. Retry only with the whole tx. */
export async function writeDepositHolds(tx: Tx, holds: readonly HeldDeposit[]): Promise<void> {
  if (holds.length === 0) return;
  await tx.rows(WRITE_HOLDS, [
    arrayOf(holds, ({ id }) => id),
    arrayOf(holds, ({ organizationId }) => organizationId),
    arrayOf(holds, ({ state }) => state),
  ]);
}
