import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { LimitPolicy } from '../../domain/limits/limitPolicy.ts';
import type { LimitChanges } from '../../domain/limits/limitsInBatch.ts';

const WRITE_USES = statement(
  'payments.write_limit_uses',
  `insert into payments.limit_usage (policy_id, organization_id, day, amount, count)
   select * from unnest($1::uuid[], $2::uuid[], $3::date[], $4::numeric[], $5::int[])
   on conflict (policy_id, day) do update set amount = excluded.amount, count = excluded.count`,
);

const INSERT_CHARGES = statement(
  'payments.insert_limit_charges',
  `insert into payments.limit_charge (transaction_id, policy_id, organization_id, day, amount)
   select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::numeric[])`,
);

const RELEASE_CHARGES = statement(
  'payments.release_limit_charges',
  `update payments.limit_charge charge set released = true
     from unnest($1::uuid[], $2::uuid[]) as ended(transaction_id, policy_id)
    where charge.transaction_id = ended.transaction_id and charge.policy_id = ended.policy_id`,
);

/**
 * Writes what a batch took and gave back. The policies are locked, so that a use is written as it was decided. Retry
 * only with the whole tx.
 */
export async function writeLimits(
  tx: Tx,
  { uses, newCharges, released }: LimitChanges,
  policies: readonly LimitPolicy[],
): Promise<void> {
  const organizations = new Map(policies.map(({ id, organizationId }) => [id, organizationId]));
  const organizationOf = (id: Uuid): Uuid => present(organizations.get(id), 'a locked policy');
  await Promise.all([
    uses.length === 0
      ? null
      : tx.rows(WRITE_USES, [
          arrayOf(uses, ({ policyId }) => policyId),
          arrayOf(uses, ({ policyId }) => organizationOf(policyId)),
          arrayOf(uses, ({ day }) => day),
          arrayOf(uses, ({ amountMinor }) => amountMinor),
          arrayOf(uses, ({ count }) => count),
        ]),
    newCharges.length === 0
      ? null
      : tx.rows(INSERT_CHARGES, [
          arrayOf(newCharges, ({ transactionId }) => transactionId),
          arrayOf(newCharges, ({ policyId }) => policyId),
          arrayOf(newCharges, ({ organizationId }) => organizationId),
          arrayOf(newCharges, ({ day }) => day),
          arrayOf(newCharges, ({ amountMinor }) => amountMinor),
        ]),
    released.length === 0
      ? null
      : tx.rows(RELEASE_CHARGES, [
          arrayOf(released, ({ transactionId }) => transactionId),
          arrayOf(released, ({ policyId }) => policyId),
        ]),
  ]);
}
