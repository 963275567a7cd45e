import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { projectRoot, stateFolder } from '../../platform/paths.ts';

/** A new empty folder below `.omsx/`, for tests that start servers of their own. */
export async function makeTemporaryFolder(): Promise<string> {
  await mkdir(stateFolder, { recursive: true });
  return await mkdtemp(join(stateFolder, 'tmp-'));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** The rows of one statement on a connection of its own. */
export async function queryOnce(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  // A test may kill the server under the connection; the query's own error is the one that matters.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

export type Holder = {
  readonly process: ChildProcess;
  /** What the process printed: `{ pid, url, origin }`, or `{ failure }`. */
  readonly report: Readonly<Record<string, string | number>>;
  /** Ends the process as kill -9 does. */
  kill(): Promise<void>;
};

/** Another process that holds the embedded server of `folder`: Postgres, or what the fixture starts. */
export async function startHolder(
  folder: string,
  mode: 'owner' | 'shared' = 'owner',
  fixture = 'holder.fixture.ts',
): Promise<Holder> {
  const program = join(projectRoot, 'platform', 'embedded', fixture);
  const child = spawn(process.execPath, ['--import', 'tsx', program, folder, mode], {
    cwd: projectRoot,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return {
    process: child,
    report: JSON.parse(String(line)),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
