import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { KycCheck } from '../domain/customerBatch.ts';

/**
 * A check that is asked is due again later, with growing pauses, whatever becomes of the process that asks: asking the
 * same check again is the same question.
 */
const CLAIM = statement(
  'accounts.claim_kyc_checks',
  `update accounts.kyc_check set stage = 'ASKED', attempts = attempts + 1,
          due_at = (select platform.now()) + $2::int * power(2, least(attempts, 10)) * interval '1 millisecond'
    where id in (
      select id from accounts.kyc_check
       where stage in ('QUEUED', 'ASKED', 'UNKNOWN') and due_at <= (select platform.now())
       order by due_at limit $1 for update skip locked)
   returning id, organization_id as "organizationId", customer_id as "customerId", endorsement`,
);

/** Takes checks that are due: written as asked before anybody is. Commit before asking. */
export function claimChecks(tx: Tx, limit: number, retryMs: number): Promise<readonly KycCheck[]> {
  return tx.rows<KycCheck>(CLAIM, [limit, retryMs]);
}

const MARK_UNKNOWN = statement(
  'accounts.mark_kyc_check_unknown',
  `update accounts.kyc_check set stage = 'UNKNOWN' where id = $1 and stage = 'ASKED'`,
);

/** Nobody answered: it may have been asked and may not, so it is asked again with the same id. */
export async function markUnknown(tx: Tx, id: Uuid): Promise<void> {
  await tx.rows(MARK_UNKNOWN, [id]);
}

const POSTPONE = statement(
  'accounts.postpone_kyc_check',
  `update accounts.kyc_check set due_at = (select platform.now()) + $2::int * interval '1 second'
    where id = $1 and stage = 'ASKED'`,
);

/** The provider knows when it will know more. A check that was claimed again meanwhile is postponed all the same. */
export async function postponeCheck(tx: Tx, id: Uuid, seconds: number): Promise<void> {
  await tx.rows(POSTPONE, [id, seconds]);
}
