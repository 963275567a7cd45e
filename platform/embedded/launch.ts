import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLogLines, openLog } from './logs.ts';
import { endProcess, type ShutdownStep } from './processes.ts';

export type Launch = {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** All of it, beside a locale that messages are told by. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Writes down who runs. Before the first answer: were we killed then, the next run would know whom to look for. */
  readonly remember: (pid: number) => Promise<void>;
  readonly isReady: (pid: number) => Promise<boolean>;
  readonly readyTimeoutMs: number;
  readonly readyPollMs: number;
  readonly shutdownSteps: readonly ShutdownStep[];
};

/** One attempt at a server that outlives us: its pid once it is ready, or what it said before it ended or was ended. */
export async function launchServer(launch: Launch): Promise<number | string> {
  const { folder, logFile, readyTimeoutMs } = launch;
  const log = await openLog(logFile);
  try {
    const child = spawn(launch.program, launch.args, {
      cwd: folder,
      env: { LC_ALL: 'C', ...launch.environment },
      detached: true,
      stdio: ['ignore', log.handle.fd, log.handle.fd],
    });
    let failure: string | undefined;
    child.once('error', (error) => {
      failure = error.message;
    });
    child.once('exit', (code, signal) => {
      failure ??= `it ended with ${signal ?? code}`;
    });
    const pid = child.pid ?? 0;
    await launch.remember(pid);
    const deadline = performance.now() + readyTimeoutMs;
    while (failure === undefined && performance.now() < deadline) {
      if (await launch.isReady(pid)) {
        child.unref();
        return pid;
      }
      await sleep(launch.readyPollMs);
    }
    if (failure === undefined) await endProcess(pid, launch.shutdownSteps);
    return (
      (await lastLogLines(logFile, log.startOffset)) || (failure ?? `no answer within ${readyTimeoutMs} ms`)
    );
  } finally {
    await log.handle.close();
  }
}
