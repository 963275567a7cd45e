import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

export interface OpenHold {
  readonly transactionId: Uuid;
  readonly organizationId: Uuid;
  /** Milliseconds until it runs out by the database's clock; zero or less when it has. */
  readonly dueInMs: number;
}

/** Index transaction_hold_expires. */
const NEXT_HOLDS = statement(
  'payments.next_holds',
  `select transaction.id as "transactionId", transaction.organization_id as "organizationId",
          ceil(extract(epoch from transaction.hold_expires_at - (select platform.now())) * 1000)::float8 as "dueInMs"
     from payments.transaction transaction
    where transaction.status = 'AWAITING_ACTION' and transaction.hold_expires_at is not null
    order by transaction.hold_expires_at limit $1`,
);

/** The `limit` Holds that run out first, of all organizations. Role omsx_payments_writer. Takes no lock. */
export function nextHolds(database: Database, limit: number): Promise<readonly OpenHold[]> {
  return database.write((tx) => tx.rows<OpenHold>(NEXT_HOLDS, [limit]));
}
