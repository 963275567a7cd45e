import { arrayOf, arrayOfDates, arrayOfText } from '../../../platform/arrays.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Transaction } from '../domain/transaction.ts';

/** A Transaction as it was locked and as the batch left it. */
export interface Change {
  readonly before: Transaction;
  readonly after: Transaction;
}

/** `version` and `status` are asked for although the row is locked: the second lock on the door. */
const UPDATE_TRANSACTIONS = statement(
  'payments.update_transactions',
  `with updated as (
     update payments.transaction transaction
        set status = changed.status, version = changed.version, captured_amount = changed.captured_amount,
            refunded_amount = changed.refunded_amount, hold_id = changed.hold_id,
            hold_expires_at = changed.hold_expires_at, failure_code = changed.failure_code,
            more_hold_ids = changed.more_hold_ids::uuid[], updated_at = changed.updated_at, completed_at = changed.completed_at, finality = changed.finality, reversible_until = changed.reversible_until,
            refunding_amount = changed.refunding_amount
       from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[], $6::numeric[], $7::numeric[],
                   $8::uuid[], $9::timestamptz[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::text[],
                   $14::text[], $15::timestamptz[], $16::numeric[])
            as changed(id, old_version, old_status, status, version, captured_amount, refunded_amount,
                       hold_id, hold_expires_at, failure_code, updated_at, completed_at, finality,
                       more_hold_ids, reversible_until, refunding_amount)
      where transaction.id = changed.id and transaction.version = changed.old_version
        and transaction.status = changed.old_status
     returning 1)
   select count(*) as count from updated`,
);

/**
 * Writes each changed Transaction once, however many steps it made. Retry only with the whole tx.
 *
 * @throws {InvariantError} when one is not as it was locked; the tx must be abandoned
 */
export async function updateTransactions(tx: Tx, changes: readonly Change[]): Promise<void> {
  if (changes.length === 0) return;
  const [written] = await tx.rows<{ count: bigint }>(UPDATE_TRANSACTIONS, [
    arrayOf(changes, ({ before }) => before.id),
    arrayOf(changes, ({ before }) => before.version),
    arrayOf(changes, ({ before }) => before.status),
    arrayOf(changes, ({ after }) => after.status),
    arrayOf(changes, ({ after }) => after.version),
    arrayOf(changes, ({ after }) => after.capturedAmountMinor),
    arrayOf(changes, ({ after }) => after.refundedAmountMinor),
    arrayOf(changes, ({ after }) => after.holdId),
    arrayOfDates(changes, ({ after }) => after.holdExpiresAt),
    arrayOf(changes, ({ after }) => after.failureCode),
    arrayOfDates(changes, ({ after }) => after.updatedAt),
    arrayOfDates(changes, ({ after }) => after.completedAt),
    arrayOf(changes, ({ after }) => after.finality),
    arrayOfText(changes, ({ after }) => arrayOf(after.moreHoldIds, (id) => id)),
    arrayOfDates(changes, ({ after }) => after.reversibleUntil),
    arrayOf(changes, ({ after }) => after.refundingAmountMinor),
  ]);
  invariant(
    written?.count === BigInt(changes.length),
    `${written?.count} of ${changes.length} transactions updated`,
  );
}
