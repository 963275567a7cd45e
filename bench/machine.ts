import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

/** Fields of the first line of proc(5) stat that are time not worked: idle and iowait. */
const WAITING_FIELDS = new Set([4, 5]);
/** guest and guest_nice are within user and nice already. */
const FIELDS_MAX = 8;
const TICK_MS = 10;
/** Looked up before this process is kept to one of them. */
export const CORES = availableParallelism();

/** CPU time that the whole machine has worked so far, in milliseconds over all cores; null without /proc. */
export async function readMachineMs(): Promise<number | null> {
  const text = await readFile('/proc/stat', 'utf8').catch(() => null);
  const fields = /^cpu .*/
    .exec(text ?? '')?.[0]
    .trim()
    .split(/ +/);
  if (fields === undefined) return null;
  return fields
    .slice(0, FIELDS_MAX + 1)
    .reduce(
      (sum, value, index) =>
        index === 0 || WAITING_FIELDS.has(index) ? sum : sum + Number.parseInt(value, 10) * TICK_MS,
      0,
    );
}

/** Share of the machine, in percent, that was neither idle nor used by what we measured. */
export function othersShare(busyMs: number, measuredMs: number, elapsedMs: number): number {
  return Math.max(0, ((busyMs - measuredMs) / (elapsedMs * CORES)) * 100);
}
