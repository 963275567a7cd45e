import { type AssetScale, formatAmount } from '../../../platform/money.ts';
import { writeCsv } from './csv.ts';
import { type Booking, type MatchItem, sidesOf } from './item.ts';

const HEADER = [
  ...[
    'item',
    'kind',
    'by',
    'side',
    'id',
    'endToEndId',
    'date',
    'asset',
    'amount',
    'counterparty',
    'difference',
  ],
];

/**
 * The outcome of a comparison as CSV: a row for each booking, `item` says which belong together, amounts are decimals
 * of the Asset.
 *
 * @param scales by code of the Asset; an Asset that is not there is written in minor units
 */
export function writeReconciliation(
  items: readonly MatchItem[],
  scales: ReadonlyMap<string, AssetScale>,
): string {
  return writeCsv(HEADER, rowsOf(items, scales));
}

function* rowsOf(
  items: readonly MatchItem[],
  scales: ReadonlyMap<string, AssetScale>,
): Iterable<readonly string[]> {
  for (const [at, item] of items.entries()) {
    const { ours, theirs } = sidesOf(item);
    const difference = 'differenceMinor' in item ? item.differenceMinor : null;
    const by = item.kind === 'MATCHED' ? item.by : '';
    const row = (side: string, one: Booking): readonly string[] => [
      ...[String(at + 1), item.kind, by, side, one.id, one.endToEndId ?? '', one.on, one.asset],
      ...[amountOf(one.amountMinor, one.asset, scales), one.counterparty ?? ''],
      difference === null ? '' : amountOf(difference, one.asset, scales),
    ];
    for (const one of ours) yield row('OURS', one);
    for (const one of theirs) yield row('THEIRS', one);
  }
}

function amountOf(amountMinor: bigint, asset: string, scales: ReadonlyMap<string, AssetScale>): string {
  return formatAmount(amountMinor, scales.get(asset) ?? { code: asset, scale: 0 });
}
