import { arrayOf } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Approval, ApprovalDecision, ApprovalPolicy } from '../../domain/gates/approval.ts';
import { APPROVAL_COLUMNS, APPROVAL_POLICY_COLUMNS, DECISION_COLUMNS } from './columns.ts';

const READ_POLICIES = statement(
  'payments.read_approval_policies',
  `select ${APPROVAL_POLICY_COLUMNS} from payments.approval_policy policy
    where policy.organization_id = any($1::uuid[])`,
);

const READ_APPROVALS = statement(
  'payments.read_approvals_of',
  `select ${APPROVAL_COLUMNS} from payments.approval approval where approval.subject_id = any($1::uuid[])`,
);

const READ_DECISIONS = statement(
  'payments.read_approval_decisions_of',
  `select ${DECISION_COLUMNS} from payments.approval_decision decision
     join payments.approval approval on approval.id = decision.approval_id
    where approval.subject_id = any($1::uuid[])`,
);

const READ_REVOKED = statement(
  'payments.read_revoked_keys',
  `select key_id as "keyId" from platform.revoked_key
    where key_id = any($2::uuid[]) or key_id in (
      select decision.key_id from payments.approval_decision decision
        join payments.approval approval on approval.id = decision.approval_id
       where approval.subject_id = any($1::uuid[]))`,
);

/** What these organizations want approved, by organization; nothing for most. */
export async function readApprovalPolicies(
  tx: Tx,
  organizationIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, ApprovalPolicy>> {
  if (organizationIds.length === 0) return new Map();
  const rows = await tx.rows<ApprovalPolicy>(READ_POLICIES, [arrayOf(organizationIds, (id) => id)]);
  return new Map(rows.map((policy) => [policy.organizationId, policy]));
}

export interface ApprovalFacts {
  /** By what they are about. */
  readonly approvals: ReadonlyMap<Uuid, Approval>;
  readonly decisions: readonly ApprovalDecision[];
  readonly revokedKeys: ReadonlySet<Uuid>;
}

/**
 * What was asked about locked Transactions or PayoutBatches, what was said, and whose word counts no more.
 *
 * @param keyIds of those who are about to say something
 */
export async function readApprovalFacts(
  tx: Tx,
  subjectIds: readonly Uuid[],
  keyIds: readonly Uuid[],
): Promise<ApprovalFacts> {
  const ids = arrayOf(subjectIds, (id) => id);
  const [approvals, decisions, revoked] = await Promise.all([
    tx.rows<Approval>(READ_APPROVALS, [ids]),
    tx.rows<ApprovalDecision>(READ_DECISIONS, [ids]),
    tx.rows<{ readonly keyId: Uuid }>(READ_REVOKED, [ids, arrayOf(keyIds, (id) => id)]),
  ]);
  return {
    approvals: new Map(approvals.map((approval) => [approval.subjectId, approval])),
    decisions,
    revokedKeys: new Set(revoked.map(({ keyId }) => keyId)),
  };
}
