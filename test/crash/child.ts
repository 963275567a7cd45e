import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process of ours that the test may kill, with what it says kept in a file. */
export interface Child {
  readonly pid: number;
  readonly hasEnded: () => boolean;
  /** Ends it as kill -9 does and waits until it is gone. Safe to repeat. */
  kill9(): Promise<void>;
  /** Asks it to end; kills it when it has not after `STOP_WAIT_MS`. Gives its exit code, null when killed. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ChildOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** All of it: nothing of the test run's own environment reaches the child but this. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Appended to, so that what was said before a kill stays. */
  readonly logFile: string;
}

const STOP_WAIT_MS = 15_000;
const POLL_MS = 20;

/** What any program needs of this machine and that says nothing about the platform. */
export function machineEnvironment(): Readonly<Record<string, string>> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'USER'] as const;
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** @throws when the program cannot be started at all */
export function startChild(options: ChildOptions): Child {
  const log = openSync(options.logFile, 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(options.program, options.args, {
      cwd: options.folder,
      env: { ...machineEnvironment(), ...options.environment },
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
  let ended = false;
  const exited = new Promise<number | null>((resolve) => {
    const settle = (code: number | null): void => {
      ended = true;
      resolve(code);
    };
    child.once('exit', settle);
    child.once('error', () => settle(null));
  });
  if (child.pid === undefined) throw new Error(`${options.program} could not be started`);
  return {
    pid: child.pid,
    hasEnded: () => ended,
    async kill9() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WAIT_MS);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
  };
}

/**
 * Waits until `isThere` says yes, asking again and again.
 *
 * @returns the milliseconds it took
 * @throws naming `what` after `timeoutMs`, or at once when `hasEnded`
 */
export async function waitFor(
  what: string,
  timeoutMs: number,
  isThere: () => Promise<boolean>,
  hasEnded: () => boolean = () => false,
): Promise<number> {
  const startedMs = performance.now();
  while (!(await isThere())) {
    if (hasEnded()) throw new Error(`${what} ended instead`);
    if (performance.now() - startedMs > timeoutMs) throw new Error(`no ${what} within ${timeoutMs} ms`);
    await sleep(POLL_MS);
  }
  return performance.now() - startedMs;
}

const HEALTH_TIMEOUT_MS = 1_000;

/** Whether the process on this port says that it is well. */
export async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, {
      signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
