import { arrayOf } from '../../../../platform/arrays.ts';
import type { Page } from '../../../../platform/connection.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Review } from '../../domain/gates/review.ts';
import { REVIEW_COLUMNS } from './columns.ts';
import { listOf } from './listOf.ts';

const FIND = statement(
  'payments.find_reviews',
  `select ${REVIEW_COLUMNS} from payments.review review where review.id = any($1::uuid[])`,
);

const LATEST = statement(
  'payments.find_latest_reviews',
  `select distinct on (review.subject_id) ${REVIEW_COLUMNS} from payments.review review
    where review.subject_id = any($1::uuid[]) order by review.subject_id, review.id desc`,
);

/** Which reviews to list; what is left out holds for all. */
export interface ReviewConditions {
  readonly statuses?: readonly string[];
  readonly subject?: string;
  readonly assignedTo?: string;
  readonly minAgeSeconds?: number;
}

/** The reviews in the order of `ids`; null where there is none. For those with `compliance:read` only. Safe to retry. */
export async function findReviews(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (Review | null)[]> {
  const rows = await reads.readRows<Review>(organizationId, FIND, [arrayOf(ids, (id) => id)]);
  const found = new Map(rows.map((review) => [review.id, review]));
  return ids.map((id) => found.get(id) ?? null);
}

/** As `findReviews`, the latest of each of these subjects. */
export async function findLatestReviews(
  reads: Database,
  organizationId: Uuid,
  subjectIds: readonly Uuid[],
): Promise<readonly (Review | null)[]> {
  const rows = await reads.readRows<Review>(organizationId, LATEST, [arrayOf(subjectIds, (id) => id)]);
  const found = new Map(rows.map((review) => [review.subjectId, review]));
  return subjectIds.map((id) => found.get(id) ?? null);
}

/** Up to `limit + 1` reviews in walking direction. Safe to retry. */
export function listReviews(
  reads: Database,
  organizationId: Uuid,
  { statuses, subject, assignedTo, minAgeSeconds }: ReviewConditions,
  page: Page,
): Promise<readonly Review[]> {
  const holding = [
    { letter: 's', sql: (p: string) => `review.status = any(${p}::text[])`, value: statuses },
    { letter: 't', sql: (p: string) => `review.subject = ${p}`, value: subject },
    { letter: 'a', sql: (p: string) => `review.assigned_to = ${p}`, value: assignedTo },
    {
      letter: 'o',
      sql: (p: string) => `review.opened_at <= clock_timestamp() - make_interval(secs => ${p}::int)`,
      value: minAgeSeconds,
    },
  ];
  return listOf<Review>(reads, organizationId, { name: 'review', columns: REVIEW_COLUMNS, holding }, page);
}
