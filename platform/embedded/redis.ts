import { withExclusiveClaim } from './claims.ts';
import { type Absence, defaultRedisCache, findRedisBinary, type RedisSearch } from './redisBinary.ts';
import { ensureRedisServer, stopRedisServer } from './redisServer.ts';
import { joinUsers, listUsers, makeServerFolder } from './serverFolder.ts';

export type RedisOptions = {
  /** Where configuration, password and log are kept; made when it is missing. */
  readonly folder: string;
  /** The port to use when it is free. Otherwise the one of the last run, otherwise any. */
  readonly port?: number;
  /** A server of the operator's (REDIS_URL): it is used as it is, and nothing is started. */
  readonly url?: string;
  /** False (the default): FOLDER_IN_USE when another live process owns the folder. True: join its server. */
  readonly shared?: boolean;
  /** Where to look for a server program; for tests. */
  readonly search?: Partial<RedisSearch>;
};

export type EmbeddedRedis = {
  readonly url: string;
  /** Shuts the server down, unless another process still uses it or it is the operator's. Safe to repeat. */
  stop(): Promise<void>;
};

const lockWaitMs = 30_000;

/**
 * Starts the embedded Redis of a folder, or takes over the one that a killed run left behind. Redis is never the
 * record, so nothing is persisted, and its absence is a result (`absent` says why) rather than an error. Throws
 * EmbeddedServerError when a server exists but cannot be started; safe to retry.
 */
export async function startRedis(options: RedisOptions): Promise<EmbeddedRedis | Absence> {
  if (options.url !== undefined) return { url: options.url, stop: () => Promise.resolve() };
  const folder = await makeServerFolder(options.folder);
  const isShared = options.shared === true;
  return await withExclusiveClaim(folder, 'lock', lockWaitMs, async () => {
    await listUsers(folder, isShared);
    const binary = await findRedisBinary({
      // The PATH is the machine's, not a setting of ours, so it does not come through the configuration.
      searchPath: options.search?.searchPath ?? process.env.PATH ?? '',
      cacheFolder: options.search?.cacheFolder ?? defaultRedisCache,
      mayDownload: options.search?.mayDownload ?? true,
    });
    if ('absent' in binary) return binary;
    const url = await ensureRedisServer({ folder, binary, preferredPort: options.port });
    return { url, stop: await joinUsers(folder, isShared, lockWaitMs, () => stopRedisServer(folder)) };
  });
}
