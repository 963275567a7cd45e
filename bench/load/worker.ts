import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../platform/paths.ts';

/** A process of the benchmark's own that answers one call at a time. */
export interface Worker {
  readonly pid: number;
  /** @throws with the worker's message when its work threw, or when the worker ended. */
  call<Result>(method: string, argument?: unknown): Promise<Result>;
  stop(): Promise<void>;
}

type Answer = { readonly value: unknown } | { readonly error: string };

const STOP_WAIT_MS = 10_000;

/** Node strips types by itself from 22.18 on; before, tsx does. */
export const TYPESCRIPT_ARGUMENTS: readonly string[] =
  'typescript' in process.features && process.features.typescript ? [] : ['--import', 'tsx'];

/**
 * Starts `file`, which calls `serveCalls`. What it prints goes to `logFile`.
 *
 * @param nodeArguments for Node itself, such as `--cpu-prof`
 */
export async function startWorker(
  file: string,
  logFile: string,
  nodeArguments: readonly string[] = [],
): Promise<Worker> {
  const log = await open(logFile, 'a');
  const child = fork(file, [], {
    cwd: projectRoot,
    execArgv: [...TYPESCRIPT_ARGUMENTS, ...nodeArguments],
    env: { ...process.env, NODE_ENV: 'production' },
    serialization: 'advanced',
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  const ended = once(child, 'exit').then(() => 'ended');
  if ((await Promise.race([once(child, 'message'), ended])) === 'ended') {
    await log.close();
    throw new Error(`${file} ended with code ${child.exitCode}; see ${logFile}`);
  }
  return workerOf(child, file, log);
}

function workerOf(child: ChildProcess, file: string, log: FileHandle): Worker {
  const ended = once(child, 'exit').then(() => undefined);
  return {
    pid: child.pid as number,
    async call<Result>(method: string, argument?: unknown) {
      const answered = once(child, 'message') as Promise<[Answer]>;
      child.send({ method, argument });
      const found = await Promise.race([answered, ended]);
      if (found === undefined) throw new Error(`${file} ended with code ${child.exitCode}; see its log`);
      const [answer] = found;
      if ('error' in answer) throw new Error(`${method}: ${answer.error}`);
      return answer.value as Result;
    },
    async stop() {
      if (child.connected) child.disconnect();
      const timer = new AbortController();
      const late = sleep(STOP_WAIT_MS, 'late', { signal: timer.signal }).catch(() => undefined);
      if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL');
      timer.abort();
      await ended;
      await log.close();
    },
  };
}

/** The worker's side: answers calls until the benchmark lets go of it, so that none outlives it. */
export function serveCalls(
  methods: Readonly<Record<string, (argument: never) => Promise<unknown>>>,
  dispose: () => Promise<void> = () => Promise.resolve(),
): void {
  process.on('message', ({ method, argument }: { method: string; argument: never }) => {
    const run = methods[method];
    const answer = run === undefined ? Promise.reject(new Error(`no method ${method}`)) : run(argument);
    answer.then(
      (value) => process.send?.({ value }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.once('disconnect', () => {
    void dispose().finally(() => process.exit());
  });
  process.send?.({ value: 'ready' });
}
