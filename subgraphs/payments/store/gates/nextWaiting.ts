import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { ApprovalSubject } from '../../domain/gates/approval.ts';

/** Something that waits and may have to end. */
export interface WaitingSubject {
  readonly subject: ApprovalSubject;
  readonly subjectId: Uuid;
  readonly organizationId: Uuid;
  /** Milliseconds until it ends by the database's clock; zero or less when it is due. */
  readonly dueInMs: number;
}

/** Indexes approval_due and gate_cancel_asked. */
const NEXT = statement(
  'payments.next_waiting',
  `(select approval.subject, approval.subject_id as "subjectId", approval.organization_id as "organizationId",
           ceil(extract(epoch from approval.expires_at - (select platform.now())) * 1000)::float8 as "dueInMs"
      from payments.approval approval where approval.status = 'OPEN' order by approval.expires_at limit $1)
   union all
   (select 'TRANSACTION', gate.transaction_id, gate.organization_id, 0
      from payments.gate gate where gate.is_cancel_asked and gate.state = 'WAITING' order by gate.transaction_id limit $1)
   order by "dueInMs" limit $1`,
);

/** The `limit` that end first, of all organizations. Role omsx_payments_writer. Takes no lock. */
export function nextWaiting(database: Database, limit: number): Promise<readonly WaitingSubject[]> {
  return database.write((tx) => tx.rows<WaitingSubject>(NEXT, [limit]));
}
