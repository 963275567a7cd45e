import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { OwnedId } from './lockTransactions.ts';

/** Index transaction_reversible. */
const NEXT_REVERSIBLE = statement(
  'payments.next_reversible',
  `select transaction.id, transaction.organization_id as "organizationId" from payments.transaction transaction
    where transaction.status = 'COMPLETED' and transaction.finality = 'PROVISIONAL'
      and transaction.reversible_until is not null and transaction.reversible_until <= (select platform.now())
    order by transaction.reversible_until limit $1`,
);

/** The `limit` Transactions whose return window has been over for longest. Role omsx_payments_writer. Takes no lock. */
export function nextReversible(database: Database, limit: number): Promise<readonly OwnedId[]> {
  return database.write((tx) => tx.rows<OwnedId>(NEXT_REVERSIBLE, [limit]));
}
