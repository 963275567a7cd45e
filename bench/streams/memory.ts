import { setTimeout as sleep } from 'node:timers/promises';
import { readNodeMemoryMb } from '../processes.ts';

const POLL_MS = 1_000;
const STILL_MB = 1;
const STILL_TIMES = 3;
const WAIT_MAX_MS = 20_000;

/** Resident memory in MB once it has stopped moving: what opening leaves behind is collected late. Null without /proc. */
export async function readSettledMb(pid: number): Promise<number | null> {
  const deadlineMs = performance.now() + WAIT_MAX_MS;
  let before = await readNodeMemoryMb([pid]);
  let still = 0;
  while (before !== null && still < STILL_TIMES && performance.now() < deadlineMs) {
    await sleep(POLL_MS);
    const now = await readNodeMemoryMb([pid]);
    still = now !== null && Math.abs(now - before) < STILL_MB ? still + 1 : 0;
    before = now;
  }
  return before;
}
