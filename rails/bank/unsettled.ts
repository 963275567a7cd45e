import { arrayOf } from '../../platform/arrays.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Database } from '../../platform/postgres.ts';
import { type Statement, statement } from '../../platform/statement.ts';

export type BankUnsettledKind = 'ORDER' | 'RECEIPT';

/** Something that a bank has decided and the books do not know. */
export interface BankUnsettled {
  readonly kind: BankUnsettledKind;
  readonly id: Uuid;
  readonly organizationId: Uuid;
}

/** Channel of the hint that there is something to settle. */
export const BANK_SETTLE_CHANNEL = 'bank_settle';

/** Indexes order_unsettled and receipt_unsettled. */
const NEXT: Readonly<Record<BankUnsettledKind, Statement>> = {
  ORDER: statement(
    'bank.next_unsettled_orders',
    `select 'ORDER' as kind, id, organization_id as "organizationId" from bank.order
      where settled_version < version and id <> all($1::uuid[]) order by updated_at, id limit $2`,
  ),
  RECEIPT: statement(
    'bank.next_unsettled_receipts',
    `select 'RECEIPT' as kind, id, organization_id as "organizationId" from bank.receipt
      where settled_version < version and id <> all($1::uuid[]) order by updated_at, id limit $2`,
  ),
};

/**
 * The `limit` longest unsettled things of a kind, of all organizations, but for `leftOut`. Takes no lock: whoever
 * settles one looks at it again. Role omsx_payments_writer. Safe to retry.
 */
export function nextBankUnsettled(
  database: Database,
  kind: BankUnsettledKind,
  leftOut: readonly Uuid[],
  limit: number,
): Promise<readonly BankUnsettled[]> {
  return database.write((tx) => tx.rows<BankUnsettled>(NEXT[kind], [arrayOf(leftOut, (id) => id), limit]));
}
