import type { Uuid } from './id.ts';
import type { RedisLink } from './redis.ts';

/**
 * Rows that are read often and change seldom, in Redis. Each is kept with its row version; an invalidation leaves
 * a tombstone with the new version, so that a reader which fetched the old row just before cannot put it back.
 * Without Redis it always misses: correctness never rests on it.
 */
export interface EntityCache {
  /** One answer for each key, in order; undefined is a miss. */
  getMany(keys: readonly EntityKey[]): Promise<readonly (CachedEntity | undefined)[]>;
  /** Keeps what is not older than what is there already. */
  setMany(entities: readonly (CachedEntity & { readonly key: EntityKey })[]): Promise<void>;
  /** The entity is now at `version`: older values are dropped and refused for as long as they could arrive. */
  invalidate(changes: readonly { readonly key: EntityKey; readonly version: number }[]): Promise<void>;
}

export interface CachedEntity {
  readonly version: number;
  /** JSON text, as it was given to `setMany`. */
  readonly json: string;
}

/** What is read through the cache; what changes with every posting, as Accounts do, is not worth keeping. */
export type EntityKind = 'Customer' | 'Wallet';
export type EntityKey = `omsx:entity:${EntityKind}:${Uuid}`;

/** The kind is part of the key, because a Wallet has the uuid of the Account that backs it. */
export function entityKey(kind: EntityKind, id: Uuid): EntityKey {
  return `omsx:entity:${kind}:${id}`;
}

/** Longer than any statement may run (30 s), so that a tombstone outlives every reader of the old row. */
export const ENTITY_LIFETIME_MS = 60_000;

/**
 * Stores `version:json`, or the tombstone `version:`, unless something newer is there. KEYS[1] key, ARGV[1]
 * version, ARGV[2] json, ARGV[3] lifetime. A tombstone does not replace a value of its own version.
 */
const STORE_UNLESS_NEWER = `
local stored = redis.call('GET', KEYS[1])
if stored then
  local version = tonumber(string.match(stored, '^%d+'))
  local given = tonumber(ARGV[1])
  if version > given or (version == given and ARGV[2] == '') then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'PX', ARGV[3])
return 1`;

const TOMBSTONE = '';

export function createEntityCache(redis: RedisLink | null): EntityCache {
  async function store(
    entries: readonly { readonly key: EntityKey; readonly version: number; readonly json: string }[],
  ): Promise<void> {
    if (entries.length === 0) return;
    await redis?.attempt(async (client) => {
      const pipeline = client.pipeline();
      for (const { key, version, json } of entries) {
        pipeline.eval(STORE_UNLESS_NEWER, 1, key, String(version), json, String(ENTITY_LIFETIME_MS));
      }
      await pipeline.exec();
    });
  }

  return {
    async getMany(keys) {
      if (keys.length === 0) return [];
      const stored = await redis?.attempt((client) => client.mget([...keys]));
      return keys.map((_, index) => parseStored(stored?.[index] ?? null));
    },
    setMany: (entities) => store(entities),
    invalidate: (changes) => store(changes.map(({ key, version }) => ({ key, version, json: TOMBSTONE }))),
  };
}

function parseStored(stored: string | null): CachedEntity | undefined {
  if (stored === null) return undefined;
  const colon = stored.indexOf(':');
  const json = stored.slice(colon + 1);
  return json === TOMBSTONE ? undefined : { version: Number(stored.slice(0, colon)), json };
}
