import type { AssetCatalogue } from '../../../../ledger/assets.ts';
import { formatId, isUuid } from '../../../../platform/id.ts';
import { type AssetScale, formatAmount } from '../../../../platform/money.ts';
import { BOOKED, type StatementLine } from '../../../../rails/bank/iso20022/statement.ts';
import { writeStatement } from '../../../../rails/bank/iso20022/writeStatement.ts';
import { csvHeader, csvRows } from '../../../../rails/bank/reconcile/csv.ts';
import type { ItemView } from '../../../../rails/bank/reconcile/readItems.ts';
import type {
  AccountLine,
  AccountPeriod,
  LinePlace,
} from '../../../../rails/bank/statements/readAccountLines.ts';

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

/** What a name in ISO 20022 may have at the most. */
const ID_LENGTH_MAX = 35;

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
  const closingMinor = lines.reduce((sum, { amountMinor }) => sum + amountMinor, openingMinor);
  // The same part has the same id whenever it is asked for.
  const id = first === undefined ? `${asset.code}-${after.on}` : formatId('bbk', first.id);
  const createdAt = new Date().toISOString();
  const statement = {
    id: id.slice(0, ID_LENGTH_MAX),
    sequence: null,
    createdAt,
    account: { kind: 'OTHER', id: period.adapter, scheme: null } as const,
    currency: asset.code,
    balances: [
      { code: 'OPBD', amountMinor: openingMinor, on: first?.bookedOn ?? period.from },
      { code: 'CLBD', amountMinor: closingMinor, on: lines.at(-1)?.bookedOn ?? period.to },
    ],
    lines: lines.map(entryOf),
  };
  return writeStatement({ messageId: statement.id, createdAt, statements: [statement] });
}

function entryOf(line: AccountLine): StatementLine {
  const { key, endToEndId, bookedOn, amountMinor, text } = line;
  return {
    id: formatId('bbk', line.id),
    bankReference: shortOrNull(key),
    amountMinor,
    status: BOOKED,
    bookedOn,
    valueOn: bookedOn,
    isReversal: false,
    // Our own ids are as long as allowed without their hyphens.
    endToEndId: shortOrNull(isUuid(endToEndId) ? endToEndId.replaceAll('-', '') : endToEndId),
    messageId: null,
    groupId: null,
    instructionId: null,
    uetr: null,
    counterparty: null,
    remittance: text === '' ? null : text,
    returnReason: null,
    bankCode: null,
  };
}

function shortOrNull(text: string | null): string | null {
  return text !== null && text.length <= ID_LENGTH_MAX ? text : null;
}
