import { arrayOfDates } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { CUSTOMER_COLUMNS } from './customers.ts';
import type { CustomerRow } from './rows.ts';

export type NewCustomer = Pick<
  CustomerRow,
  'id' | 'organizationId' | 'type' | 'externalId' | 'metadata' | 'wrappedKey' | 'sealed'
>;

/**
 * In the order of the unique key, so that two processes with the same externalIds wait for one another instead
 * of deadlocking. DO NOTHING also settles two of one batch: the first of them in the batch wins.
 */
const INSERT = statement(
  'accounts.insert_customers',
  `insert into accounts.customer
     (id, organization_id, type, wrapped_key, sealed, external_id, metadata)
   select id, organization_id, type, wrapped_key, sealed::jsonb, external_id, metadata::jsonb
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) with ordinality
          as added(id, organization_id, type, wrapped_key, sealed, external_id, metadata, place)
    order by organization_id, external_id, place
   on conflict on constraint customer_external_id_key do nothing
   returning id`,
);

/** Inserts the Customers whose externalId is free and answers the ids of those. Retry with the whole tx. */
export async function insertCustomers(tx: Tx, customers: readonly NewCustomer[]): Promise<ReadonlySet<Uuid>> {
  const rows = await tx.rows<{ readonly id: Uuid }>(INSERT, [
    customers.map((customer) => customer.id),
    customers.map((customer) => customer.organizationId),
    customers.map((customer) => customer.type),
    customers.map((customer) => customer.wrappedKey),
    customers.map((customer) => JSON.stringify(customer.sealed)),
    customers.map((customer) => customer.externalId),
    customers.map((customer) => JSON.stringify(customer.metadata)),
  ]);
  return new Set(rows.map((row) => row.id));
}

const FIND_BY_EXTERNAL_ID = statement(
  'accounts.find_customers_by_external_id',
  `select customer.id from unnest($1::uuid[], $2::text[]) with ordinality as asked(organization_id, external_id, place)
     join accounts.customer using (organization_id, external_id) order by place`,
);

/** Who has these externalIds, in order. A new statement sees what a race has just committed. */
export async function findHoldersOfExternalIds(
  tx: Tx,
  taken: readonly { readonly organizationId: Uuid; readonly externalId: string | null }[],
): Promise<readonly Uuid[]> {
  if (taken.length === 0) return [];
  const rows = await tx.rows<{ readonly id: Uuid }>(FIND_BY_EXTERNAL_ID, [
    taken.map((customer) => customer.organizationId),
    taken.map((customer) => customer.externalId),
  ]);
  invariant(rows.length === taken.length, `${rows.length} customers for ${taken.length} taken externalIds`);
  return rows.map((row) => row.id);
}

const LOCK = statement(
  'accounts.lock_customers',
  `select ${CUSTOMER_COLUMNS} from accounts.customer where id = any($1::uuid[]) order by id for no key update`,
);

/** Locks Customers of any organization, in the order of their ids, until the end of the tx. */
export async function lockCustomers(tx: Tx, ids: readonly Uuid[]): Promise<Map<Uuid, CustomerRow>> {
  const rows = await tx.rows<CustomerRow>(LOCK, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

const UPDATE = statement(
  'accounts.update_customers',
  `update accounts.customer
      set first_name = null, last_name = null, legal_name = null, email = null,
          wrapped_key = changed.wrapped_key, sealed = changed.sealed::jsonb, erased_at = changed.erased_at,
          metadata = changed.metadata::jsonb, version = changed.version, updated_at = (select platform.now())
     from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::int[])
          as changed(id, wrapped_key, sealed, erased_at, metadata, version)
    where customer.id = changed.id and customer.version < changed.version
   returning customer.id`,
);

/** Writes locked Customers, each once; none of them has anything in clear after it. @throws {InvariantError} when one was not written; abandon the tx. */
export async function updateCustomers(tx: Tx, customers: readonly CustomerRow[]): Promise<void> {
  if (customers.length === 0) return;
  const rows = await tx.rows(UPDATE, [
    customers.map((customer) => customer.id),
    customers.map((customer) => customer.wrappedKey),
    customers.map((customer) => JSON.stringify(customer.sealed)),
    arrayOfDates(customers, (customer) => customer.erasedAt),
    customers.map((customer) => JSON.stringify(customer.metadata)),
    customers.map((customer) => customer.version),
  ]);
  invariant(rows.length === customers.length, `${rows.length} of ${customers.length} customers written`);
}

const FIND_CLEAR = statement(
  'accounts.find_clear_customers',
  `select ${CUSTOMER_COLUMNS} from accounts.customer
    where wrapped_key is null and erased_at is null and id > $1 order by id limit $2`,
);

/** Customers from before names were sealed, on from an id. For the worker that seals them, which nobody waits for. */
export function findClearCustomers(tx: Tx, after: Uuid, limit: number): Promise<readonly CustomerRow[]> {
  return tx.rows<CustomerRow>(FIND_CLEAR, [after, limit]);
}

const SEAL_CLEAR = statement(
  'accounts.seal_clear_customer',
  `update accounts.customer set wrapped_key = $2, sealed = $3::jsonb,
          first_name = null, last_name = null, legal_name = null, email = null
    where id = $1 and wrapped_key is null and erased_at is null`,
);

/** Puts the sealed form in the place of the clear one. It means the same, so the version stays. The first one wins. */
export async function sealClearCustomer(
  tx: Tx,
  customer: Pick<CustomerRow, 'id' | 'wrappedKey' | 'sealed'>,
): Promise<void> {
  await tx.rows(SEAL_CLEAR, [customer.id, customer.wrappedKey, JSON.stringify(customer.sealed)]);
}
