import type { AssetCatalogue } from '../../../../ledger/assets.ts';
import { formatId, isUuid } from '../../../../platform/id.ts';
import { type AssetScale, formatAmount } from '../../../../platform/money.ts';
import { csvHeader, csvRows } from '../../../../rails/bank/reconcile/csv.ts';
import type { ItemView } from '../../../../rails/bank/reconcile/readItems.ts';
import type {
  AccountLine,
  AccountPeriod,
  LinePlace,
} from '../../../../rails/bank/statements/readAccountLines.ts';
import { writePart } from '../../../../rails/bank/statements/writePart.ts';

const LINE_HEADER = [
  ...['id', 'bankId', 'bookedOn', 'amount', 'asset', 'endToEndId', 'counterparty', 'text', 'state'],
  ...['transaction', 'receipt'],
];
const ITEM_HEADER = [
  ...[
    'id',
    'adapter',
    'kind',
    'status',
    'asset',
    'difference',
    'detail',
    'openedAt',
    'closedAt',
    'resolution',
  ],
  ...['closedBy', 'reason', 'bankId', 'transaction', 'receipt'],
];

/** Lines as CSV; the header only where it begins. */
export function csvOfLines(lines: readonly AccountLine[], asset: AssetScale, isFirst: boolean): string {
  const rows = lines.map((line) => [
    ...[formatId('bbk', line.id), line.key, line.bookedOn, formatAmount(line.amountMinor, asset), asset.code],
    ...[line.endToEndId ?? '', line.counterpartyMask ?? '', line.text ?? '', line.state],
    line.transactionId === null ? '' : formatId('txn', line.transactionId),
    line.receiptId === null ? '' : formatId('rcp', line.receiptId),
  ]);
  return `${isFirst ? csvHeader(LINE_HEADER) : ''}${csvRows(rows)}`;
}

/** Items as CSV; the header only where it begins. */
export function csvOfItems(items: readonly ItemView[], assets: AssetCatalogue, isFirst: boolean): string {
  const rows = items.map((item) => {
    const asset = item.asset === null ? undefined : assets.get(item.asset);
    const difference = item.differenceMinor;
    return [
      ...[formatId('rit', item.id), item.adapter, item.kind, item.closedAt === null ? 'OPEN' : 'CLOSED'],
      ...[
        item.asset ?? '',
        difference === null || !asset ? '' : formatAmount(difference, asset),
        item.detail,
      ],
      ...[item.openedAt.toISOString(), item.closedAt?.toISOString() ?? '', item.resolution ?? ''],
      ...[item.closedBy ?? '', item.reason ?? '', item.line?.key ?? ''],
      item.transactionId === null ? '' : formatId('txn', item.transactionId),
      item.receipt === null ? '' : formatId('rcp', item.receipt.id),
    ];
  });
  return `${isFirst ? csvHeader(ITEM_HEADER) : ''}${csvRows(rows)}`;
}

/** Lines as a camt.053 of its own, with the balances before the first and after the last. */
export function camtOfLines(
  lines: readonly AccountLine[],
  of: {
    readonly period: AccountPeriod;
    readonly asset: AssetScale;
    readonly openingMinor: bigint;
    readonly after: LinePlace;
  },
): string {
  const { period, asset, openingMinor, after } = of;
  const [first] = lines;
  return writePart({
    id: first === undefined ? `${asset.code}-${after.on}` : formatId('bbk', first.id),
    accountId: period.adapter,
    ...{ asset, period, openingMinor },
    lines: lines.map(({ id, key, endToEndId, bookedOn, amountMinor, text }) => ({
      ...{ id: formatId('bbk', id), reference: key, amountMinor, on: bookedOn, text },
      // Our own ids are as long as allowed without their hyphens.
      endToEndId: isUuid(endToEndId) ? endToEndId.replaceAll('-', '') : endToEndId,
    })),
  });
}
