import type { Side } from '../../../ledger/account.ts';
import type { Entry } from '../../../ledger/entries.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import { type AssetScale, formatAmount } from '../../../platform/money.ts';
import { csvHeader, csvRows } from '../../../rails/bank/reconcile/csv.ts';
import type { Period } from '../../../rails/bank/statements/period.ts';
import { writePart } from '../../../rails/bank/statements/writePart.ts';

const HEADER = ['id', 'version', 'occurredAt', 'amount', 'asset', 'balance', 'transaction', 'description'];

/** An Entry that moved the balance. Signed minor units. */
export interface PostedEntry extends Entry {
  /** Positive when the Account has more of its normal side after it. */
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
}

/** Null for a Hold and for its release, which move nothing. */
export function postedOf(entry: Entry, normalSide: Side): PostedEntry | null {
  const { kind, side, amount, balanceAfter } = entry;
  if (kind !== 'SINGLE' && kind !== 'POST_PENDING') return null;
  const amountMinor = side === normalSide ? amount : -amount;
  return { ...entry, amountMinor, balanceMinor: balanceAfter.posted };
}

/** Entries as CSV, each with the balance after it; the header only where it begins. */
export function csvOfEntries(entries: readonly PostedEntry[], asset: AssetScale, isFirst: boolean): string {
  const rows = entries.map((entry) => [
    `${formatId('ent', entry.accountId)}_${entry.version}`,
    String(entry.version),
    entry.createdAt.toISOString(),
    formatAmount(entry.amountMinor, asset),
    asset.code,
    formatAmount(entry.balanceMinor, asset),
    entry.transactionId === null ? '' : formatId('txn', entry.transactionId),
    entry.description ?? '',
  ]);
  return `${isFirst ? csvHeader(HEADER) : ''}${csvRows(rows)}`;
}

/** Entries as a camt.053 of its own, with the balances before the first and after the last. */
export function camtOfEntries(
  accountId: Uuid,
  entries: readonly PostedEntry[],
  {
    firstVersion,
    ...of
  }: {
    readonly asset: AssetScale;
    readonly period: Period;
    readonly openingMinor: bigint;
    /** Of the first Entry of the part, posted or not; null for a part without any. */
    readonly firstVersion: bigint | null;
  },
): string {
  const id = formatId('acc', accountId);
  return writePart({
    ...of,
    id: `${firstVersion ?? of.period.from.replaceAll('-', '')}-${id.slice('acc_'.length)}`,
    accountId: id,
    lines: entries.map((entry) => ({
      id: String(entry.version),
      reference: entry.transactionId === null ? null : formatId('txn', entry.transactionId),
      endToEndId: null,
      amountMinor: entry.amountMinor,
      on: entry.createdAt.toISOString().slice(0, 10),
      text: entry.description,
    })),
  });
}
