import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';
import { type Child, startChild, waitFor } from '../crash/child.ts';

/** Arguments of a process that is `omsx router --supergraph FILE` on a free port. */
export function standaloneArguments(supergraph: string, more: readonly string[] = []): readonly string[] {
  const program = join(projectRoot, 'bin', 'omsx.mjs');
  return [program, 'router', '--supergraph', supergraph, '--port', '0', ...more];
}

export interface Standalone {
  readonly url: string;
  readonly process: Child;
}

const START_WAIT_MS = 30_000;

/** Starts one, and resolves when it says where it answers. Its log is appended to `logFile`. */
export async function startStandalone(options: {
  readonly supergraph: string;
  readonly folder: string;
  readonly logFile: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<Standalone> {
  const { supergraph, folder, logFile } = options;
  const child = startChild({
    program: process.execPath,
    args: standaloneArguments(supergraph, options.args),
    environment: options.environment ?? {},
    folder,
    logFile,
  });
  let url: string | undefined;
  try {
    await waitFor(
      'the router',
      START_WAIT_MS,
      async () => {
        url = /answers at (http\S+?)\.\s/.exec(await readFile(logFile, 'utf8'))?.[1];
        return url !== undefined;
      },
      child.hasEnded,
    );
  } catch (error) {
    await child.kill9();
    throw error;
  }
  return { url: String(url), process: child };
}
