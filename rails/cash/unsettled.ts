import type { Uuid } from '../../platform/id.ts';
import { type Statement, statement } from '../../platform/statement.ts';

/** Something that a network of counters has decided and the books do not know. */
export interface CashUnsettled {
  readonly kind: 'ORDER' | 'RECEIPT';
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** Null for a pickup, and for money by an unknown code. */
  readonly cashInId: Uuid | null;
}

/** Channel of the hint that there is something to settle. */
export const CASH_SETTLE_CHANNEL = 'cash_settle';

/**
 * The longest unsettled things of each kind, of all organizations: $2 of them at the most, but for those of $1. Payments come
 * first, so that a code that was paid is not told of as over. Role omsx_payments_writer.
 */
export const CASH_UNSETTLED: readonly Statement[] = [
  statement(
    'cash.next_unsettled_receipts',
    `select 'RECEIPT' as kind, id, organization_id as "organizationId", cash_in_id as "cashInId" from cash.receipt
      where settled_version < version and id <> all($1::uuid[]) order by updated_at, id limit $2`,
  ),
  statement(
    'cash.next_unsettled_orders',
    `select 'ORDER' as kind, id, organization_id as "organizationId", cash_in_id as "cashInId" from cash.order
      where settled_version < version and id <> all($1::uuid[]) order by updated_at, id limit $2`,
  ),
];
