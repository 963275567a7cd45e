import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { AGEING_BUCKETS, type AgeingCode } from './ageing.ts';

/** Money in suspense of one Asset and age. Signed minor units. */
export interface SuspenseAgeView {
  readonly asset: string;
  readonly bucket: AgeingCode;
  readonly count: number;
  readonly amountMinor: bigint;
  readonly oldest: Date | null;
}

/** Receipts that are nobody's, index receipt_unassigned, and lines that were booked there, index statement_line_suspense. */
const AGE = statement(
  'bank.age_suspense',
  `with waiting as (
     select asset, amount, created_at as since from bank.receipt
      where organization_id = platform.current_organization() and transaction_id is null and settled_version > 0
     union all
     select asset, amount - coalesce(booked_amount, 0), updated_at from bank.statement_line
      where organization_id = platform.current_organization() and state = 'SUSPENSE'),
   aged as (
     select waiting.*, floor(extract(epoch from now() - since) / 86400) as days from waiting),
   bucket as (
     select code, coalesce(lag(days_max) over (order by place), -1) as above, days_max, place
       from unnest($1::text[], $2::float8[]) with ordinality as given(code, days_max, place))
   select assets.asset, bucket.code as bucket, count(aged.since)::int as count,
          coalesce(sum(aged.amount), 0) as "amountMinor", min(aged.since) as oldest
     from (select distinct asset from waiting) assets
    cross join bucket
     left join aged on aged.asset = assets.asset and aged.days > bucket.above and aged.days <= bucket.days_max
    group by assets.asset, bucket.code, bucket.place order by assets.asset, bucket.place`,
);

/**
 * All buckets of every Asset that has anything in suspense, empty ones as well. Role omsx_payments. Safe to retry.
 */
export function readSuspenseAges(reads: Database, organizationId: Uuid): Promise<readonly SuspenseAgeView[]> {
  return reads.readRows<SuspenseAgeView>(organizationId, AGE, [
    AGEING_BUCKETS.map(({ code }) => code),
    AGEING_BUCKETS.map(({ daysMax }) => daysMax),
  ]);
}
