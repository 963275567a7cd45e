import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { treeCpuMs } from '../cpu.ts';
import type { System } from './system.ts';

/** CPU time so far, user and system, in milliseconds; null where it cannot be known. */
export interface Usage {
  /** All Node processes of the system, workers included. */
  readonly nodeMs: number | null;
  readonly postgresMs: number | null;
  readonly redisMs: number | null;
}

/** /proc counts in ticks of 10 ms on every Linux that Node runs on (USER_HZ). */
const TICK_MS = 10;

export async function readUsage(system: System): Promise<Usage> {
  const processes = await nodeProcesses(system.rootPids);
  const [postgresMs, redisMs] = await Promise.all([
    treeCpuMs(system.postgres.pid),
    system.redisUrl === null ? null : redisCpuMs(system.redisUrl),
  ]);
  return {
    nodeMs: processes.length === 0 ? null : processes.reduce((sum, found) => sum + found.ticks, 0) * TICK_MS,
    postgresMs,
    redisMs,
  };
}

/** Resident memory of the system's Node processes in MB, shared pages counted for each; null without /proc. */
export async function readMemoryMb(system: System): Promise<number | null> {
  const processes = await nodeProcesses(system.rootPids);
  if (processes.length === 0) return null;
  const sizes = await Promise.all(
    processes.map(async ({ pid }) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Number.parseInt(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? '0', 10) / 1_024;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Number of the system's Node processes, for the table. */
export async function countNodeProcesses(system: System): Promise<number> {
  return (await nodeProcesses(system.rootPids)).length;
}

export function perRequest(before: number | null, after: number | null, requests: number): number | null {
  return before === null || after === null || requests === 0 ? null : (after - before) / requests;
}

interface NodeProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly ticks: number;
}

/** The roots and what descends from them, as far as it runs this same Node: not Postgres, not Redis. */
async function nodeProcesses(rootPids: readonly number[]): Promise<readonly NodeProcess[]> {
  const names = await readdir('/proc').catch(() => []);
  const node = await realpath(process.execPath);
  const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readProcess));
  const all = found.filter((entry) => entry !== null);
  const tree = new Map(all.filter(({ pid }) => rootPids.includes(pid)).map((entry) => [entry.pid, entry]));
  // A child may have a lower number than its parent once numbers wrap, so look until nothing is added.
  for (let size = -1; size !== tree.size; ) {
    size = tree.size;
    for (const entry of all) if (tree.has(entry.parentPid)) tree.set(entry.pid, entry);
  }
  const ours = await Promise.all(
    [...tree.values()].map(async (entry) =>
      (await readlink(`/proc/${entry.pid}/exe`).catch(() => '')) === node ? entry : null,
    ),
  );
  return ours.filter((entry) => entry !== null);
}

/** Fields of proc(5) stat, counted from the bracket that ends the command. */
async function readProcess(name: string): Promise<NodeProcess | null> {
  const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number.parseInt(fields[number - 3] ?? '0', 10);
  return { pid: Number.parseInt(name, 10), parentPid: field(4), ticks: field(14) + field(15) };
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
