import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { DayUse, LimitCharge, LimitPolicy } from '../../domain/limits/limitPolicy.ts';
import { dayKey, type LimitFacts } from '../../domain/limits/limitsInBatch.ts';

/** Who sends, and which Transactions may end. */
export interface LimitIds {
  readonly organizationIds: readonly Uuid[];
  readonly sourceAccountIds: readonly Uuid[];
  readonly transactionIds: readonly Uuid[];
}

export const POLICY_COLUMNS = `policy.id, policy.organization_id as "organizationId", policy.customer_id as "customerId",
  policy.asset, policy.per_transaction as "perTransactionMinor", policy.per_day as "perDayMinor",
  policy.per_thirty_days as "perThirtyDaysMinor", policy.count_per_day as "countPerDay"`;

/** Indexes limit_policy_organization and limit_charge_pkey. An Account never changes its holder. */
const LOCK_POLICIES = statement(
  'payments.lock_limit_policies',
  `select ${POLICY_COLUMNS} from payments.limit_policy policy
    where (policy.organization_id = any($1::uuid[])
           and (policy.customer_id is null or policy.customer_id = any(array(
             select account.holder_id from ledger.account account where account.id = any($2::uuid[])))))
       or policy.id = any(array(
             select charge.policy_id from payments.limit_charge charge
              where charge.transaction_id = any($3::uuid[]) and not charge.released))
    order by policy.id for no key update`,
);

const READ_USES = statement(
  'payments.read_limit_uses',
  `select use.policy_id as "policyId", use.day::text as day, use.amount as "amountMinor", use.count
     from payments.limit_usage use
    where use.policy_id = any($1::uuid[])
      and (use.day > ((select platform.now()) at time zone 'UTC')::date - 31
           or (use.policy_id, use.day) in (select charge.policy_id, charge.day from payments.limit_charge charge
                where charge.transaction_id = any($2::uuid[]) and not charge.released))`,
);

const READ_CHARGES = statement(
  'payments.read_limit_charges',
  `select charge.transaction_id as "transactionId", charge.policy_id as "policyId",
          charge.organization_id as "organizationId", charge.day::text as day, charge.amount as "amountMinor"
     from payments.limit_charge charge
    where charge.transaction_id = any($1::uuid[]) and not charge.released`,
);

/**
 * Locks the policies that a batch may take room of or give room back to, in order of id: after Transactions and
 * PayoutBatches, before Accounts. Where there is none, as for most, it is one statement and nothing more.
 */
export async function lockLimits(tx: Tx, ids: LimitIds): Promise<LimitFacts | undefined> {
  if (ids.organizationIds.length === 0 && ids.transactionIds.length === 0) return undefined;
  const transactionIds = arrayOf(ids.transactionIds, (id) => id);
  const policies = await tx.rows<LimitPolicy>(LOCK_POLICIES, [
    arrayOf(ids.organizationIds, (id) => id),
    arrayOf(ids.sourceAccountIds, (id) => id),
    transactionIds,
  ]);
  if (policies.length === 0) return undefined;
  const [uses, stored] = await Promise.all([
    tx.rows<DayUse>(READ_USES, [arrayOf(policies, ({ id }) => id), transactionIds]),
    tx.rows<LimitCharge>(READ_CHARGES, [transactionIds]),
  ]);
  return { policies, uses: new Map(uses.map((use) => [dayKey(use.policyId, use.day), use])), stored };
}
