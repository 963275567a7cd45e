import { readFile, readlink, realpath } from 'node:fs/promises';
import { readTree, TICK_MS } from './cpu.ts';

const KB_PER_MB = 1_024;

/** CPU time so far of all Node processes that descend from the roots, threads included; null without /proc. */
export async function readNodeCpuMs(rootPids: readonly number[]): Promise<number | null> {
  const processes = await nodeProcesses(rootPids);
  return processes.length === 0 ? null : processes.reduce((sum, { ticks }) => sum + ticks, 0) * TICK_MS;
}

/** Resident memory of the same processes in MB, shared pages counted for each; null without /proc. */
export async function readNodeMemoryMb(rootPids: readonly number[]): Promise<number | null> {
  return await sumField(rootPids, 'status', 'VmRSS');
}

/**
 * The most that each of them ever had resident, in MB, with the pages of files, which are of Node's own program, counted
 * once for all of them: a second process does not bring them in again. Null without /proc.
 */
export async function readNodePeakMb(rootPids: readonly number[]): Promise<number | null> {
  const peaks = await sumField(rootPids, 'status', 'VmHWM');
  const files = await readField(rootPids, 'status', 'RssFile');
  return peaks === null || files === null ? null : peaks - sum(files) + Math.max(...files);
}

/** Their number, for the table. */
export async function countNodeProcesses(rootPids: readonly number[]): Promise<number> {
  return (await nodeProcesses(rootPids)).length;
}

/** Resident memory in MB with shared pages, such as those of Node's own program, divided among who shares them. */
export async function readNodeShareMb(rootPids: readonly number[]): Promise<number | null> {
  return await sumField(rootPids, 'smaps_rollup', 'Pss');
}

async function sumField(...parameters: Parameters<typeof readField>): Promise<number | null> {
  const sizes = await readField(...parameters);
  return sizes === null ? null : sum(sizes);
}

/** In MB, of each process. */
async function readField(
  rootPids: readonly number[],
  file: 'status' | 'smaps_rollup',
  field: string,
): Promise<readonly number[] | null> {
  const processes = await nodeProcesses(rootPids);
  if (processes.length === 0) return null;
  return await Promise.all(
    processes.map(async ({ pid }) => {
      const status = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
      return Number.parseInt(found ?? '0', 10) / KB_PER_MB;
    }),
  );
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}

interface NodeProcess {
  readonly pid: number;
  readonly ticks: number;
}

/** The roots and what descends from them, as far as it runs this same Node: not Postgres, not Redis. */
async function nodeProcesses(rootPids: readonly number[]): Promise<readonly NodeProcess[]> {
  const node = await realpath(process.execPath);
  const tree = [...(await readTree(rootPids))];
  const ours = await Promise.all(
    tree.map(async ([pid, { ticks }]) =>
      (await readlink(`/proc/${pid}/exe`).catch(() => '')) === node ? { pid, ticks } : null,
    ),
  );
  return ours.filter((entry) => entry !== null);
}
