import { Redis } from 'ioredis';
import { treeCpuMs } from '../cpu.ts';
import { readNodeCpuMs } from '../processes.ts';
import type { System } from './system.ts';

/** CPU time so far, user and system, in milliseconds; null where it cannot be known. */
export interface Usage {
  /** All Node processes of the system, workers included. */
  readonly nodeMs: number | null;
  readonly postgresMs: number | null;
  readonly redisMs: number | null;
}

export async function readUsage(system: System): Promise<Usage> {
  const [nodeMs, postgresMs, redisMs] = await Promise.all([
    readNodeCpuMs(system.rootPids),
    treeCpuMs(system.postgres.pid),
    system.redisUrl === null ? null : redisCpuMs(system.redisUrl),
  ]);
  return { nodeMs, postgresMs, redisMs };
}

async function redisCpuMs(url: string): Promise<number | null> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  try {
    const info = await redis.info('cpu');
    const seconds = ['used_cpu_user', 'used_cpu_sys'].map((name) =>
      Number.parseFloat(new RegExp(`^${name}:(.+)$`, 'm').exec(info)?.[1] ?? 'NaN'),
    );
    const sum = seconds.reduce((total, value) => total + value, 0) * 1_000;
    return Number.isNaN(sum) ? null : sum;
  } catch {
    return null;
  } finally {
    redis.disconnect();
  }
}
