import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Profile } from '../domain/customer.ts';
import { CUSTOMER_COLUMNS } from './customers.ts';
import type { CustomerRow } from './rows.ts';

export interface NewCustomer extends Profile {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly externalId: string | null;
}

/**
 * In the order of the unique key, so that two processes with the same externalIds wait for one another instead
 * of deadlocking. DO NOTHING also settles two of one batch: the first of them in the batch wins.
 */
const INSERT = statement(
  'accounts.insert_customers',
  `insert into accounts.customer
     (id, organization_id, type, first_name, last_name, legal_name, email, external_id, metadata)
   select id, organization_id, type, first_name, last_name, legal_name, email, external_id, metadata::jsonb
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                 $9::text[]) with ordinality
          as added(id, organization_id, type, first_name, last_name, legal_name, email, external_id, metadata, place)
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
    customers.map((customer) => customer.firstName),
    customers.map((customer) => customer.lastName),
    customers.map((customer) => customer.legalName),
    customers.map((customer) => customer.email),
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
      set first_name = changed.first_name, last_name = changed.last_name, legal_name = changed.legal_name,
          email = changed.email, metadata = changed.metadata::jsonb, version = changed.version,
          updated_at = clock_timestamp()
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[])
          as changed(id, first_name, last_name, legal_name, email, metadata, version)
    where customer.id = changed.id and customer.version < changed.version
   returning customer.id`,
);

/** Writes locked Customers, each once. @throws {InvariantError} when one was not written; abandon the tx. */
export async function updateCustomers(tx: Tx, customers: readonly CustomerRow[]): Promise<void> {
  if (customers.length === 0) return;
  const rows = await tx.rows(UPDATE, [
    customers.map((customer) => customer.id),
    customers.map((customer) => customer.firstName),
    customers.map((customer) => customer.lastName),
    customers.map((customer) => customer.legalName),
    customers.map((customer) => customer.email),
    customers.map((customer) => JSON.stringify(customer.metadata)),
    customers.map((customer) => customer.version),
  ]);
  invariant(rows.length === customers.length, `${rows.length} of ${customers.length} customers written`);
}
