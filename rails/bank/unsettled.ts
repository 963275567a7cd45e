import type { Uuid } from '../../platform/id.ts';
import { type Statement, statement } from '../../platform/statement.ts';
import type { ScreeningResult } from '../screening/provider.ts';

export type BankUnsettledKind = 'ORDER' | 'RECEIPT' | 'LINE' | 'MICRO_DEPOSITS';

/** Something that a bank has decided and the books do not know. */
export interface BankUnsettled {
  readonly kind: BankUnsettledKind;
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** Of a receipt: what screening said of its payer; null where a review has been held since. */
  readonly screening?: ScreeningResult | null;
}

/** Channel of the hint that there is something to settle. */
export const BANK_SETTLE_CHANNEL = 'bank_settle';

const SCREENING = `case when screened.state is null
            then jsonb_build_object('outcome', coalesce(screened.outcome, 'REVIEW'),
              'listVersion', coalesce(screened.list_version, 'unavailable'),
              'matches', coalesce(screened.matches, '[]')) end`;

/**
 * The longest unsettled things of each kind, of all organizations: $2 of them at the most, but for those of $1. They take no lock:
 * whoever settles one looks at it again. Role omsx_payments_writer. Indexes order_unsettled,
 * receipt_unsettled and statement_line_unsettled.
 */
export const BANK_UNSETTLED: readonly Statement[] = [
  statement(
    'bank.next_unsettled_orders',
    `select 'ORDER' as kind, id, organization_id as "organizationId" from bank.order
      where settled_version < version and id <> all($1::uuid[])
        and not exists (select from bank.micro_deposit micro where micro.first_order_id = "order".id)
        and not exists (select from bank.micro_deposit micro where micro.second_order_id = "order".id)
      order by updated_at, id limit $2`,
  ),
  statement(
    'bank.next_unsettled_micro_deposits',
    `select 'MICRO_DEPOSITS' as kind, micro.external_account_id as id, micro.organization_id as "organizationId"
       from bank.order wish
       join bank.micro_deposit micro on wish.id in (micro.first_order_id, micro.second_order_id)
      where wish.settled_version < wish.version and micro.external_account_id <> all($1::uuid[])
      group by micro.external_account_id, micro.organization_id order by min(wish.updated_at), micro.external_account_id
      limit $2`,
  ),
  statement(
    'bank.next_unsettled_receipts',
    `select 'RECEIPT' as kind, receipt.id, receipt.organization_id as "organizationId", ${SCREENING} as screening
       from bank.receipt receipt left join bank.receipt_screening screened on screened.receipt_id = receipt.id
      where receipt.settled_version < receipt.version and receipt.converts_to is null
        and screened.state is distinct from 'HELD' and receipt.id <> all($1::uuid[])
      order by receipt.updated_at, receipt.id limit $2`,
  ),
  statement(
    'bank.next_unsettled_lines',
    `select 'LINE' as kind, id, organization_id as "organizationId" from bank.statement_line
      where settled_version < version and id <> all($1::uuid[]) order by updated_at, id limit $2`,
  ),
];

/** A receipt that is converted as it is credited. */
export interface UnconvertedReceipt extends BankUnsettled {
  readonly asset: string;
  readonly convertsTo: string;
}

/** As BANK_UNSETTLED, for receipts that need a rate: but for those whose next try is later. Index receipt_unconverted. */
export const UNCONVERTED_RECEIPTS = statement(
  'bank.next_unsettled_conversions',
  `select 'RECEIPT' as kind, receipt.id, receipt.organization_id as "organizationId", receipt.asset,
          receipt.converts_to as "convertsTo", ${SCREENING} as screening
     from bank.receipt receipt left join bank.receipt_screening screened on screened.receipt_id = receipt.id
    where receipt.settled_version < receipt.version and receipt.converts_to is not null
      and (receipt.rate_next_at is null or receipt.rate_next_at <= (select platform.now()))
      and screened.state is distinct from 'HELD' and receipt.id <> all($1::uuid[])
    order by receipt.updated_at, receipt.id limit $2`,
);
