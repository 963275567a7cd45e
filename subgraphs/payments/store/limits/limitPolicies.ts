import { arrayOf } from '../../../../platform/arrays.ts';
import type { Page } from '../../../../platform/connection.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Database, Tx } from '../../../../platform/postgres.ts';
import { type Statement, statement } from '../../../../platform/statement.ts';
import type { LimitPolicy } from '../../domain/limits/limitPolicy.ts';
import type { LimitPolicyView } from '../../views/limits.ts';
import { POLICY_COLUMNS } from './lockLimits.ts';

/** At most 31 days of each policy are read. */
const WITH_USE = `select ${POLICY_COLUMNS}, used.today as "usedTodayMinor", used.window as "usedInThirtyDaysMinor",
    used.count as "countToday"
  from payments.limit_policy policy
 cross join lateral (
   select coalesce(sum(use.amount) filter (where use.day = today.day), 0) as today,
          coalesce(sum(use.amount), 0) as window,
          coalesce(sum(use.count) filter (where use.day = today.day), 0)::int as count
     from (select (platform.now() at time zone 'UTC')::date as day) today
     left join payments.limit_usage use on use.policy_id = policy.id and use.day > today.day - 30) used`;

const FIND_POLICIES = statement(
  'payments.find_limit_policies',
  `${WITH_USE} where policy.id = any($1::uuid[])`,
);

const LIST_POLICIES = { newest: listPolicies('desc'), oldest: listPolicies('asc') };

function listPolicies(order: 'asc' | 'desc'): Statement {
  const beyond =
    order === 'desc'
      ? `policy.id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
      : `policy.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')`;
  return statement(
    `payments.list_limit_policies_${order}`,
    `${WITH_USE} where policy.organization_id = $1 and ${beyond} order by policy.id ${order} limit $2`,
  );
}

const FIND_CUSTOMER = statement(
  'payments.find_limit_customer',
  `select 1 from ledger.holder where organization_id = $1 and id = $2 and kind = 'CUSTOMER'`,
);

/** Also the lock that decides whose policy comes first: a second one of the same party and Asset changes the first. */
const SET_OF_CUSTOMER = statement(
  'payments.set_limit_policy_of_customer',
  upsert('(organization_id, customer_id, asset) where customer_id is not null'),
);
const SET_OF_WHOLE = statement(
  'payments.set_limit_policy_of_whole',
  upsert('(organization_id, asset) where customer_id is null'),
);

function upsert(target: string): string {
  return `insert into payments.limit_policy (id, organization_id, customer_id, asset, per_transaction, per_day,
      per_thirty_days, count_per_day, set_by, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp(), clock_timestamp())
    on conflict ${target} do update
       set per_transaction = excluded.per_transaction, per_day = excluded.per_day,
           per_thirty_days = excluded.per_thirty_days, count_per_day = excluded.count_per_day,
           set_by = excluded.set_by, updated_at = excluded.updated_at
    returning id`;
}

/** The policies in the order of `ids`, null for one that is not this organization's. Safe to retry. */
export async function findLimitPolicies(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (LimitPolicyView | null)[]> {
  const rows = await reads.readRows<LimitPolicyView>(organizationId, FIND_POLICIES, [
    arrayOf(ids, (id) => id),
  ]);
  const found = new Map(rows.map((policy) => [policy.id, policy]));
  return ids.map((id) => found.get(id) ?? null);
}

/** Up to `limit + 1` policies, newest first. Safe to retry. */
export function listLimitPolicies(
  reads: Database,
  organizationId: Uuid,
  page: Page,
): Promise<readonly LimitPolicyView[]> {
  const statementOf = page.forward ? LIST_POLICIES.newest : LIST_POLICIES.oldest;
  return reads.readRows<LimitPolicyView>(organizationId, statementOf, [
    organizationId,
    page.limit + 1,
    page.from,
  ]);
}

/** True for a customer of the organization. */
export async function isCustomer(tx: Tx, organizationId: Uuid, customerId: Uuid): Promise<boolean> {
  return (await tx.rows(FIND_CUSTOMER, [organizationId, customerId])).length > 0;
}

/** Makes or replaces the policy of a party and Asset, and gives its id. Retry only with the whole tx. */
export async function setPolicy(tx: Tx, policy: LimitPolicy, setBy: string): Promise<Uuid> {
  const [written] = await tx.rows<{ readonly id: Uuid }>(
    policy.customerId === null ? SET_OF_WHOLE : SET_OF_CUSTOMER,
    [
      policy.id,
      policy.organizationId,
      policy.customerId,
      policy.asset,
      policy.perTransactionMinor,
      policy.perDayMinor,
      policy.perThirtyDaysMinor,
      policy.countPerDay,
      setBy,
    ],
  );
  return present(written, 'a written policy').id;
}
