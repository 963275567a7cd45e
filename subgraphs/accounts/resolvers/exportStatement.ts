import type { LedgerAccount } from '../../../ledger/account.ts';
import { type Entry, type EntryRange, listEntries } from '../../../ledger/entries.ts';
import { toConnection } from '../../../platform/connection.ts';
import { ApiError } from '../../../platform/errors.ts';
import { type ExportPart, partOf, readPart } from '../../../platform/exportPart.ts';
import { present } from '../../../platform/invariant.ts';
import { addDays } from '../../../rails/bank/calendar/civilDate.ts';
import { readPeriod } from '../../../rails/bank/statements/period.ts';
import { hasCamt } from '../../../rails/bank/statements/writePart.ts';
import { camtOfEntries, csvOfEntries, type PostedEntry, postedOf } from '../adapters/accountStatement.ts';
import type { Context } from '../context.ts';
import type { QueryExportAccountStatementArgs } from '../generated/resolvers.ts';
import { versionOf } from './account.ts';
import { findAccount } from './byId.ts';

/** A year, and the day more that some have. */
export const EXPORT_DAYS_MAX = 366;

/**
 * A part of an Account's statement, for whoever may see its Entries; null for an Account that they may not. An Entry
 * never changes, so that a part asked for again is the same.
 *
 * @throws {ApiError} BAD_USER_INPUT for a period, a format or a place that cannot be exported
 */
export async function exportAccountStatement(
  { input, ...part }: QueryExportAccountStatementArgs,
  context: Context,
): Promise<ExportPart | null> {
  const page = readPart(part);
  const period = readPeriod(input, EXPORT_DAYS_MAX);
  const account = await findAccount(context, input.accountId);
  if (account === null) return null;
  const asset = present(context.services.assets.get(account.asset), `asset ${account.asset}`);
  if (input.format === 'CAMT_053' && !hasCamt(asset))
    throw new ApiError('BAD_USER_INPUT', `${asset.code} is no currency of ISO 4217: expected the format CSV`);
  const range = { from: startOf(period.from), to: startOf(addDays(period.to, 1)) };
  const entries = await read(context, account, range, {
    limit: page.limit + 1,
    newestFirst: false,
    ...(page.from === null ? {} : { afterVersion: versionOf(page.from) }),
  });
  const { pageInfo } = toConnection(entries, page, ({ version }) => String(version));
  const inPart = entries.slice(0, page.limit);
  const posted = inPart.flatMap((entry) => postedOf(entry, account.normalSide) ?? []);
  if (input.format === 'CSV')
    return partOf(csvOfEntries(posted, asset, page.from === null), posted.length, pageInfo);
  const firstVersion = inPart[0]?.version ?? null;
  const openingMinor = await openingOf(context, account, { range, inPart, posted });
  return partOf(
    camtOfEntries(account.id, posted, { asset, period, openingMinor, firstVersion }),
    posted.length,
    pageInfo,
  );
}

function read(
  { services, viewer }: Context,
  { id }: LedgerAccount,
  range: EntryRange,
  page: Parameters<typeof listEntries>[4],
): Promise<readonly Entry[]> {
  return listEntries(services.reader, viewer.organizationId, id, range, page);
}

/** What was posted before a part. Of one without an Entry that is what the last Entry before its end left. */
async function openingOf(
  context: Context,
  account: LedgerAccount,
  of: {
    readonly range: { readonly from: Date; readonly to: Date };
    readonly inPart: readonly Entry[];
    readonly posted: readonly PostedEntry[];
  },
): Promise<bigint> {
  const [first] = of.posted;
  if (first) return first.balanceMinor - first.amountMinor;
  const [held] = of.inPart;
  if (held) return held.balanceAfter.posted;
  const [last] = await read(context, account, { to: of.range.to }, { limit: 1, newestFirst: true });
  return last?.balanceAfter.posted ?? 0n;
}

function startOf(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}
