import { arrayOf, arrayOfDates, arrayOfText } from '../../../platform/arrays.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Step } from '../domain/batch.ts';

/** Primary key (transaction_id, version): a gap-free timeline cannot be written twice. */
const INSERT_EVENTS = statement(
  'payments.insert_events',
  `insert into payments.transaction_event (transaction_id, version, id, organization_id, kind, status, leg, amount,
     related_transaction_id, reason_code, reason_message, reason_retryable, next_action, expected_by, terminal,
     occurred_at)
   select * from unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
     $8::numeric[], $9::uuid[], $10::text[], $11::text[], $12::boolean[], $13::text[], $14::timestamptz[],
     $15::boolean[], $16::timestamptz[])`,
);

/** The same for a batch in which a step has to do with a chain; the others stay as short as they were. */
const INSERT_CHAIN_EVENTS = statement(
  'payments.insert_chain_events',
  `insert into payments.transaction_event (transaction_id, version, id, organization_id, kind, status, leg, amount,
     related_transaction_id, reason_code, reason_message, reason_retryable, next_action, expected_by, terminal,
     occurred_at, chain_transaction_id, transaction_hash)
   select * from unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
     $8::numeric[], $9::uuid[], $10::text[], $11::text[], $12::boolean[], $13::text[], $14::timestamptz[],
     $15::boolean[], $16::timestamptz[], $17::uuid[], $18::text[])`,
);

/** Writes the steps of a batch. Retry only with the whole tx. */
export async function insertEvents(tx: Tx, steps: readonly Step[]): Promise<void> {
  if (steps.length === 0) return;
  const events = steps.map((step) => step.event);
  const values = [
    arrayOf(events, (event) => event.transactionId),
    arrayOf(events, (event) => event.version),
    arrayOf(events, (event) => event.id),
    arrayOf(steps, (step) => step.transaction.organizationId),
    arrayOf(events, (event) => event.kind),
    arrayOf(events, (event) => event.status),
    arrayOf(events, (event) => event.leg),
    arrayOf(events, (event) => event.amountMinor),
    arrayOf(events, (event) => event.relatedTransactionId),
    arrayOf(events, (event) => event.reasonCode),
    arrayOfText(events, (event) => event.reasonMessage),
    arrayOf(events, (event) => (event.reasonRetryable === null ? null : String(event.reasonRetryable))),
    arrayOf(events, (event) => event.nextAction),
    arrayOfDates(events, (event) => event.expectedBy),
    arrayOf(events, (event) => String(event.terminal)),
    arrayOfDates(events, (event) => event.occurredAt),
  ];
  if (events.every((event) => event.transactionHash === null && event.chainTransactionId === null)) {
    await tx.rows(INSERT_EVENTS, values);
    return;
  }
  await tx.rows(INSERT_CHAIN_EVENTS, [
    ...values,
    arrayOf(events, (event) => event.chainTransactionId),
    arrayOf(events, (event) => event.transactionHash),
  ]);
}
