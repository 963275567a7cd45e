import { arrayOf, arrayOfText } from '../../../platform/arrays.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { NewStatement } from './newStatement.ts';

/** Channel of the hint that there are lines to compare. */
export const RECONCILE_CHANNEL = 'bank_reconcile';

const INSERT_STATEMENT = statement(
  'bank.insert_statement',
  `insert into bank.statement (id, adapter, organization_id, asset, key, source, sequence, opening, closing, closed_on,
     covers_until, line_count, message_id, taken_in_by)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
   on conflict on constraint statement_key do nothing returning 1`,
);

const INSERT_LINES = statement(
  'bank.insert_lines',
  `with inserted as (
     insert into bank.statement_line (id, statement_id, adapter, organization_id, asset, key, place, amount, booked_on,
       end_to_end_id, counterparty_mask, text)
     select id, $1, $2, $3, $4, key, place, amount, booked_on, end_to_end_id, counterparty_mask, text
       from unnest($5::uuid[], $6::text[], $7::numeric[], $8::date[], $9::text[], $10::text[], $11::text[])
            with ordinality as line(id, key, amount, booked_on, end_to_end_id, counterparty_mask, text, place)
      where amount <> 0 order by place
     on conflict on constraint statement_line_key do nothing returning 1),
   told as (select pg_notify('${RECONCILE_CHANNEL}', '') from inserted limit 1)
   select (select count(*) from inserted) as count, (select count(*) from told) as told`,
);

export interface Arrived {
  readonly adapter: string;
  readonly source: 'FEED' | 'FILE';
  /** The message that it came in, stored before. */
  readonly messageId: Uuid;
  /** Who handed in a file; null for what was read from the bank. */
  readonly takenInBy: string | null;
}

/**
 * Stores a statement and those of its lines that no other statement had; one that is there changes nothing. Answers
 * how many lines are new, null for a statement that was there. Role omsx_bank or omsx_payments_writer. Retry only with
 * the whole tx.
 */
export async function insertStatement(
  tx: Tx,
  arrived: Arrived,
  statement: NewStatement,
): Promise<bigint | null> {
  const { adapter, source, messageId, takenInBy } = arrived;
  const { id, organizationId, asset, key, sequence, openingMinor, closingMinor, lines } = statement;
  const stored = await tx.rows(INSERT_STATEMENT, [
    ...[id, adapter, organizationId, asset, key, source, sequence, openingMinor, closingMinor],
    ...[statement.closedOn, statement.coversUntil.toISOString(), lines.length, messageId, takenInBy],
  ]);
  if (stored.length === 0) return null;
  const [written] = await tx.rows<{ readonly count: bigint }>(INSERT_LINES, [
    ...[id, adapter, organizationId, asset],
    arrayOf(lines, () => newUuid()),
    arrayOfText(lines, (line) => line.key),
    arrayOf(lines, ({ amountMinor }) => amountMinor),
    arrayOf(lines, ({ bookedOn }) => bookedOn),
    arrayOfText(lines, ({ endToEndId }) => endToEndId),
    arrayOfText(lines, ({ counterpartyMask }) => counterpartyMask),
    arrayOfText(lines, ({ text }) => text),
  ]);
  return written?.count ?? 0n;
}
