import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { RailName } from '../../../rails/port.ts';

/** Nothing is looked at any further; the newest are. */
export const PAYMENTS_LOOKED_AT_MAX = 100_000;

/** How a rail, in the hands of one adapter, did with what it was handed in a window. */
export interface RailPerformance {
  readonly rail: RailName;
  /** A bank's adapter, a cash network's, or the code of a Network. */
  readonly adapter: string;
  readonly submitted: number;
  readonly settled: number;
  readonly failed: number;
  readonly canceled: number;
  readonly returned: number;
  readonly underWay: number;
  /** From SUBMITTED to COMPLETED, rounded up; null where nothing has settled. */
  readonly settleSecondsP50: number | null;
  readonly settleSecondsP95: number | null;
  readonly isPartial: boolean;
}

/** What waits for somebody was not handed to its rail yet. Both instants are of the clock that payments go by. */
const READ = statement(
  'payments.read_rail_performance',
  `with outward as (
     select id, destination_rail, status, completed_at from payments.transaction
      where organization_id = $1 and destination_rail <> 'BOOK' and created_at >= $2 and created_at < $3
      order by created_at desc limit $4),
   handed as (
     select outward.destination_rail as rail, outward.status,
            coalesce(wish.adapter, pickup.adapter, leg.network, '') as adapter,
            ceil(extract(epoch from outward.completed_at - submitted.occurred_at))::int as seconds
       from outward
      cross join lateral (
        select event.occurred_at from payments.transaction_event event
         where event.transaction_id = outward.id and event.kind = 'SUBMITTED' order by event.version limit 1) submitted
       left join bank.order wish on wish.id = outward.id
       left join cash.order pickup on pickup.id = outward.id
       left join payments.onchain_leg leg on leg.transaction_id = outward.id)
   select rail, adapter, count(*)::int as submitted,
          (count(*) filter (where status = 'COMPLETED'))::int as settled,
          (count(*) filter (where status = 'FAILED'))::int as failed,
          (count(*) filter (where status = 'CANCELED'))::int as canceled,
          (count(*) filter (where status = 'RETURNED'))::int as returned,
          (count(*) filter (where status in ('PROCESSING', 'AWAITING_ACTION')))::int as "underWay",
          percentile_disc(0.5) within group (order by seconds) as "settleSecondsP50",
          percentile_disc(0.95) within group (order by seconds) as "settleSecondsP95",
          (select count(*) from outward) >= $4 as "isPartial"
     from handed group by rail, adapter order by rail, adapter`,
);

/** Of payments to the outside that began in the window. Index transaction_outward. Role omsx_payments. Safe to retry. */
export function readRailPerformance(
  reads: Database,
  organizationId: Uuid,
  window: { readonly from: Date; readonly before: Date },
): Promise<readonly RailPerformance[]> {
  const { from, before } = window;
  const instants = [from.toISOString(), before.toISOString()];
  return reads.readRows<RailPerformance>(organizationId, READ, [
    organizationId,
    ...instants,
    PAYMENTS_LOOKED_AT_MAX,
  ]);
}
