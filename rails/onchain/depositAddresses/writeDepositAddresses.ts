import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { DEPOSIT_ADDRESS_COLUMNS, type DepositAddressRow, type NewDepositAddress } from './depositAddress.ts';

/** In one order, so that two processes with the same externalIds wait for one another. */
const INSERT = statement(
  'chain.insert_deposit_address_places',
  `insert into chain.deposit_address (id, organization_id, wallet_id, customer_id, network, asset, status, external_id, metadata,
     expected_amount, single_use)
   select id, organization_id, wallet_id, customer_id, network, asset, 'ACTIVE', external_id, metadata, expected_amount, single_use
     from jsonb_to_recordset($1::jsonb) as added(id uuid, organization_id uuid, wallet_id uuid, customer_id uuid,
            network text, asset text, external_id text, metadata jsonb, expected_amount numeric, single_use boolean)
    order by organization_id, external_id, id
   on conflict (organization_id, external_id) do nothing
   returning id`,
);

const FIND_NAMED = statement(
  'chain.find_deposit_address_places_by_external_id',
  `select added.id, named.id as "existingId"
     from jsonb_to_recordset($1::jsonb) as added(id uuid, organization_id uuid, external_id text)
     join chain.deposit_address named using (organization_id, external_id)`,
);

/**
 * Inserts those whose externalId is free; of the others, who has it. They have no address yet: that is `giveAddresses` in
 * the same tx. Role omsx_wallets_writer. Retry with the whole tx, which has the same ids.
 */
export async function insertDepositAddresses(
  tx: Tx,
  added: readonly NewDepositAddress[],
): Promise<{ readonly inserted: ReadonlySet<Uuid>; readonly takenBy: ReadonlyMap<Uuid, Uuid> }> {
  if (added.length === 0) return { inserted: new Set(), takenBy: new Map() };
  const rows = await tx.rows<{ readonly id: Uuid }>(INSERT, [JSON.stringify(added.map(toRecord))]);
  const inserted = new Set(rows.map(({ id }) => id));
  const refused = added.filter(({ id }) => !inserted.has(id));
  if (refused.length === 0) return { inserted, takenBy: new Map() };
  const taken = await tx.rows<{ readonly id: Uuid; readonly existingId: Uuid }>(FIND_NAMED, [
    JSON.stringify(refused.map(toRecord)),
  ]);
  return { inserted, takenBy: new Map(taken.map(({ id, existingId }) => [id, existingId])) };
}

function toRecord(added: NewDepositAddress): Readonly<Record<string, unknown>> {
  return {
    id: added.id,
    organization_id: added.organizationId,
    wallet_id: added.walletId,
    customer_id: added.customerId,
    network: added.network,
    asset: added.asset,
    external_id: added.externalId,
    metadata: added.metadata,
    expected_amount: added.expectedMinor === null ? null : String(added.expectedMinor),
    single_use: added.singleUse,
  };
}

/** All but the address and what came there, which a change has nothing to do with. */
export type LockedDepositAddress = Omit<DepositAddressRow, 'address' | 'isUsed'>;

const LOCK = statement(
  'chain.lock_deposit_address_places',
  `select ${DEPOSIT_ADDRESS_COLUMNS} from chain.deposit_address place
    where place.id = any($1::uuid[]) order by place.id for no key update`,
);

/** Locks them in the order of their ids until the end of the tx, of any organization. Role omsx_wallets_writer. */
export async function lockDepositAddresses(
  tx: Tx,
  ids: readonly Uuid[],
): Promise<Map<Uuid, LockedDepositAddress>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<LockedDepositAddress>(LOCK, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.id, row]));
}

const UPDATE = statement(
  'chain.update_deposit_address_places',
  `update chain.deposit_address place
      set status = changed.status, version = changed.version, updated_at = clock_timestamp()
     from unnest($1::uuid[], $2::text[], $3::int[]) as changed(id, status, version)
    where place.id = changed.id and place.version < changed.version
   returning place.id`,
);

/** Writes locked ones, each once. @throws {InvariantError} when one was not written; abandon the tx. */
export async function updateDepositAddresses(
  tx: Tx,
  changed: readonly LockedDepositAddress[],
): Promise<void> {
  if (changed.length === 0) return;
  const rows = await tx.rows(UPDATE, [
    arrayOf(changed, ({ id }) => id),
    arrayOf(changed, ({ status }) => status),
    arrayOf(changed, ({ version }) => version),
  ]);
  invariant(rows.length === changed.length, `${rows.length} of ${changed.length} deposit addresses written`);
}
