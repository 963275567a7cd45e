import type { Page } from '../../../../platform/connection.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import type { Screening } from '../../views/screening.ts';
import { listOf } from '../gates/listOf.ts';

const COLUMNS = `screening.id, screening.subject, screening.subject_id as "subjectId", screening.outcome,
  screening.list_version as "listVersion", screening.matches, screening.screened_at as "screenedAt"`;

/** Which screenings to list; what is left out holds for all. */
export interface ScreeningConditions {
  readonly outcome?: Screening['outcome'];
  readonly subjectId?: Uuid;
}

/** Up to `limit + 1` screenings in walking direction. For those with `compliance:read` only. Safe to retry. */
export function listScreenings(
  reads: Database,
  organizationId: Uuid,
  { outcome, subjectId }: ScreeningConditions,
  page: Page,
): Promise<readonly Screening[]> {
  const holding = [
    { letter: 'o', sql: (p: string) => `screening.outcome = ${p}`, value: outcome },
    { letter: 's', sql: (p: string) => `screening.subject_id = ${p}::uuid`, value: subjectId },
  ];
  return listOf<Screening>(reads, organizationId, { name: 'screening', columns: COLUMNS, holding }, page);
}
