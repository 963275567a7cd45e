import { readFile } from 'node:fs/promises';

const NS_PER_MS = 1_000_000;

/**
 * How long the main thread of a process could have run and did not, because others had the cores, in milliseconds since
 * its start: proc(5) schedstat. Null where that is not told.
 */
export async function readCoreWaitMs(pid: number): Promise<number | null> {
  const text = await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').catch(() => '');
  const waitedNs = Number.parseInt(text.split(' ')[1] ?? '', 10);
  return Number.isNaN(waitedNs) ? null : waitedNs / NS_PER_MS;
}
