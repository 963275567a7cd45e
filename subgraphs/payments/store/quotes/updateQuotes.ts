import { arrayOf, arrayOfDates } from '../../../../platform/arrays.ts';
import { invariant } from '../../../../platform/invariant.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Quote } from '../../domain/quote.ts';

/** Only what is open can change; asked for although the row is locked: the second lock on the door. */
const UPDATE_QUOTES = statement(
  'payments.update_quotes',
  `with updated as (
     update payments.quote quote
        set status = changed.status, version = changed.version, accepted_at = changed.accepted_at,
            transaction_id = changed.transaction_id, sealed = null
       from unnest($1::uuid[], $2::text[], $3::int[], $4::timestamptz[], $5::uuid[])
            as changed(id, status, version, accepted_at, transaction_id)
      where quote.id = changed.id and quote.status = 'OPEN' and quote.version < changed.version
     returning 1)
   select count(*) as count from updated`,
);

/** Writes what became of open Quotes, after their Transactions. Retry only with the whole tx. */
export async function updateQuotes(tx: Tx, changed: readonly Quote[]): Promise<void> {
  if (changed.length === 0) return;
  const [written] = await tx.rows<{ count: bigint }>(UPDATE_QUOTES, [
    arrayOf(changed, (quote) => quote.id),
    arrayOf(changed, (quote) => quote.status),
    arrayOf(changed, (quote) => quote.version),
    arrayOfDates(changed, (quote) => quote.acceptedAt),
    arrayOf(changed, (quote) => quote.transactionId),
  ]);
  invariant(
    written?.count === BigInt(changed.length),
    `${written?.count} of ${changed.length} quotes updated`,
  );
}
