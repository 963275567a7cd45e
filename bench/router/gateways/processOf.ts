import { readFile } from 'node:fs/promises';
import { projectRoot } from '../../../platform/paths.ts';
import { type Child, startChild, waitFor } from '../../../test/crash/child.ts';

export interface ProcessOptions {
  /** For Node: its own arguments, the program, the program's. */
  readonly args: readonly string[];
  /** Beside what any program needs of the machine; settings of whoever runs the bench do not reach it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Where it says that it is well. */
  readonly healthUrl: string;
  readonly waitMs: number;
}

const PROBE_TIMEOUT_MS = 2_000;
const LOG_LINES = 20;

/**
 * Starts a Node program and waits until it answers.
 *
 * @throws with the last lines of its log when it ends or does not answer in time
 */
export async function startProcess(options: ProcessOptions): Promise<Child> {
  const { args, environment, healthUrl, logFile, waitMs } = options;
  const child = startChild({
    program: process.execPath,
    args,
    environment: { NODE_ENV: 'production', ...environment },
    folder: projectRoot,
    logFile,
  });
  try {
    await waitFor(healthUrl, waitMs, () => isWell(healthUrl), child.hasEnded);
    return child;
  } catch (error) {
    await child.stop();
    const text = await readFile(logFile, 'utf8').catch(() => '');
    throw new Error(`${String(error)}\n${text.trimEnd().split('\n').slice(-LOG_LINES).join('\n')}`);
  }
}

async function isWell(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).catch(() => null);
  await response?.arrayBuffer().catch(() => undefined);
  return response?.ok === true;
}
