import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot, stateFolder } from '../../platform/paths.ts';

const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

/**
 * Uses the platform that runs, or starts one for as long as the caller needs it.
 *
 * @returns stops it again, if it was started here
 * @throws when it does not come up within 120 s
 */
export async function ensurePlatform(): Promise<() => Promise<void>> {
  if (await isReady()) return async () => undefined;
  process.stdout.write('Nothing is running yet: starting OMSX for the demo.\n');
  const child = spawn(process.execPath, [join(projectRoot, 'bin', 'omsx.mjs'), 'up'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`omsx up ended with code ${child.exitCode}`);
    if (Date.now() > deadline) {
      await stop(child);
      throw new Error(`omsx up was not ready within ${START_TIMEOUT_MS / 1000} s`);
    }
    await sleep(POLL_MS);
  }
  return () => stop(child);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await Promise.race([ended, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
}

async function isReady(): Promise<boolean> {
  try {
    const { graphql } = JSON.parse(readFileSync(join(stateFolder, 'credentials.json'), 'utf8')) as {
      graphql: string;
    };
    const response = await fetch(new URL('/ready', graphql), { signal: AbortSignal.timeout(2_000) });
    return response.ok;
  } catch {
    return false;
  }
}
