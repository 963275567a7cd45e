import { arrayOf } from '../../platform/arrays.ts';
import type { Page } from '../../platform/connection.ts';
import type { Uuid } from '../../platform/id.ts';
import type { Database } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import type { CashReceiptReason } from './receipts.ts';

/** Cash that was paid in, as its organization sees it. Minor units. */
export interface CashReceipt {
  readonly id: Uuid;
  readonly network: string;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly cashInId: Uuid | null;
  readonly reason: CashReceiptReason | null;
  readonly accountId: Uuid | null;
  readonly transactionId: Uuid | null;
  readonly paidAt: Date;
  readonly createdAt: Date;
}

const NEWEST = listStatement('desc');
const OLDEST = listStatement('asc');

/** Index receipt_organization. A receipt that the books do not know yet is not unassigned: it is about to be credited. */
function listStatement(order: 'asc' | 'desc') {
  const beyond =
    order === 'desc'
      ? `id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
      : `id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')`;
  return statement(
    `cash.list_receipts_${order}`,
    `select id, network, asset, amount as "amountMinor", cash_in_id as "cashInId", reason,
            account_id as "accountId", transaction_id as "transactionId", paid_at as "paidAt",
            created_at as "createdAt"
       from cash.receipt
      where ${beyond} and (not $3::boolean or (transaction_id is null and settled_version = version))
        and organization_id = platform.current_organization()
      order by id ${order} limit $2`,
  );
}

/** Up to `limit + 1` receipts in walking direction. Role omsx_payments. Safe to retry. */
export function listCashReceipts(
  reads: Database,
  organizationId: Uuid,
  page: Page,
  isUnassigned: boolean,
): Promise<readonly CashReceipt[]> {
  const values = [page.from, page.limit + 1, isUnassigned];
  return reads.readRows<CashReceipt>(organizationId, page.forward ? NEWEST : OLDEST, values);
}

/** What of an order only those with a right to it may have opened. */
export interface SealedCash {
  readonly id: Uuid;
  /** Null until the network has given a code. */
  readonly codeSealed: Uint8Array | null;
  /** Who picks it up; null for a code to pay in by. */
  readonly sealed: Uint8Array | null;
  /** The order that `sealed` was sealed for. */
  readonly sealedFor: Uuid;
}

const FIND_SEALED = statement(
  'cash.find_sealed',
  `select wish.id, wish.code_sealed as "codeSealed", coalesce(first.sealed, wish.sealed) as sealed,
          coalesce(wish.copy_of, wish.id) as "sealedFor"
     from cash.order wish
     left join cash.order first on first.id = wish.copy_of
    where wish.id = any($1::uuid[])`,
);

/** In the order of `ids`, null where there is none. Role omsx_payments. Safe to retry. */
export async function findSealedCash(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (SealedCash | null)[]> {
  const rows = await reads.readRows<SealedCash>(organizationId, FIND_SEALED, [arrayOf(ids, (id) => id)]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

/** What may be shown of cash that waits to be picked up. */
export interface CashPickupRow {
  readonly id: Uuid;
  readonly network: string;
  readonly asset: string;
  readonly recipientMask: string;
  readonly codeMask: string | null;
  readonly expiresAt: Date;
}

const FIND_PICKUPS = statement(
  'cash.find_pickups',
  `select wish.id, wish.network, wish.asset, wish.recipient_mask as "recipientMask", wish.code_mask as "codeMask",
          wish.expires_at as "expiresAt"
     from cash.order wish where wish.id = any($1::uuid[]) and wish.kind = 'PICKUP'`,
);

/** By the ids of their Transactions, null where there is none. Role omsx_payments. Safe to retry. */
export async function findCashPickups(
  reads: Database,
  organizationId: Uuid,
  transactionIds: readonly Uuid[],
): Promise<readonly (CashPickupRow | null)[]> {
  const ids = arrayOf(transactionIds, (id) => id);
  const rows = await reads.readRows<CashPickupRow>(organizationId, FIND_PICKUPS, [ids]);
  const found = new Map(rows.map((row) => [row.id, row]));
  return transactionIds.map((id) => found.get(id) ?? null);
}
