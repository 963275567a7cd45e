import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { ApprovalPolicy } from '../../domain/gates/approval.ts';

const SET = statement(
  'payments.set_approval_policy',
  `insert into payments.approval_policy (organization_id, version, rules, expiry_hours, set_by, updated_at)
   values ($1, 1, $2, $3, $4, clock_timestamp())
   on conflict (organization_id) do update
      set version = approval_policy.version + 1, rules = excluded.rules, expiry_hours = excluded.expiry_hours,
          set_by = excluded.set_by, updated_at = excluded.updated_at`,
);

const COUNT_ACCOUNTS = statement(
  'payments.count_policy_accounts',
  `select count(*)::int as count from ledger.account
    where id = any($1::uuid[]) and organization_id = $2 and kind in ('CUSTOMER', 'TREASURY')`,
);

/** Replaces what an organization wants approved. Retry only with the whole tx. */
export async function setApprovalPolicy(
  tx: Tx,
  policy: Pick<ApprovalPolicy, 'organizationId' | 'rules' | 'expiryHours' | 'setBy'>,
): Promise<void> {
  const { organizationId, rules, expiryHours, setBy } = policy;
  await tx.rows(SET, [organizationId, JSON.stringify(rules), expiryHours, setBy]);
}

/** True when all of these are Accounts of the organization. @param ids each once */
export async function ownsAccounts(tx: Tx, organizationId: Uuid, ids: readonly Uuid[]): Promise<boolean> {
  if (ids.length === 0) return true;
  const [found] = await tx.rows<{ readonly count: number }>(COUNT_ACCOUNTS, [ids, organizationId]);
  return found?.count === ids.length;
}
