import { arrayOf, arrayOfDates, arrayOfText } from '../../../platform/arrays.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { MicroDepositRow, VerifiedPlace } from './microDeposit.ts';

const WRITE_ROWS = statement(
  'bank.write_micro_deposits',
  `insert into bank.micro_deposit (external_account_id, organization_id, account_id, rail, asset, hold_id,
     first_order_id, second_order_id, state, expected_by)
   select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[],
     $9::text[], $10::timestamptz[])
   on conflict (external_account_id) do update set state = excluded.state, updated_at = clock_timestamp()`,
);

/** Writes micro-deposits of locked ExternalAccounts as they are at the end of the batch. Retry only with the whole tx. */
export async function writeMicroDeposits(tx: Tx, rows: readonly MicroDepositRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.rows(WRITE_ROWS, [
    arrayOf(rows, (row) => row.externalAccountId),
    arrayOf(rows, (row) => row.organizationId),
    arrayOf(rows, (row) => row.accountId),
    arrayOf(rows, (row) => row.rail),
    arrayOf(rows, (row) => row.asset),
    arrayOf(rows, (row) => row.holdId),
    arrayOf(rows, (row) => row.orderIds[0]),
    arrayOf(rows, (row) => row.orderIds[1]),
    arrayOf(rows, (row) => row.state),
    arrayOfDates(rows, (row) => row.expectedBy),
  ]);
}

const WRITE_PLACES = statement(
  'bank.write_verified_places',
  `update bank.external_account place
      set status = changed.status, reason = changed.reason, version = changed.version, updated_at = clock_timestamp()
     from unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) as changed(id, status, reason, version)
    where place.id = changed.id and place.version < changed.version
   returning place.id`,
);

/** Writes locked ExternalAccounts whose micro-deposits came to something. @throws {InvariantError}; abandon the tx. */
export async function writeVerifiedPlaces(tx: Tx, places: readonly VerifiedPlace[]): Promise<void> {
  if (places.length === 0) return;
  const written = await tx.rows(WRITE_PLACES, [
    arrayOf(places, ({ id }) => id),
    arrayOf(places, ({ status }) => status),
    arrayOfText(places, ({ reason }) => reason),
    arrayOf(places, ({ version }) => version),
  ]);
  invariant(written.length === places.length, `${written.length} of ${places.length} places written`);
}
