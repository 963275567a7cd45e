import { readdir, readFile } from 'node:fs/promises';

/** /proc counts in ticks of 10 ms on every Linux that Node runs on (USER_HZ). */
export const TICK_MS = 10;

/** CPU time of this process so far, user and system, in milliseconds. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * CPU time so far of a process and all that descend from it, in milliseconds: a server with its backends,
 * those that have ended included. Null where there is no /proc.
 */
export async function treeCpuMs(rootPid: number): Promise<number | null> {
  const tree = await readTree([rootPid]);
  const ticks = [...tree.values()].reduce((sum, entry) => sum + entry.ticks + entry.endedChildrenTicks, 0);
  return tree.size === 0 ? null : ticks * TICK_MS;
}

export interface ProcessTimes {
  readonly parentPid: number;
  readonly ticks: number;
  readonly endedChildrenTicks: number;
}

/** The roots and all that descends from them, by process id; empty where there is no /proc. */
export async function readTree(rootPids: readonly number[]): Promise<ReadonlyMap<number, ProcessTimes>> {
  const found = await readProcesses();
  const tree = new Map([...found].filter(([pid]) => rootPids.includes(pid)));
  // A child may have a lower number than its parent once numbers wrap, so look until nothing is added.
  for (let size = -1; size !== tree.size; ) {
    size = tree.size;
    for (const [pid, entry] of found) if (tree.has(entry.parentPid)) tree.set(pid, entry);
  }
  return tree;
}

async function readProcesses(): Promise<ReadonlyMap<number, ProcessTimes>> {
  const names = await readdir('/proc').catch(() => []);
  const found = new Map<number, ProcessTimes>();
  await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => null);
        if (text !== null) found.set(Number.parseInt(name, 10), parseStat(text));
      }),
  );
  return found;
}

/** Fields of proc(5) stat; the command in field 2 may itself contain blanks and brackets. */
function parseStat(text: string): ProcessTimes {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number.parseInt(fields[number - 3] ?? '0', 10);
  return { parentPid: field(4), ticks: field(14) + field(15), endedChildrenTicks: field(16) + field(17) };
}
