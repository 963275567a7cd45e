import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWriteFault, EmbeddedServerError } from './errors.ts';
import { findStartToken } from './processes.ts';

/**
 * Claims: who uses a folder, as one file a claimant, named `<role>.<pid>.<start time>.<serial>.claim`.
 *
 * Why not one lock file: taking over a stale one has a race (two processes judge the same corpse, the second deletes
 * the first one's fresh lock). Here a name is never used twice, so that removing a dead process's claim can never
 * remove a live one, and a crash leaves nothing that a person has to delete.
 */
export type Claim = { readonly role: string; readonly pid: number; readonly file: string };

const claimSuffix = '.claim';
const backoffMinMs = 10;
const backoffSpreadMs = 30;
const backoffSpreadMaxMs = 480;

let serialLast = 0;

/** Writes a claim of this process. Release it with `releaseClaim`; a killed process's claim dies with it. */
export async function addClaim(folder: string, role: string): Promise<Claim> {
  const startToken = await findStartToken(process.pid);
  serialLast += 1;
  const name = `${role}.${process.pid}.${startToken ?? '0'}.${serialLast}${claimSuffix}`;
  const file = join(folder, name);
  try {
    await writeFile(file, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw describeWriteFault(error, folder);
  }
  return { role, pid: process.pid, file };
}

/** Removes a claim; safe to repeat. */
export async function releaseClaim(claim: Claim): Promise<void> {
  await rm(claim.file, { force: true });
}

/** The claims of live processes with one of these roles, oldest process first; files of dead ones are removed. */
export async function listClaims(folder: string, roles: readonly string[]): Promise<readonly Claim[]> {
  const live: Claim[] = [];
  const names = (await readdir(folder)).filter((name) => name.endsWith(claimSuffix)).sort(compareClaims);
  for (const name of names) {
    const [role = '', pidText = '', startToken = ''] = name.split('.');
    const pid = Number.parseInt(pidText, 10);
    if (!roles.includes(role) || !Number.isSafeInteger(pid)) continue;
    const file = join(folder, name);
    if ((await findStartToken(pid)) === startToken) live.push({ role, pid, file });
    else await rm(file, { force: true });
  }
  return live;
}

/** Claims carry a total order (start time, pid, serial), so that of two rivals exactly one gives way. */
function compareClaims(left: string, right: string): number {
  const [, leftPid = '', leftStart = '', leftSerial = ''] = left.split('.');
  const [, rightPid = '', rightStart = '', rightSerial = ''] = right.split('.');
  return (
    leftStart.localeCompare(rightStart, 'en', { numeric: true }) ||
    leftPid.localeCompare(rightPid, 'en', { numeric: true }) ||
    leftSerial.localeCompare(rightSerial, 'en', { numeric: true })
  );
}

/**
 * Runs `work` while no other process (nor another call in this one) runs under the same `role` on this folder.
 * The lock is held only for that long. Throws FOLDER_IN_USE, naming the holder, after `waitMs`.
 */
export async function withExclusiveClaim<T>(
  folder: string,
  role: string,
  waitMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const claim = await takeExclusiveClaim(folder, role, waitMs);
  try {
    return await work();
  } finally {
    await releaseClaim(claim);
  }
}

/**
 * Writes a claim, then looks: whoever sees no other claim holds the lock (of two who wrote, the later look sees
 * both). Whoever sees an earlier one takes its own back, so that rivals do not block each other, and tries again,
 * each time later than before: many rivals on a busy machine would otherwise never leave the first one alone.
 */
async function takeExclusiveClaim(folder: string, role: string, waitMs: number): Promise<Claim> {
  const deadline = performance.now() + waitMs;
  for (let spreadMs = backoffSpreadMs; ; spreadMs = Math.min(spreadMs * 2, backoffSpreadMaxMs)) {
    const own = await addClaim(folder, role);
    const all = await listClaims(folder, [role]);
    const rival = all.find((claim) => claim.file !== own.file);
    if (rival === undefined) return own;
    const isFirst = all[0]?.file === own.file;
    if (isFirst && (await isAlone(own, folder, deadline))) return own;
    await releaseClaim(own);
    if (performance.now() >= deadline) {
      throw new EmbeddedServerError(
        'FOLDER_IN_USE',
        `Process ${rival.pid} has been starting or stopping something in ${folder} for more than ${waitMs} ms.`,
      );
    }
    await sleep(backoffMinMs + Math.random() * spreadMs);
  }
}

/** The first in order keeps its claim while later ones take theirs back; one that stays is the holder. */
async function isAlone(own: Claim, folder: string, deadline: number): Promise<boolean> {
  while (performance.now() < deadline) {
    const all = await listClaims(folder, [own.role]);
    if (all.every((claim) => claim.file === own.file)) return true;
    await sleep(backoffMinMs);
  }
  return false;
}
