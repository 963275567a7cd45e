import { type EntityCache, type EntityKind, entityKey } from './cache.ts';
import type { Uuid } from './id.ts';
import { present } from './invariant.ts';

/** What a row needs to be kept: whose it is, and which of two is newer. */
export interface VersionedRow {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly version: number;
}

export interface CachedRows<Row extends VersionedRow> {
  readonly cache: EntityCache;
  readonly kind: EntityKind;
  /** JSON has no dates; these fields are made dates again. */
  readonly dateFields: readonly (keyof Row & string)[];
  /** From the record, as the organization; null for a row that is not its own. */
  readonly find: (organizationId: Uuid, ids: readonly Uuid[]) => Promise<readonly (Row | null)[]>;
}

/**
 * The rows in the order of `ids`, from the cache where it has them. A cached row of another organization is null
 * without a look at the record: row level security does not reach Redis, so the check is made here. Rows that are
 * not there are not remembered. Safe to retry.
 */
export async function findThroughCache<Row extends VersionedRow>(
  source: CachedRows<Row>,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly (Row | null)[]> {
  const { cache, kind, dateFields, find } = source;
  const cached = await cache.getMany(ids.map((id) => entityKey(kind, id)));
  const found = new Map<Uuid, Row>();
  for (const entity of cached) {
    if (!entity) continue;
    const row = revive<Row>(entity.json, dateFields);
    found.set(row.id, row);
  }
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0) {
    const rows = (await find(organizationId, missing)).filter((row) => row !== null);
    for (const row of rows) found.set(row.id, row);
    await cache.setMany(
      rows.map((row) => ({ key: entityKey(kind, row.id), version: row.version, json: JSON.stringify(row) })),
    );
  }
  return ids.map((id) => {
    const row = found.get(id);
    return row && row.organizationId === organizationId ? row : null;
  });
}

/** Reads the record in any case and puts what it finds into the cache: for after a change. */
export function refreshing<Row extends VersionedRow>(source: CachedRows<Row>): CachedRows<Row> {
  const { cache } = source;
  return { ...source, cache: { ...cache, getMany: async (keys) => keys.map(() => undefined) } };
}

function revive<Row extends VersionedRow>(json: string, dateFields: readonly (keyof Row & string)[]): Row {
  const row = JSON.parse(json) as Record<string, unknown>;
  for (const field of dateFields) {
    if (row[field] !== null) row[field] = new Date(present(row[field] as string | undefined, field));
  }
  return row as Row;
}
