import { arrayOf } from '../../../platform/arrays.ts';
import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import type { BankRailName } from '../../port.ts';
import type { BankReceipt } from '../reads.ts';
import type { LineState } from '../statements/lines.ts';
import type { ItemKind, ItemResolution } from './items.ts';

/** A line as its organization sees it. Signed minor units. */
export interface LineView {
  readonly id: Uuid;
  readonly key: string;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly bookedOn: string;
  readonly endToEndId: string | null;
  readonly counterpartyMask: string | null;
  readonly text: string | null;
  readonly state: LineState;
  /** What of it waits in suspense; negative for what it took from there, null for nothing. */
  readonly suspendedMinor: bigint | null;
  /** What it was assigned in, and who took it out of suspense. */
  readonly assignedTransactionId: Uuid | null;
  readonly takenOutBy: string | null;
}

/** Of `bank.statement_line line`. */
export const LINE_DECISIONS = `
  case when line.state = 'SUSPENSE' then line.amount - coalesce(line.booked_amount, 0) end as "suspendedMinor",
  line.assigned_transaction_id as "assignedTransactionId", line.taken_out_by as "takenOutBy"`;

/** An item as its organization sees it, with the line and the receipt that it is about. */
export interface ItemView {
  readonly id: Uuid;
  readonly adapter: string;
  readonly kind: ItemKind;
  readonly asset: string | null;
  /** Signed minor units. */
  readonly differenceMinor: bigint | null;
  readonly detail: string;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly resolution: ItemResolution | null;
  readonly closedBy: string | null;
  readonly reason: string | null;
  /** When the line came of what it had written off. */
  readonly reversedAt: Date | null;
  readonly transactionId: Uuid | null;
  readonly line: LineView | null;
  readonly receipt: BankReceipt | null;
}

/** Which items; null for what does not matter. */
export interface ItemFilter {
  readonly adapter: string | null;
  readonly isOpen: boolean | null;
  readonly kinds: readonly ItemKind[] | null;
  readonly asset: string | null;
  readonly openedBefore: Date | null;
  readonly isInSuspense: boolean | null;
}

interface ItemRow extends Omit<ItemView, 'line' | 'receipt'> {
  readonly lineId: Uuid | null;
  readonly lineKey: string;
  readonly lineAsset: string;
  readonly lineAmountMinor: bigint;
  readonly bookedOn: string;
  readonly endToEndId: string | null;
  readonly counterpartyMask: string | null;
  readonly lineText: string | null;
  readonly lineState: LineState;
  readonly suspendedMinor: bigint | null;
  readonly assignedTransactionId: Uuid | null;
  readonly takenOutBy: string | null;
  readonly receiptId: Uuid | null;
  readonly rail: BankRailName;
  readonly receiptAsset: string;
  readonly receiptAmountMinor: bigint;
  readonly reference: string;
  readonly payerMask: string;
  readonly virtualAccountId: Uuid | null;
  readonly suspenseReason: BankReceipt['suspenseReason'];
  readonly accountId: Uuid | null;
  readonly receiptCreatedAt: Date;
}

const COLUMNS = `item.id, item.adapter, item.kind, item.asset, item.amount as "differenceMinor", item.detail,
  item.opened_at as "openedAt", item.closed_at as "closedAt", item.resolution, item.closed_by as "closedBy", item.reason,
  item.reversed_at as "reversedAt",
  coalesce(item.order_id, receipt.transaction_id) as "transactionId",
  line.id as "lineId", line.key as "lineKey", line.asset as "lineAsset", line.amount as "lineAmountMinor",
  line.booked_on::text as "bookedOn", line.end_to_end_id as "endToEndId", line.counterparty_mask as "counterpartyMask",
  line.text as "lineText", line.state as "lineState", ${LINE_DECISIONS},
  receipt.id as "receiptId", receipt.rail, receipt.asset as "receiptAsset", receipt.amount as "receiptAmountMinor",
  receipt.reference, receipt.payer_mask as "payerMask",
  case when receipt.transaction_id is not null then receipt.account_id end as "accountId",
  receipt.virtual_account_id as "virtualAccountId",
  case when receipt.settled_version > 0 then receipt.suspense_reason end as "suspenseReason",
  receipt.created_at as "receiptCreatedAt"`;

const JOINS = `
  left join bank.statement_line line on line.id = item.line_id
  left join bank.receipt receipt on receipt.id = item.receipt_id`;

const FIND = statement(
  'bank.find_items',
  `select ${COLUMNS} from bank.reconciliation_item item ${JOINS} where item.id = any($1::uuid[])`,
);

const LIST = { newest: listItems('desc'), oldest: listItems('asc') };

/** Index reconciliation_item_organization. */
function listItems(order: 'asc' | 'desc'): Statement {
  const beyond =
    order === 'desc'
      ? `item.id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
      : `item.id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')`;
  return statement(
    `bank.list_items_${order}`,
    `select ${COLUMNS} from bank.reconciliation_item item ${JOINS}
      where ${beyond} and item.organization_id = platform.current_organization()
        and ($3::text is null or item.adapter = $3) and ($4::boolean is null or (item.closed_at is null) = $4)
        and ($5::text[] is null or item.kind = any($5)) and ($6::text is null or item.asset = $6)
        and ($7::timestamptz is null or item.opened_at < $7)
        and ($8::boolean is null or coalesce(line.state = 'SUSPENSE', false) = $8)
      order by item.id ${order} limit $2`,
  );
}

/** Up to `limit + 1` items in walking direction. Role omsx_payments. Safe to retry. */
export async function listReconciliationItems(
  reads: Database,
  organizationId: Uuid,
  page: Page,
  filter: ItemFilter,
): Promise<readonly ItemView[]> {
  const rows = await reads.readRows<ItemRow>(organizationId, page.forward ? LIST.newest : LIST.oldest, [
    page.from,
    page.limit + 1,
    filter.adapter,
    filter.isOpen,
    filter.kinds === null ? null : arrayOf(filter.kinds, (kind) => kind),
    filter.asset,
    filter.openedBefore?.toISOString() ?? null,
    filter.isInSuspense,
  ]);
  return rows.map(viewOf);
}

/** Null for one that is not this organization's. Role omsx_payments. Safe to retry. */
export async function findReconciliationItem(
  reads: Database,
  organizationId: Uuid,
  id: Uuid,
): Promise<ItemView | null> {
  const [row] = await reads.readRows<ItemRow>(organizationId, FIND, [[id]]);
  return row === undefined ? null : viewOf(row);
}

function viewOf(row: ItemRow): ItemView {
  const { lineId, receiptId } = row;
  return {
    ...row,
    line:
      lineId === null
        ? null
        : {
            id: lineId,
            key: row.lineKey,
            asset: row.lineAsset,
            amountMinor: row.lineAmountMinor,
            bookedOn: row.bookedOn,
            endToEndId: row.endToEndId,
            counterpartyMask: row.counterpartyMask,
            text: row.lineText,
            state: row.lineState,
            suspendedMinor: row.suspendedMinor,
            assignedTransactionId: row.assignedTransactionId,
            takenOutBy: row.takenOutBy,
          },
    receipt:
      receiptId === null
        ? null
        : {
            id: receiptId,
            rail: row.rail,
            asset: row.receiptAsset,
            amountMinor: row.receiptAmountMinor,
            reference: row.reference,
            payerMask: row.payerMask,
            accountId: row.accountId,
            virtualAccountId: row.virtualAccountId,
            suspenseReason: row.suspenseReason,
            transactionId: row.transactionId,
            // Only what is in the books is compared with a statement.
            state: row.transactionId === null ? 'IN_SUSPENSE' : 'CREDITED',
            createdAt: row.receiptCreatedAt,
          },
  };
}
