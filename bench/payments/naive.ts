import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { runMigrations } from '../../migrations/run.ts';
import { type EmbeddedPostgres, startPostgres } from '../../platform/embedded/postgres.ts';
import { projectRoot } from '../../platform/paths.ts';
import { startWorker, type Worker } from '../load/worker.ts';
import { Stops } from '../stops.ts';
import { type NaiveBooks, openNaiveBooks } from './naiveBooks.ts';
import type { System } from './system.ts';

/** The choices that the manuals leave open. */
export interface NaiveLayout {
  /** Gateway and subgraph in one Node process, or one each. */
  readonly processes: 1 | 2;
  readonly poolMax: number;
}

export const NAIVE_LAYOUTS: readonly NaiveLayout[] = [
  { processes: 1, poolMax: 16 },
  { processes: 1, poolMax: 32 },
  { processes: 2, poolMax: 16 },
  { processes: 2, poolMax: 32 },
];

export interface NaiveGround {
  readonly postgres: EmbeddedPostgres;
  readonly books: NaiveBooks;
  readonly logFile: string;
}

const MAIN = join(projectRoot, 'bench', 'payments', 'naive', 'main.ts');

/** A migrated Postgres of its own with funded accounts. The caller stops it. */
export async function prepareNaive(folder: string): Promise<NaiveGround> {
  const postgres = await startPostgres({ folder: join(folder, 'postgres') });
  try {
    await runMigrations(postgres.url);
    return { postgres, books: await openNaiveBooks(postgres.url), logFile: join(folder, 'naive.log') };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** Starts the naive system's Node processes; `stop` ends them and leaves Postgres. */
export async function startNaive(ground: NaiveGround, layout: NaiveLayout): Promise<System> {
  const { postgres, books, logFile } = ground;
  const stops = new Stops();
  const workers: Worker[] = [];
  const start = async (): Promise<Worker> => {
    const worker = await startWorker(MAIN, logFile);
    stops.add(worker.stop);
    workers.push(worker);
    return worker;
  };
  try {
    const gatewaySecret = randomBytes(24).toString('hex');
    const subgraph = await start();
    const paymentsUrl = await subgraph.call<string>('subgraph', {
      databaseUrl: postgres.url,
      poolMax: layout.poolMax,
      gatewaySecret,
    });
    const gateway = layout.processes === 1 ? subgraph : await start();
    const url = await gateway.call<string>('gateway', {
      databaseUrl: postgres.url,
      pepper: books.pepper,
      gatewaySecret,
      paymentsUrl,
    });
    return {
      name: 'naive',
      layout: describeLayout(layout),
      target: { url, apiKey: books.apiKey },
      accountIds: books.accountIds,
      hotId: books.hotId,
      rootPids: workers.map((worker) => worker.pid),
      postgres,
      redisUrl: null,
      stop: () => stops.run(),
    };
  } catch (error) {
    await stops.run();
    throw error;
  }
}

function describeLayout({ processes, poolMax }: NaiveLayout): string {
  return `gateway and subgraph in ${processes === 1 ? 'one process' : 'two processes'}, pool of ${poolMax}`;
}
