import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { SplitRole } from '../platform/config.ts';
import type { Environment } from '../platform/configReader.ts';
import type { Logger } from '../platform/log.ts';
import { projectRoot } from '../platform/paths.ts';

/** A role that ended by itself is started again, later each time it does so in a row. */
const RESTART_MS = 500;
const RESTART_MS_MAX = 30_000;
/** One that ran so long has not ended in a row. */
const STEADY_MS = 60_000;
const STOP_WAIT_MS = 10_000;

export interface ChildRole {
  /** Asks it to stop and ends it when it does not. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Runs one role in a process of its own beside this one: the same program, on the same servers. Its standard input is
 * a pipe of ours, so that it notices when we are gone, however we ended.
 */
export function startChildRole(role: SplitRole, environment: Environment, logger: Logger): ChildRole {
  let child: ChildProcess;
  let isStopping = false;
  let attempts = 0;
  let timer: NodeJS.Timeout | undefined;

  function start(): void {
    const startedMs = performance.now();
    child = spawn(process.execPath, [...process.execArgv, join(projectRoot, 'bin', 'omsx.mjs'), role], {
      env: { ...environment, OMSX_STOP_WITH_STDIN: 'true' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin?.on('error', () => undefined);
    forwardLog(child);
    child.once('error', (error) => logger.error({ err: error, role }, 'a role could not be started'));
    child.once('exit', (code, signal) => {
      if (isStopping) return;
      attempts = performance.now() - startedMs > STEADY_MS ? 0 : attempts + 1;
      const delayMs = Math.min(RESTART_MS * 2 ** attempts, RESTART_MS_MAX);
      logger.error({ role, code, signal, delayMs }, 'a role ended by itself and is started again');
      timer = setTimeout(start, delayMs);
    });
  }

  start();
  return {
    async close() {
      isStopping = true;
      clearTimeout(timer);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), STOP_WAIT_MS);
      await ended;
      clearTimeout(kill);
    },
  };
}

/** Its log goes where ours goes; what it says to a person at a terminal does not concern ours. */
function forwardLog({ stdout }: ChildProcess): void {
  let rest = '';
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) process.stdout.write(`${line}\n`);
  });
}
