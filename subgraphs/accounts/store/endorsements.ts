import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { EndorsementRow } from './rows.ts';

/** Select list that yields an `Endorsement`. */
export const ENDORSEMENT_COLUMNS = `id, organization_id as "organizationId", customer_id as "customerId", name, status,
  basis, reasons, check_id as "checkId", is_held as "isHeld", version`;

const FIND = statement(
  'accounts.find_endorsements',
  `select ${ENDORSEMENT_COLUMNS}, requested_at as "requestedAt", updated_at as "updatedAt"
     from accounts.endorsement where organization_id = $1 and customer_id = any($2::uuid[])`,
);

/** The Endorsements of each Customer, in the order of `customerIds`: one statement, a few rows each. Safe to retry. */
export async function listEndorsementsOf(
  database: Database,
  organizationId: Uuid,
  customerIds: readonly Uuid[],
): Promise<readonly (readonly EndorsementRow[])[]> {
  const rows = await database.readRows<EndorsementRow>(organizationId, FIND, [organizationId, customerIds]);
  const lists = new Map<Uuid, EndorsementRow[]>(customerIds.map((id) => [id, []]));
  for (const row of rows) lists.get(row.customerId)?.push(row);
  return customerIds.map((id) => lists.get(id) ?? []);
}
