import { newUuid, type Uuid } from '../platform/id.ts';
import { invariant } from '../platform/invariant.ts';
import type { Tx } from '../platform/postgres.ts';
import { statement } from '../platform/statement.ts';
import { postJournals } from './post.ts';

export const EXPIRE_LIMIT_MAX = 1_000;

/** Index transfer_expiring, which leaves out the Holds of Transactions: payments expires those with their timeline. */
const FIND_EXPIRED = statement(
  'ledger.find_expired_holds',
  `select hold.id, hold.organization_id as "organizationId"
     from ledger.transfer hold
    where hold.expires_at <= (select platform.now()) and hold.expires_at is not null and hold.transaction_id is null
      and not exists (select from ledger.transfer resolution where resolution.pending_id = hold.id)
    order by hold.expires_at limit $1`,
);

/**
 * Releases up to `limit` expired Holds that belong to no Transaction; answers how many. Locks their accounts.
 * Any number of processes may run it at the same time; a Hold that another has resolved is passed over.
 */
export async function expireHolds(tx: Tx, limit: number): Promise<number> {
  invariant(limit > 0 && limit <= EXPIRE_LIMIT_MAX, `limit is ${limit}`);
  const holds = await tx.rows<{ readonly id: Uuid; readonly organizationId: Uuid }>(FIND_EXPIRED, [limit]);
  const results = await postJournals(
    tx,
    holds.map((hold) => ({
      id: newUuid(),
      organizationId: hold.organizationId,
      transactionId: null,
      transfers: [{ kind: 'VOID_PENDING', id: newUuid(), pendingId: hold.id }],
    })),
  );
  return results.filter((result) => result.status === 'POSTED').length;
}
