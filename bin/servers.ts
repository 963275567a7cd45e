import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../platform/config.ts';
import { startChain } from '../platform/embedded/chain.ts';
import { addClaim, listClaims, releaseClaim, withExclusiveClaim } from '../platform/embedded/claims.ts';
import { describeWriteFault, EmbeddedServerError } from '../platform/embedded/errors.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import { startRedis } from '../platform/embedded/redis.ts';
import { deployLocal } from '../rails/onchain/deployLocal.ts';
import type { StopStep } from './shutdown.ts';
import { reportStep } from './terminal.ts';

/** Ours when they are free, so that a client's bookmark survives a restart; not the well-known ones. */
const postgresPort = 54_329;
const redisPort = 63_799;
const chainPort = 18_545;

const lockWaitMs = 10_000;
const postgresStopWaitMs = 35_000;
const redisStopWaitMs = 12_000;
const chainStopWaitMs = 12_000;
/** `finalized` is four blocks behind: a re-org of three can be shown without breaking what a chain promises. */
const chainEpochBlocks = 2;

export function postgresFolder(settings: Config): string {
  return join(settings.folder, 'postgres');
}

/** Makes sure that one "omsx up" at a time runs on this folder. Throws FOLDER_IN_USE, naming the other's pid. */
export async function claimFolder(folder: string): Promise<StopStep> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw describeWriteFault(error, folder);
  });
  const claim = await withExclusiveClaim(folder, 'lock', lockWaitMs, async () => {
    const [other] = await listClaims(folder, ['up']);
    if (other !== undefined) {
      throw new EmbeddedServerError(
        'FOLDER_IN_USE',
        `omsx is running already on ${folder}, as process ${other.pid}. Stop it first, or give OMSX_FOLDER another one.`,
      );
    }
    return await addClaim(folder, 'up');
  });
  return { name: 'Folder', waitMs: lockWaitMs, stop: () => releaseClaim(claim) };
}

export type Servers = {
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  /** Of the local chain that was started here. */
  readonly chainUrl: string | undefined;
};

/**
 * Starts what the settings do not point elsewhere, both at the same time, and adds each to `steps` as soon as it runs,
 * so that a caller whose start fails half-way can stop the other half.
 */
export async function startServers(settings: Config, steps: StopStep[]): Promise<Servers> {
  const [database, redis, chain] = await Promise.allSettled([
    provideDatabase(settings, steps),
    provideRedis(settings, steps),
    provideChain(settings, steps),
  ]);
  if (database.status === 'rejected') throw database.reason;
  if (redis.status === 'rejected') throw redis.reason;
  if (chain.status === 'rejected') throw chain.reason;
  return { databaseUrl: database.value, redisUrl: redis.value, chainUrl: chain.value };
}

async function provideDatabase(settings: Config, steps: StopStep[]): Promise<string> {
  if (settings.databaseUrl !== undefined) return settings.databaseUrl;
  const startedMs = performance.now();
  const postgres = await startPostgres({ folder: postgresFolder(settings), port: postgresPort });
  steps.push({ name: 'Postgres', waitMs: postgresStopWaitMs, stop: postgres.stop });
  const how = postgres.origin === 'adopted' ? 'found running' : 'started';
  reportStep(`Postgres ${how} on ${postgres.host}:${postgres.port}`, startedMs);
  return postgres.url;
}

async function provideRedis(settings: Config, steps: StopStep[]): Promise<string | undefined> {
  if (settings.redisUrl !== undefined) return settings.redisUrl;
  const startedMs = performance.now();
  const redis = await startRedis({ folder: join(settings.folder, 'redis'), port: redisPort });
  if ('absent' in redis) {
    reportStep(`Going on without Redis, with slower live updates. ${redis.absent}`, startedMs);
    return undefined;
  }
  steps.push({ name: 'Redis', waitMs: redisStopWaitMs, stop: redis.stop });
  reportStep(`Redis started on ${new URL(redis.url).host}`, startedMs);
  return redis.url;
}

/** A chain of our own for LOCAL, with the contracts on it; none for a live deployment, or where one is configured. */
async function provideChain(settings: Config, steps: StopStep[]): Promise<string | undefined> {
  if (settings.mode === 'live' || settings.rpcUrls.LOCAL !== undefined) return undefined;
  const startedMs = performance.now();
  const chain = await startChain({
    folder: join(settings.folder, 'chain'),
    port: chainPort,
    epochBlocks: chainEpochBlocks,
  });
  if ('absent' in chain) {
    reportStep(`Going on without a local chain. ${chain.absent}`, startedMs);
    return undefined;
  }
  steps.push({ name: 'Local chain', waitMs: chainStopWaitMs, stop: chain.stop });
  await deployLocal(chain.url);
  const how = chain.origin === 'adopted' ? 'found running' : 'started';
  reportStep(`Local chain ${how} on ${new URL(chain.url).host}`, startedMs);
  return chain.url;
}
