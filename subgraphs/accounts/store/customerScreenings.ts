import { arrayOfDates } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { CustomerScreening } from '../domain/customerScreening.ts';
import { CUSTOMER_COLUMNS } from './customers.ts';
import type { CustomerRow, CustomerScreeningRow } from './rows.ts';

const COLUMNS = `customer_id as "customerId", organization_id as "organizationId", status, list_version as "listVersion",
  matches, decided_by as "decidedBy", note, decided_at as "decidedAt"`;

const FIND = statement(
  'accounts.find_customer_screenings',
  `select ${COLUMNS}, screened_at as "screenedAt" from accounts.customer_screening
    where organization_id = $1 and customer_id = any($2::uuid[])`,
);

/** In the order of `customerIds`, null for whom nothing was said of. For those with compliance:read. Safe to retry. */
export async function findScreenings(
  database: Database,
  organizationId: Uuid,
  customerIds: readonly Uuid[],
): Promise<readonly (CustomerScreeningRow | null)[]> {
  const rows = await database.readRows<CustomerScreeningRow>(organizationId, FIND, [
    organizationId,
    customerIds,
  ]);
  const found = new Map(rows.map((row) => [row.customerId, row]));
  return customerIds.map((id) => found.get(id) ?? null);
}

const READ = statement(
  'accounts.read_customer_screenings',
  `select ${COLUMNS} from accounts.customer_screening where customer_id = any($1::uuid[])`,
);

/** Of Customers that are locked, whose lock is that of their screening too. */
export function readScreenings(tx: Tx, customerIds: readonly Uuid[]): Promise<readonly CustomerScreening[]> {
  return tx.rows<CustomerScreening>(READ, [customerIds]);
}

const READ_REFUSED = statement(
  'accounts.read_refused_customers',
  `select customer_id as "customerId" from accounts.customer_screening
    where organization_id = $1 and status = 'REFUSED'`,
);

/** Whom compliance refused; stays so while the organization is locked. */
export async function readRefused(tx: Tx, organizationId: Uuid): Promise<ReadonlySet<Uuid>> {
  const rows = await tx.rows<{ readonly customerId: Uuid }>(READ_REFUSED, [organizationId]);
  return new Set(rows.map((row) => row.customerId));
}

const WRITE = statement(
  'accounts.write_customer_screenings',
  `insert into accounts.customer_screening as standing
     (customer_id, organization_id, status, list_version, matches, decided_by, note, decided_at, screened_at)
   select customer_id, organization_id, status, list_version, matches::jsonb, decided_by, note, decided_at,
          (select platform.now())
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
          as said(customer_id, organization_id, status, list_version, matches, decided_by, note, decided_at)
   on conflict (customer_id) do update
      set status = excluded.status, list_version = excluded.list_version, matches = excluded.matches,
          decided_by = excluded.decided_by, note = excluded.note, decided_at = excluded.decided_at,
          screened_at = case when excluded.decided_at is distinct from standing.decided_at
                              and excluded.decided_at is not null
                             then standing.screened_at else excluded.screened_at end
   returning customer_id`,
);

/** Writes how screening stands with locked or new Customers. @throws {InvariantError} when one was not written; abandon the tx. */
export async function writeScreenings(tx: Tx, screenings: readonly CustomerScreening[]): Promise<void> {
  if (screenings.length === 0) return;
  const rows = await tx.rows(WRITE, [
    screenings.map((screening) => screening.customerId),
    screenings.map((screening) => screening.organizationId),
    screenings.map((screening) => screening.status),
    screenings.map((screening) => screening.listVersion),
    screenings.map((screening) => JSON.stringify(screening.matches)),
    screenings.map((screening) => screening.decidedBy),
    screenings.map((screening) => screening.note),
    arrayOfDates(screenings, (screening) => screening.decidedAt),
  ]);
  invariant(rows.length === screenings.length, `${rows.length} of ${screenings.length} screenings written`);
}

const NEXT_STALE = statement(
  'accounts.next_stale_screenings',
  `select ${CUSTOMER_COLUMNS} from accounts.customer
    where id > $1 and erased_at is null
      and (select list_version from accounts.customer_screening where customer_id = customer.id) is distinct from $3
    order by id limit $2`,
);

/** Customers whose verdict is of another version, on from an id. For the worker, which nobody waits for. */
export function nextStale(
  tx: Tx,
  after: Uuid,
  limit: number,
  listVersion: string,
): Promise<readonly CustomerRow[]> {
  return tx.rows<CustomerRow>(NEXT_STALE, [after, limit, listVersion]);
}

/** Index customer_screening_unanswered. */
const NEXT_UNANSWERED = statement(
  'accounts.next_unanswered_screenings',
  `select ${CUSTOMER_COLUMNS} from accounts.customer
    where id > $1 and erased_at is null
      and id in (select customer_id from accounts.customer_screening where list_version = 'unavailable')
    order by id limit $2`,
);

/** Customers of whom nobody could say anything when they came or changed. */
export function nextUnanswered(tx: Tx, after: Uuid, limit: number): Promise<readonly CustomerRow[]> {
  return tx.rows<CustomerRow>(NEXT_UNANSWERED, [after, limit]);
}
