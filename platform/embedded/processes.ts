import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errnoOf } from './errors.ts';

const run = promisify(execFile);

const pollIntervalMs = 10;
const psTimeoutMs = 5_000;

/**
 * A token that tells this process from a later one that got the same pid: its start time. Undefined when there is no
 * such process, or only a zombie that nobody has reaped (a container's first process often reaps nothing, and
 * `kill(pid, 0)` calls such a corpse alive).
 */
export async function findStartToken(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? await readProcStat(pid) : await askPs(pid);
}

async function readProcStat(pid: number): Promise<string | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command name may itself hold blanks and brackets, so fields are counted from the last bracket: state is the
  // first one after it (field 3), the start time in clock ticks is field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? undefined : fields[19];
}

async function askPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { timeout: psTimeoutMs });
    const [state = '', ...started] = stdout.trim().split(/\s+/);
    return state.startsWith('Z') || started.length === 0 ? undefined : started.join('-').replaceAll(':', '');
  } catch {
    return undefined;
  }
}

/**
 * Whether process `pid` works on `folder`: by its current directory on Linux (it follows a folder that was moved),
 * elsewhere by its command line.
 */
export async function isWorkingIn(pid: number, folder: string): Promise<boolean> {
  if ((await findStartToken(pid)) === undefined) return false;
  try {
    if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`)) === folder;
    const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)], { timeout: psTimeoutMs });
    return stdout.includes(folder);
  } catch {
    return false;
  }
}

/** Waits until process `pid` has ended; false when it still lives after `timeoutMs`. */
export async function waitForExit(pid: number, timeoutMs: number): Promise<boolean> {
  const token = await findStartToken(pid);
  if (token === undefined) return true;
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    await sleep(pollIntervalMs);
    if ((await findStartToken(pid)) !== token) return true;
  }
  return false;
}

/** One rung of a shutdown: the signal, and how long the process gets to obey it. */
export type ShutdownStep = { readonly signal: NodeJS.Signals; readonly waitMs: number };

/**
 * Sends the signals in order until process `pid` has ended. Safe to repeat: a process that is gone already is a
 * success. Throws when the last step did not help either.
 */
export async function endProcess(pid: number, steps: readonly ShutdownStep[]): Promise<void> {
  for (const { signal, waitMs } of steps) {
    sendSignal(pid, signal);
    if (await waitForExit(pid, waitMs)) return;
  }
  throw new Error(`Process ${pid} did not end after ${steps.map((step) => step.signal).join(', ')}.`);
}

/** Sends a signal; a process that no longer exists is not an error, one that may not be signalled is. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
