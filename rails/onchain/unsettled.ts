import { arrayOf } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Database } from '../../platform/postgres.ts';
import { type Statement, statement } from '../../platform/statement.ts';

export type UnsettledKind = 'DEPOSIT' | 'SEND' | 'FEE';

/** Something that the chain has decided and the books do not know. */
export interface Unsettled {
  readonly kind: UnsettledKind;
  readonly id: Uuid;
  readonly organizationId: Uuid;
}

/** Channel of the hint that there is something to settle. */
export const SETTLE_CHANNEL = 'chain_settle';

/** Indexes deposit_unsettled, send_unsettled and transaction_fee_unsettled. */
const NEXT: Readonly<Record<UnsettledKind, Statement>> = {
  DEPOSIT: statement(
    'chain.next_unsettled_deposits',
    `select 'DEPOSIT' as kind, id, organization_id as "organizationId" from chain.deposit
      where settled_version < version and id <> all($1::uuid[]) order by updated_at, id limit $2`,
  ),
  SEND: statement(
    'chain.next_unsettled_sends',
    `select 'SEND' as kind, id, organization_id as "organizationId" from chain.send
      where settled_version < version and purpose = 'PAYMENT' and id <> all($1::uuid[])
      order by updated_at, id limit $2`,
  ),
  FEE: statement(
    'chain.next_unsettled_fees',
    `select 'FEE' as kind, id, organization_id as "organizationId" from chain.transaction
      where state = 'FINAL' and not fee_settled and organization_id is not null and id <> all($1::uuid[])
      order by updated_at, id limit $2`,
  ),
};

/**
 * The `limit` longest unsettled things of a kind, of all organizations, but for `leftOut`. Takes no lock: whoever
 * settles one looks at it again. Role omsx_payments_writer. Safe to retry.
 */
export function nextUnsettled(
  database: Database,
  kind: UnsettledKind,
  leftOut: readonly Uuid[],
  limit: number,
): Promise<readonly Unsettled[]> {
  return database.write((tx) => tx.rows<Unsettled>(NEXT[kind], [arrayOf(leftOut, (id) => id), limit]));
}
