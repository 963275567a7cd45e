import type { Uuid } from '../../platform/id.ts';
import { type Statement, statement } from '../../platform/statement.ts';

export type BankUnsettledKind = 'ORDER' | 'RECEIPT' | 'MICRO_DEPOSITS';

/** Something that a bank has decided and the books do not know. */
export interface BankUnsettled {
  readonly kind: BankUnsettledKind;
  readonly id: Uuid;
  readonly organizationId: Uuid;
}

/** Channel of the hint that there is something to settle. */
export const BANK_SETTLE_CHANNEL = 'bank_settle';

/**
 * The longest unsettled things of each kind, of all organizations: $2 of them at the most, but for those of $1. They take no lock:
 * whoever settles one looks at it again. Role omsx_payments_writer. Indexes order_unsettled and receipt_unsettled.
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
    `select 'RECEIPT' as kind, id, organization_id as "organizationId" from bank.receipt
      where settled_version < version and id <> all($1::uuid[]) order by updated_at, id limit $2`,
  ),
];
