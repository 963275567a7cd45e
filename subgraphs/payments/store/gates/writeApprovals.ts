import { arrayOf, arrayOfDates, arrayOfText } from '../../../../platform/arrays.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Approval, ApprovalDecision } from '../../domain/gates/approval.ts';

const INSERT_APPROVALS = statement(
  'payments.insert_approvals',
  `insert into payments.approval (id, organization_id, subject, subject_id, status, version, required, rule,
     policy_version, requested_by, requested_at, expires_at, ended_at)
   select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::int[], $7::int[], $8::jsonb[],
     $9::int[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[])`,
);

const UPDATE_APPROVALS = statement(
  'payments.update_approvals',
  `update payments.approval approval
      set status = changed.status, version = changed.version, ended_at = changed.ended_at
     from unnest($1::uuid[], $2::text[], $3::int[], $4::timestamptz[]) as changed(id, status, version, ended_at)
    where approval.id = changed.id and approval.status = 'OPEN'`,
);

const INSERT_DECISIONS = statement(
  'payments.insert_approval_decisions',
  `insert into payments.approval_decision (approval_id, decided_by, organization_id, key_id, verdict, note, decided_at)
   select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[])`,
);

/** Writes new Approvals as they are at the end of the batch. Retry only with the whole tx. */
export async function insertApprovals(tx: Tx, made: readonly Approval[]): Promise<void> {
  if (made.length === 0) return;
  await tx.rows(INSERT_APPROVALS, [
    arrayOf(made, ({ id }) => id),
    arrayOf(made, ({ organizationId }) => organizationId),
    arrayOf(made, ({ subject }) => subject),
    arrayOf(made, ({ subjectId }) => subjectId),
    arrayOf(made, ({ status }) => status),
    arrayOf(made, ({ version }) => version),
    arrayOf(made, ({ required }) => required),
    arrayOfText(made, ({ rule }) => JSON.stringify(rule)),
    arrayOf(made, ({ policyVersion }) => policyVersion),
    arrayOfText(made, ({ requestedBy }) => requestedBy),
    arrayOfDates(made, ({ requestedAt }) => requestedAt),
    arrayOfDates(made, ({ expiresAt }) => expiresAt),
    arrayOfDates(made, ({ endedAt }) => endedAt),
  ]);
}

/** Moves Approvals on that were open. Retry only with the whole tx. */
export async function updateApprovals(tx: Tx, changed: readonly Approval[]): Promise<void> {
  if (changed.length === 0) return;
  await tx.rows(UPDATE_APPROVALS, [
    arrayOf(changed, ({ id }) => id),
    arrayOf(changed, ({ status }) => status),
    arrayOf(changed, ({ version }) => version),
    arrayOfDates(changed, ({ endedAt }) => endedAt),
  ]);
}

/** Keeps what was said; the primary key counts each word once. Retry only with the whole tx. */
export async function insertDecisions(tx: Tx, said: readonly ApprovalDecision[]): Promise<void> {
  if (said.length === 0) return;
  await tx.rows(INSERT_DECISIONS, [
    arrayOf(said, ({ approvalId }) => approvalId),
    arrayOfText(said, ({ decidedBy }) => decidedBy),
    arrayOf(said, ({ organizationId }) => organizationId),
    arrayOf(said, ({ keyId }) => keyId),
    arrayOf(said, ({ verdict }) => verdict),
    arrayOfText(said, ({ note }) => note),
    arrayOfDates(said, ({ decidedAt }) => decidedAt),
  ]);
}
