import { toConnection } from '../../../../platform/connection.ts';
import { ApiError } from '../../../../platform/errors.ts';
import { type ExportPart, partOf, readPart } from '../../../../platform/exportPart.ts';
import { isUuid, type Uuid } from '../../../../platform/id.ts';
import { requireWholeOrganization } from '../../../../platform/viewer.ts';
import { addDays, findDate } from '../../../../rails/bank/calendar/civilDate.ts';
import { type ItemFilter, listReconciliationItems } from '../../../../rails/bank/reconcile/readItems.ts';
import { readPeriod } from '../../../../rails/bank/statements/period.ts';
import { type LinePlace, readAccountLines } from '../../../../rails/bank/statements/readAccountLines.ts';
import { hasCamt } from '../../../../rails/bank/statements/writePart.ts';
import { camtOfLines, csvOfItems, csvOfLines } from '../../adapters/files/reconciliationFiles.ts';
import type { Context } from '../../context.ts';
import type { QueryExportBankStatementArgs } from '../../generated/resolvers.ts';

const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff' as Uuid;

type PartArgs = Parameters<typeof readPart>[0];

/** @throws {ApiError} BAD_USER_INPUT for a period, an Asset or a place that cannot be exported */
export async function exportBankStatement(
  args: QueryExportBankStatementArgs,
  { reads, viewer, assets }: Context,
): Promise<ExportPart> {
  requireWholeOrganization(viewer);
  const { input } = args;
  const page = readPart(args);
  const period = { ...input, ...readPeriod(input) };
  const asset = assets.get(input.asset);
  if (!asset) throw new ApiError('BAD_USER_INPUT', 'asset: the code of an asset that we keep books in');
  if (input.format === 'CAMT_053' && !hasCamt(asset))
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
  return partOf(content, lines.length, pageInfo);
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
  return partOf(content, items.length, pageInfo);
}

function placeOf(key: string): LinePlace {
  const [on = '', id = ''] = key.split(' ');
  if (findDate(on) === null || !isUuid(id))
    throw new ApiError('BAD_USER_INPUT', 'after is not a cursor of this list');
  return { on, id };
}
