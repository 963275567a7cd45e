import type { Uuid } from '../../platform/id.ts';
import { type Statement, statement } from '../../platform/statement.ts';

export type UnsettledKind = 'DEPOSIT' | 'SEND' | 'FEE';

/** Something that the chain has decided and the books do not know. */
export interface Unsettled {
  readonly kind: UnsettledKind;
  readonly id: Uuid;
  readonly organizationId: Uuid;
  /** Of a deposit that is about to be credited: who sent it, where nobody has looked at that yet. */
  readonly unscreenedAddress?: string | null;
  readonly network?: string;
}

/** Channel of the hint that there is something to settle. */
export const SETTLE_CHANNEL = 'chain_settle';

/**
 * The longest unsettled things of each kind, of all organizations: $2 of them at the most, but for those of $1. They take no lock:
 * whoever settles one looks at it again. Role omsx_payments_writer. Indexes deposit_unsettled, send_unsettled and transaction_fee_unsettled.
 */
export const UNSETTLED: readonly Statement[] = [
  statement(
    'chain.next_unsettled_deposits',
    `select 'DEPOSIT' as kind, deposit.id, deposit.organization_id as "organizationId", deposit.network,
            case when deposit.state = 'FINAL' and deposit.credits = 'WALLET' and held.state is null
              then deposit.from_address end as "unscreenedAddress"
       from chain.deposit deposit left join chain.deposit_screening held on held.deposit_id = deposit.id
      where deposit.settled_version < deposit.version and held.state is distinct from 'HELD'
        and deposit.id <> all($1::uuid[]) order by deposit.updated_at, deposit.id limit $2`,
  ),
  statement(
    'chain.next_unsettled_sends',
    `select 'SEND' as kind, id, organization_id as "organizationId" from chain.send
      where settled_version < version and purpose = 'PAYMENT' and id <> all($1::uuid[])
      order by updated_at, id limit $2`,
  ),
  statement(
    'chain.next_unsettled_fees',
    `select 'FEE' as kind, id, organization_id as "organizationId" from chain.transaction
      where state = 'FINAL' and not fee_settled and organization_id is not null and id <> all($1::uuid[])
      order by updated_at, id limit $2`,
  ),
];
