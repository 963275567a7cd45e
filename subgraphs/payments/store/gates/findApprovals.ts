import { arrayOf } from '../../../../platform/arrays.ts';
import type { Page } from '../../../../platform/connection.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Approval, ApprovalDecision, ApprovalPolicy } from '../../domain/gates/approval.ts';
import { APPROVAL_COLUMNS, APPROVAL_POLICY_COLUMNS, DECISION_COLUMNS } from './columns.ts';
import { type Holding, listOf } from './listOf.ts';

const FIND = statement(
  'payments.find_approvals',
  `select ${APPROVAL_COLUMNS} from payments.approval approval
    where approval.id = any($1::uuid[]) or approval.subject_id = any($1::uuid[])`,
);

const DECISIONS = statement(
  'payments.find_approval_decisions',
  `select ${DECISION_COLUMNS} from payments.approval_decision decision
    where decision.approval_id = any($1::uuid[]) order by decision.decided_at, decision.decided_by`,
);

const POLICY = statement(
  'payments.find_approval_policy',
  `select ${APPROVAL_POLICY_COLUMNS} from payments.approval_policy policy where policy.organization_id = $1`,
);

/** Which approvals to list; what is left out holds for all. */
export interface ApprovalConditions {
  readonly statuses?: readonly string[];
  readonly subject?: string;
  /** Key or member that could decide them now. */
  readonly openFor?: string;
}

/** By their own ids or by the ids of what they are about, in that order; null where there is none. Safe to retry. */
export async function findApprovals(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (Approval | null)[]> {
  const rows = await reads.readRows<Approval>(organizationId, FIND, [arrayOf(ids, (id) => id)]);
  const found = new Map(rows.flatMap((row) => [[row.id, row] as const, [row.subjectId, row] as const]));
  return ids.map((id) => found.get(id) ?? null);
}

/** What was said to each, oldest first. Safe to retry. */
export async function findDecisions(
  reads: Database,
  organizationId: Uuid,
  approvalIds: readonly Uuid[],
): Promise<readonly (readonly ApprovalDecision[])[]> {
  const rows = await reads.readRows<ApprovalDecision>(organizationId, DECISIONS, [
    arrayOf(approvalIds, (id) => id),
  ]);
  return approvalIds.map((id) => rows.filter(({ approvalId }) => approvalId === id));
}

/** What the organization wants approved; null where it wants nothing. Safe to retry. */
export async function findApprovalPolicy(
  reads: Database,
  organizationId: Uuid,
): Promise<ApprovalPolicy | null> {
  const [policy] = await reads.readRows<ApprovalPolicy>(organizationId, POLICY, [organizationId]);
  return policy ?? null;
}

/** Up to `limit + 1` approvals in walking direction. Safe to retry. */
export function listApprovals(
  reads: Database,
  organizationId: Uuid,
  { statuses, subject, openFor }: ApprovalConditions,
  page: Page,
): Promise<readonly Approval[]> {
  const holding: readonly Holding[] = [
    { letter: 's', sql: (p) => `approval.status = any(${p}::text[])`, value: statuses },
    { letter: 't', sql: (p) => `approval.subject = ${p}`, value: subject },
    {
      letter: 'm',
      sql: (p) => `approval.status = 'OPEN' and approval.expires_at > (select platform.now())
        and approval.requested_by <> ${p}
        and not exists (select from payments.approval_decision decision
                         where decision.approval_id = approval.id and decision.decided_by = ${p})`,
      value: openFor,
    },
  ];
  return listOf<Approval>(
    reads,
    organizationId,
    { name: 'approval', columns: APPROVAL_COLUMNS, holding },
    page,
  );
}
