import {
  And,
  Equal,
  type FindOperator,
  type FindOptionsWhere,
  In,
  LessThan,
  MoreThanOrEqual,
  Raw,
} from 'typeorm';
import type { EntityCache } from '../../../platform/cache.ts';
import type { CachedRows } from '../../../platform/cachedRows.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { CustomerEntity } from './entities.ts';
import { keysetOf, type UuidPage } from './keyset.ts';
import type { CustomerRow } from './rows.ts';

export interface CustomerConditions {
  /** This one only. */
  readonly id?: Uuid | undefined;
  readonly type?: CustomerRow['type'] | undefined;
  readonly externalIds?: readonly string[] | undefined;
  /** With this Endorsement in one of these statuses; NOT_REQUESTED is having none. */
  readonly endorsement?: { readonly name: string; readonly statuses: readonly string[] } | undefined;
  /** In one of these statuses of screening. */
  readonly screening?: readonly string[] | undefined;
  /** Inclusive. */
  readonly createdFrom?: Date | undefined;
  /** Exclusive. */
  readonly createdTo?: Date | undefined;
}

/** Select list that yields a `CustomerRow`. */
export const CUSTOMER_COLUMNS = `id, organization_id as "organizationId", type, first_name as "firstName",
  last_name as "lastName", legal_name as "legalName", email, external_id as "externalId", metadata, version,
  wrapped_key as "wrappedKey", sealed, erased_at as "erasedAt", created_at as "createdAt", updated_at as "updatedAt"`;

const FIND = statement(
  'accounts.find_customers',
  `select ${CUSTOMER_COLUMNS} from accounts.customer where organization_id = $1 and id = any($2::uuid[])`,
);

/** The Customers in the order of `ids`, null for one that is not this organization's. Safe to retry. */
export async function findCustomers(
  database: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (CustomerRow | null)[]> {
  const rows = await database.readRows<CustomerRow>(organizationId, FIND, [organizationId, ids]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

/** `findCustomers` for joins, which come again and again: through the cache. */
export function cachedCustomers(database: Database, cache: EntityCache): CachedRows<CustomerRow> {
  return {
    cache,
    kind: 'Customer',
    dateFields: ['createdAt', 'updatedAt', 'erasedAt'],
    find: (organizationId, ids) => findCustomers(database, organizationId, ids),
  };
}

/** One row more than the page, on from its key. Index customer_organization. Safe to retry. */
export function listCustomers(
  database: Database,
  organizationId: Uuid,
  conditions: CustomerConditions,
  page: UuidPage,
): Promise<readonly CustomerRow[]> {
  const { beyond, ...walk } = keysetOf(page);
  const ids = [
    ...beyond,
    ...(conditions.id ? [Equal(conditions.id)] : []),
    ...(conditions.endorsement ? [isEndorsed(conditions.endorsement)] : []),
    ...(conditions.screening ? [isScreened(conditions.screening)] : []),
  ];
  const where: FindOptionsWhere<CustomerRow> = {
    organizationId,
    ...(ids.length > 0 ? { id: And(...ids) } : {}),
    ...whereOf(conditions),
  };
  return database.read(organizationId, (tx) => tx.manager.find(CustomerEntity, { where, ...walk }));
}

/** Index endorsement_customer_name_key, for each Customer on the way. */
function isEndorsed({ name, statuses }: NonNullable<CustomerConditions['endorsement']>): FindOperator<Uuid> {
  return Raw(
    (id) => `coalesce((select endorsement.status from accounts.endorsement
      where endorsement.customer_id = ${id} and endorsement.name = :endorsementName), 'NOT_REQUESTED')
      = any(:endorsementStatuses)`,
    { endorsementName: name, endorsementStatuses: statuses },
  );
}

/** Index customer_screening_organization, but for CLEAR. */
function isScreened(statuses: readonly string[]): FindOperator<Uuid> {
  return Raw(
    (id) => `${id} in (select screening.customer_id from accounts.customer_screening screening
      where screening.organization_id = platform.current_organization()
        and screening.status = any(:screeningStatuses))`,
    { screeningStatuses: statuses },
  );
}

function whereOf(conditions: CustomerConditions): FindOptionsWhere<CustomerRow> {
  const { type, externalIds, createdFrom, createdTo } = conditions;
  const created = [
    ...(createdFrom ? [MoreThanOrEqual(createdFrom)] : []),
    ...(createdTo ? [LessThan(createdTo)] : []),
  ];
  return {
    ...(type ? { type } : {}),
    ...(externalIds ? { externalId: In(externalIds) } : {}),
    ...(created.length > 0 ? { createdAt: And(...created) } : {}),
  };
}
