import type { Uuid } from '../../../../platform/id.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { ScreeningVerdict } from '../../domain/screening.ts';

export type ScreeningSubjectKind = 'TRANSACTION' | 'RECEIPT' | 'DEPOSIT';

export interface NewScreening extends ScreeningVerdict {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly subject: ScreeningSubjectKind;
  readonly subjectId: Uuid;
  readonly screenedAt: Date;
}

const INSERT_SCREENINGS = statement(
  'payments.insert_screenings',
  `insert into payments.screening (id, organization_id, subject, subject_id, outcome, list_version, matches, screened_at)
   select id, organization_id, subject, subject_id, outcome, list_version, matches, screened_at
     from jsonb_to_recordset($1::jsonb) as kept(id uuid, organization_id uuid, subject text, subject_id uuid,
       outcome text, list_version text, matches jsonb, screened_at timestamptz)`,
);

/** Of each match only which entry it is of: its name is the list's to keep. Retry only with the whole tx. */
export async function insertScreenings(tx: Tx, screenings: readonly NewScreening[]): Promise<void> {
  if (screenings.length === 0) return;
  const rows = screenings.map((one) => ({
    id: one.id,
    organization_id: one.organizationId,
    subject: one.subject,
    subject_id: one.subjectId,
    outcome: one.outcome,
    list_version: one.listVersion,
    matches: one.matches.map(({ list, entry, field, scorePercent }) => ({
      list,
      entry,
      field,
      scorePercent,
    })),
    screened_at: one.screenedAt,
  }));
  await tx.rows(INSERT_SCREENINGS, [JSON.stringify(rows)]);
}
