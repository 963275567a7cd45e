import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';

/** A refund that waits to be tried again. */
export interface DueRefund {
  readonly refundId: Uuid;
  readonly organizationId: Uuid;
  /** Milliseconds until then by the database's clock; zero or less when it is due. */
  readonly dueInMs: number;
}

/** Index refund_recovery_waiting. */
const NEXT_REFUNDS = statement(
  'payments.next_refunds',
  `select recovery.refund_id as "refundId", recovery.organization_id as "organizationId",
          ceil(extract(epoch from recovery.next_at - (select platform.now())) * 1000)::float8 as "dueInMs"
     from payments.refund_recovery recovery
    where recovery.state = 'WAITING' order by recovery.next_at limit $1`,
);

/** The `limit` refunds that are tried again first, of all organizations. Role omsx_payments_writer. Takes no lock. */
export function nextRefunds(database: Database, limit: number): Promise<readonly DueRefund[]> {
  return database.write((tx) => tx.rows<DueRefund>(NEXT_REFUNDS, [limit]));
}
