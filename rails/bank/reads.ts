import { arrayOf } from '../../platform/arrays.ts';
import type { Page } from '../../platform/connection.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Database } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import type { BankRailName } from '../port.ts';
import type { SuspenseReason } from './inbox/attributeArrival.ts';

/** What may be shown of the side of a Transaction that is at a bank. */
export interface BankLeg {
  readonly transactionId: Uuid;
  readonly accountMask: string;
  readonly reference: string | null;
  /** The key that the bank was given; null for money that arrived. */
  readonly orderId: Uuid | null;
  readonly expectedBy: Date | null;
  /** Where money that arrived came in. */
  readonly virtualAccountId: Uuid | null;
}

const FIND_LEGS = statement(
  'bank.find_legs',
  `select wish.id as "transactionId", wish.account_mask as "accountMask", wish.reference, wish.id as "orderId",
          wish.expected_by as "expectedBy", null::uuid as "virtualAccountId"
     from bank.order wish where wish.id = any($1::uuid[])
   union all
   select receipt.transaction_id, receipt.payer_mask, receipt.reference, null, null, receipt.virtual_account_id
     from bank.receipt receipt where receipt.transaction_id = any($1::uuid[])`,
);

/** The legs in the order of `transactionIds`, null where there is none. Role omsx_payments. Safe to retry. */
export async function findBankLegs(
  reads: Database,
  organizationId: Uuid,
  transactionIds: readonly Uuid[],
): Promise<readonly (BankLeg | null)[]> {
  const ids = arrayOf(transactionIds, (id) => id);
  const rows = await reads.readRows<BankLeg>(organizationId, FIND_LEGS, [ids]);
  const found = new Map(rows.map((leg) => [leg.transactionId, leg]));
  return transactionIds.map((id) => found.get(id) ?? null);
}

/** Money that has arrived, as its organization sees it. Minor units. */
export interface BankReceipt {
  readonly id: Uuid;
  readonly rail: BankRailName;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly reference: string;
  readonly payerMask: string;
  readonly accountId: Uuid | null;
  readonly transactionId: Uuid | null;
  readonly virtualAccountId: Uuid | null;
  readonly suspenseReason: SuspenseReason | null;
  readonly state: BankReceiptState;
  readonly createdAt: Date;
}

/** Where money that arrived stands; what somebody looks at first is PENDING, as if it were slow. */
export type BankReceiptState = 'PENDING' | 'AWAITING_RATE' | 'CREDITED' | 'IN_SUSPENSE';

const STATE = `case when transaction_id is not null then 'CREDITED' when settled_version > 0 then 'IN_SUSPENSE'
                when rate_wait_since is not null then 'AWAITING_RATE' else 'PENDING' end`;

const NEWEST = listStatement('desc');
const OLDEST = listStatement('asc');

/** Index receipt_organization. A receipt that the books do not know yet is not unassigned: it is about to be credited. */
function listStatement(order: 'asc' | 'desc') {
  const beyond =
    order === 'desc'
      ? `id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
      : `id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')`;
  return statement(
    `bank.list_receipts_${order}`,
    `select id, rail, asset, amount as "amountMinor", reference, payer_mask as "payerMask",
            case when transaction_id is not null then account_id end as "accountId",
            transaction_id as "transactionId", virtual_account_id as "virtualAccountId",
            case when settled_version > 0 then suspense_reason end as "suspenseReason", ${STATE} as state,
            created_at as "createdAt"
       from bank.receipt
      where ${beyond} and (not $3::boolean or (transaction_id is null and settled_version = version))
        and organization_id = platform.current_organization()
      order by id ${order} limit $2`,
  );
}

/** Up to `limit + 1` receipts in walking direction. Role omsx_payments. Safe to retry. */
export function listReceipts(
  reads: Database,
  organizationId: Uuid,
  page: Page,
  isUnassigned: boolean,
): Promise<readonly BankReceipt[]> {
  const values = [page.from, page.limit + 1, isUnassigned];
  return reads.readRows<BankReceipt>(organizationId, page.forward ? NEWEST : OLDEST, values);
}
