import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';

export interface OpenCashIn {
  readonly cashInId: Uuid;
  readonly organizationId: Uuid;
  /** Milliseconds until its code runs out by the database's clock; zero or less when it has. */
  readonly dueInMs: number;
}

/** Index cash_in_expires. */
const NEXT_CASH_INS = statement(
  'payments.next_cash_ins',
  `select cash_in.id as "cashInId", cash_in.organization_id as "organizationId",
          ceil(extract(epoch from cash_in.expires_at - (select platform.now())) * 1000)::float8 as "dueInMs"
     from payments.cash_in where status in ('PENDING', 'OPEN') and not is_refreshing and not cancel_asked
    order by cash_in.expires_at limit $1`,
);

/** The `limit` whose codes run out first, of all organizations. Role omsx_payments_writer. Takes no lock. */
export function nextCashIns(database: Database, limit: number): Promise<readonly OpenCashIn[]> {
  return database.write((tx) => tx.rows<OpenCashIn>(NEXT_CASH_INS, [limit]));
}
