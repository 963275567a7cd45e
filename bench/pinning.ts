import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { readTree } from './cpu.ts';

const run = promisify(execFile);

/** Keeps what is measured on a core of its own, away from what puts load on it. */
export interface Pinning {
  /** For the table. */
  readonly description: string;
  /** The process, all that descends from it, and all threads of those. Later ones inherit it. */
  pinMeasured(rootPid: number): Promise<void>;
  pinLoad(rootPid: number): Promise<void>;
  /** May run anywhere again. */
  release(rootPid: number): Promise<void>;
}

const MEASURED_CORE = 1;

/** Without taskset, or on one core, nothing is pinned and the description says so. */
export async function openPinning(): Promise<Pinning> {
  const cores = availableParallelism();
  const hasTaskset = await run('taskset', ['--version']).then(
    () => true,
    () => false,
  );
  if (!hasTaskset || cores < 2) {
    const reason = hasTaskset ? 'there is one core' : 'there is no taskset';
    const nothing = (): Promise<void> => Promise.resolve();
    return { description: `not pinned: ${reason}`, pinMeasured: nothing, pinLoad: nothing, release: nothing };
  }
  const others = cores === 2 ? '0' : `0,2-${cores - 1}`;
  return {
    description: `the gateway on core ${MEASURED_CORE}, generator, subgraphs and Postgres on ${others}`,
    pinMeasured: (pid) => pin(pid, String(MEASURED_CORE)),
    pinLoad: (pid) => pin(pid, others),
    release: (pid) => pin(pid, `0-${cores - 1}`),
  };
}

async function pin(rootPid: number, cores: string): Promise<void> {
  for (const pid of (await readTree([rootPid])).keys()) {
    // One of them may have ended since.
    await run('taskset', ['-a', '-c', '-p', cores, String(pid)]).catch(() => undefined);
  }
}
