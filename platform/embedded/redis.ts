import { mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addClaim, listClaims, releaseClaim, withExclusiveClaim } from './claims.ts';
import { describeWriteFault, EmbeddedServerError } from './errors.ts';
import { type Absence, defaultRedisCache, findRedisBinary, type RedisSearch } from './redisBinary.ts';
import { ensureRedisServer, stopRedisServer } from './redisServer.ts';

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
  const folder = await makeFolder(options.folder);
  return await withExclusiveClaim(folder, 'lock', lockWaitMs, async () => {
    const others = await listClaims(folder, ['owner', 'guest']);
    const owner = others.find((claim) => claim.role === 'owner');
    if (owner !== undefined && options.shared !== true) {
      throw new EmbeddedServerError(
        'FOLDER_IN_USE',
        `Process ${owner.pid} is running on ${folder} already. Stop it first, or choose another folder.`,
      );
    }
    const binary = await findRedisBinary({
      // The PATH is the machine's, not a setting of ours, so it does not come through the configuration.
      searchPath: options.search?.searchPath ?? process.env.PATH ?? '',
      cacheFolder: options.search?.cacheFolder ?? defaultRedisCache,
      mayDownload: options.search?.mayDownload ?? true,
    });
    if ('absent' in binary) return binary;
    const url = await ensureRedisServer({ folder, binary, preferredPort: options.port });
    const claim = await addClaim(folder, options.shared === true ? 'guest' : 'owner');
    let stopped: Promise<void> | undefined;
    const leave = (): Promise<void> =>
      withExclusiveClaim(folder, 'lock', lockWaitMs, async () => {
        await releaseClaim(claim);
        const rest = await listClaims(folder, ['owner', 'guest']);
        if (rest.length === 0) await stopRedisServer(folder);
      });
    return {
      url,
      stop: () => {
        stopped ??= leave();
        return stopped;
      },
    };
  });
}

async function makeFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true });
    // Redis reports its folder without symbolic links; ours must compare equal.
    return await realpath(path);
  } catch (error) {
    throw describeWriteFault(error, path);
  }
}
