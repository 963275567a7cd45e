import { readPage, toConnection } from '../../../../platform/connection.ts';
import { ApiError } from '../../../../platform/errors.ts';
import { isUuid, type Uuid } from '../../../../platform/id.ts';
import { requireWholeOrganization } from '../../../../platform/viewer.ts';
import { addDays, findDate } from '../../../../rails/bank/calendar/civilDate.ts';
import { CURRENCY_SCALES } from '../../../../rails/bank/iso20022/decimal.ts';
import { type ItemFilter, listReconciliationItems } from '../../../../rails/bank/reconcile/readItems.ts';
import {
  type AccountPeriod,
  type LinePlace,
  readAccountLines,
} from '../../../../rails/bank/statements/readAccountLines.ts';
import { camtOfLines, csvOfItems, csvOfLines } from '../../adapters/files/reconciliationFiles.ts';
import type { Context } from '../../context.ts';
import type { ExportPart, QueryExportBankStatementArgs } from '../../generated/resolvers.ts';

export const EXPORT_SIZE_MAX = 1_000;
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff' as Uuid;

interface PartArgs {
  readonly first: number;
  readonly after?: string | null | undefined;
}

/** @throws {ApiError} BAD_USER_INPUT for a size or a cursor that is none */
function readPart({ first, after }: PartArgs): ReturnType<typeof readPage> {
  if (!Number.isInteger(first) || first < 1 || first > EXPORT_SIZE_MAX)
    throw new ApiError('BAD_USER_INPUT', `first must be from 1 to ${EXPORT_SIZE_MAX}, got ${first}`);
  return { ...readPage({ first: 1, after }), limit: first };
}

/** @throws {ApiError} BAD_USER_INPUT for a period, an Asset or a place that cannot be exported */
export async function exportBankStatement(
  args: QueryExportBankStatementArgs,
  { reads, viewer, assets }: Context,
): Promise<ExportPart> {
  requireWholeOrganization(viewer);
  const { input } = args;
  const page = readPart(args);
  const period = readPeriod(input);
  const asset = assets.get(input.asset);
  if (!asset) throw new ApiError('BAD_USER_INPUT', 'asset: the code of an asset that we keep books in');
  if (input.format === 'CAMT_053' && CURRENCY_SCALES.get(asset.code) !== asset.scale)
    throw new ApiError('BAD_USER_INPUT', `${asset.code} is no currency of ISO 4217: expected the format CSV`);
  const after = page.from === null ? { on: addDays(period.from, -1), id: LAST_UUID } : placeOf(page.from);
  const { organizationId } = viewer;
  const read = await readAccountLines(reads, organizationId, period, after, page.limit + 1);
  const { pageInfo } = toConnection(read.lines, page, ({ bookedOn, id }) => `${bookedOn} ${id}`);
  const lines = read.lines.slice(0, page.limit);
  const content =
    input.format === 'CSV'
      ? csvOfLines(lines, asset, page.from === null)
      : camtOfLines(lines, { period, asset, openingMinor: read.openingMinor, after });
  return { content, count: lines.length, hasNextPage: pageInfo.hasNextPage, endCursor: pageInfo.endCursor };
}

/** @throws {ApiError} BAD_USER_INPUT for a size or a cursor that is none */
export async function exportReconciliationItems(
  filter: ItemFilter,
  part: PartArgs,
  { reads, viewer, assets }: Context,
): Promise<ExportPart> {
  requireWholeOrganization(viewer);
  const page = readPart(part);
  if (page.from !== null && !isUuid(page.from))
    throw new ApiError('BAD_USER_INPUT', 'after is not a cursor of this list');
  const rows = await listReconciliationItems(reads, viewer.organizationId, page, filter);
  const { pageInfo } = toConnection(rows, page, ({ id }) => id);
  const items = rows.slice(0, page.limit);
  const content = csvOfItems(items, assets, page.from === null);
  return { content, count: items.length, hasNextPage: pageInfo.hasNextPage, endCursor: pageInfo.endCursor };
}

function readPeriod({ adapter, asset, from, to }: AccountPeriod): AccountPeriod {
  for (const day of [from, to]) {
    if (findDate(day) === null)
      throw new ApiError('BAD_USER_INPUT', 'from and to: days such as 2026-03-01 are expected');
  }
  return { adapter, asset, from, to };
}

function placeOf(key: string): LinePlace {
  const [on = '', id = ''] = key.split(' ');
  if (findDate(on) === null || !isUuid(id))
    throw new ApiError('BAD_USER_INPUT', 'after is not a cursor of this list');
  return { on, id };
}
