import { arrayOf, arrayOfDates, arrayOfText } from '../../../../platform/arrays.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Gate } from '../../domain/gates/gate.ts';
import type { PaidCounterparty } from '../../domain/gates/gatesInBatch.ts';
import type { Review } from '../../domain/gates/review.ts';
import { storedOf } from './instruction.ts';

const INSERT_GATES = statement(
  'payments.insert_gates',
  `insert into payments.gate (transaction_id, organization_id, kind, instruction, sealed, state, awaits_approval,
     awaits_review, is_cancel_asked)
   select transaction_id, organization_id, kind, instruction, decode(sealed, 'hex'), state, awaits_approval,
          awaits_review, is_cancel_asked
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::text[], $6::text[], $7::boolean[], $8::boolean[],
                 $9::boolean[])
          as made(transaction_id, organization_id, kind, instruction, sealed, state, awaits_approval, awaits_review,
                  is_cancel_asked)`,
);

const UPDATE_GATES = statement(
  'payments.update_gates',
  `update payments.gate gate
      set instruction = changed.instruction, state = changed.state, awaits_approval = changed.awaits_approval, awaits_review = changed.awaits_review,
          is_cancel_asked = changed.is_cancel_asked
     from unnest($1::uuid[], $2::text[], $3::boolean[], $4::boolean[], $5::boolean[], $6::jsonb[])
          as changed(transaction_id, state, awaits_approval, awaits_review, is_cancel_asked, instruction)
    where gate.transaction_id = changed.transaction_id and gate.state = 'WAITING'`,
);

const INSERT_REVIEWS = statement(
  'payments.insert_reviews',
  `insert into payments.review (id, organization_id, subject, subject_id, status, version, reasons, matches,
     list_version, opened_by, opened_at, assigned_to, decided_by, note, decided_at)
   select id, organization_id, subject, subject_id, status, version,
          array(select jsonb_array_elements_text(reasons)), matches, list_version, opened_by, opened_at, assigned_to,
          decided_by, note, decided_at
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::int[], $7::jsonb[], $8::jsonb[],
                 $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::text[], $14::text[], $15::timestamptz[])
          as made(id, organization_id, subject, subject_id, status, version, reasons, matches, list_version, opened_by,
                  opened_at, assigned_to, decided_by, note, decided_at)`,
);

const UPDATE_REVIEWS = statement(
  'payments.update_reviews',
  `update payments.review review
      set status = changed.status, version = changed.version, assigned_to = changed.assigned_to,
          decided_by = changed.decided_by, note = changed.note, decided_at = changed.decided_at
     from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
          as changed(id, status, version, assigned_to, decided_by, note, decided_at)
    where review.id = changed.id and review.status = 'OPEN'`,
);

const INSERT_COUNTERPARTIES = statement(
  'payments.insert_counterparties',
  `insert into payments.counterparty (organization_id, digest, transaction_id)
   select * from unnest($1::uuid[], $2::text[], $3::uuid[])`,
);

/** Keeps what is to be handed over later. Retry only with the whole tx. */
export async function insertGates(tx: Tx, made: readonly Gate[]): Promise<void> {
  if (made.length === 0) return;
  const stored = made.map(({ instruction }) => storedOf(instruction));
  await tx.rows(INSERT_GATES, [
    arrayOf(made, ({ transactionId }) => transactionId),
    arrayOf(made, ({ organizationId }) => organizationId),
    arrayOf(stored, ({ kind }) => kind),
    arrayOfText(stored, ({ json }) => json),
    // As text, because it may be empty: an order to somebody known names where they are sealed.
    arrayOfText(stored, ({ sealed }) => (sealed === null ? null : Buffer.from(sealed).toString('hex'))),
    arrayOf(made, ({ state }) => state),
    arrayOf(made, ({ awaitsApproval }) => String(awaitsApproval)),
    arrayOf(made, ({ awaitsReview }) => String(awaitsReview)),
    arrayOf(made, ({ isCancelAsked }) => String(isCancelAsked)),
  ]);
}

/** Moves gates on that waited. Retry only with the whole tx. */
export async function updateGates(tx: Tx, changed: readonly Gate[]): Promise<void> {
  if (changed.length === 0) return;
  await tx.rows(UPDATE_GATES, [
    arrayOf(changed, ({ transactionId }) => transactionId),
    arrayOf(changed, ({ state }) => state),
    arrayOf(changed, ({ awaitsApproval }) => String(awaitsApproval)),
    arrayOf(changed, ({ awaitsReview }) => String(awaitsReview)),
    arrayOf(changed, ({ isCancelAsked }) => String(isCancelAsked)),
    arrayOfText(changed, ({ instruction }) => storedOf(instruction).json),
  ]);
}

/** Writes new Reviews as they are at the end of the batch. Retry only with the whole tx. */
export async function insertReviews(tx: Tx, made: readonly Review[]): Promise<void> {
  if (made.length === 0) return;
  await tx.rows(INSERT_REVIEWS, [
    arrayOf(made, ({ id }) => id),
    arrayOf(made, ({ organizationId }) => organizationId),
    arrayOf(made, ({ subject }) => subject),
    arrayOf(made, ({ subjectId }) => subjectId),
    arrayOf(made, ({ status }) => status),
    arrayOf(made, ({ version }) => version),
    arrayOfText(made, ({ reasons }) => JSON.stringify(reasons)),
    arrayOfText(made, ({ matches }) => JSON.stringify(matches)),
    arrayOfText(made, ({ listVersion }) => listVersion),
    arrayOfText(made, ({ openedBy }) => openedBy),
    arrayOfDates(made, ({ openedAt }) => openedAt),
    arrayOfText(made, ({ assignedTo }) => assignedTo),
    arrayOfText(made, ({ decidedBy }) => decidedBy),
    arrayOfText(made, ({ note }) => note),
    arrayOfDates(made, ({ decidedAt }) => decidedAt),
  ]);
}

/** Moves Reviews on that were open. Retry only with the whole tx. */
export async function updateReviews(tx: Tx, changed: readonly Review[]): Promise<void> {
  if (changed.length === 0) return;
  await tx.rows(UPDATE_REVIEWS, [
    arrayOf(changed, ({ id }) => id),
    arrayOf(changed, ({ status }) => status),
    arrayOf(changed, ({ version }) => version),
    arrayOfText(changed, ({ assignedTo }) => assignedTo),
    arrayOfText(changed, ({ decidedBy }) => decidedBy),
    arrayOfText(changed, ({ note }) => note),
    arrayOfDates(changed, ({ decidedAt }) => decidedAt),
  ]);
}

/** Notes whom payouts go to. Retry only with the whole tx. */
export async function insertCounterparties(tx: Tx, paid: readonly PaidCounterparty[]): Promise<void> {
  if (paid.length === 0) return;
  await tx.rows(INSERT_COUNTERPARTIES, [
    arrayOf(paid, ({ organizationId }) => organizationId),
    arrayOfText(paid, ({ digest }) => digest),
    arrayOf(paid, ({ transactionId }) => transactionId),
  ]);
}
