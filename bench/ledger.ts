import { join } from 'node:path';
import { runMigrations } from '../migrations/run.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import { stateFolder } from '../platform/paths.ts';
import { type Database, openDatabase } from '../platform/postgres.ts';
import { openBooks } from './ledger/books.ts';
import { NAIVE_ENTITIES } from './ledger/naive.ts';
import { lanePost, measure, naivePost, SCENARIOS } from './ledger/scenarios.ts';
import type { BenchRow, BenchTable } from './table.ts';

export interface LedgerBenchOptions {
  /** Measured time of each row. */
  readonly durationMs: number;
  readonly warmUpMs: number;
  /** Names of rows to run, all when left out. */
  readonly only?: readonly string[];
}

export const LEDGER_BENCH_DEFAULTS: LedgerBenchOptions = { durationMs: 8_000, warmUpMs: 2_000 };

const ACCOUNTS = 10_000;
const NAIVE_POOL_MAX = 16;

/**
 * Transfers a second through the lane and through one TypeORM transaction each, on the same durable Postgres and
 * the same tables. "Hot": every Transfer credits one account; debits are spread over 10,000.
 */
export async function runLedgerBench(
  options: LedgerBenchOptions = LEDGER_BENCH_DEFAULTS,
): Promise<BenchTable> {
  const postgres = await startPostgres({ folder: join(stateFolder, 'bench', 'postgres'), shared: true });
  const opened: Database[] = [];
  const open = async (role: string, poolMax: number, naive = false): Promise<Database> => {
    const entities = naive ? NAIVE_ENTITIES : [];
    const database = await openDatabase({ url: postgres.url, role, poolMax, entities });
    opened.push(database);
    return database;
  };
  try {
    await runMigrations(postgres.url);
    const accounts = await open('omsx_accounts_writer', 1);
    const payments = await open('omsx_payments_writer', 2);
    const naive = await open('omsx_payments_writer', NAIVE_POOL_MAX, true);
    const books = await openBooks(accounts, payments, ACCOUNTS);
    const [settings] = await payments.dataSource.query(
      `select current_setting('server_version') as version, current_setting('synchronous_commit') as commit,
              current_setting('fsync') as fsync`,
    );
    const rows: BenchRow[] = [];
    for (const scenario of SCENARIOS) {
      if (options.only !== undefined && !options.only.includes(scenario.name)) continue;
      const post = scenario.way === 'lane' ? lanePost(payments, books) : naivePost(naive, books);
      rows.push(await measure(scenario, books, post, postgres.pid, options));
    }
    return {
      title: 'Ledger: transfers a second',
      conditions: [
        `Postgres ${settings.version}, synchronous_commit=${settings.commit}, fsync=${settings.fsync}, Node ${process.version}`,
        `${options.durationMs / 1_000} s a row after ${options.warmUpMs / 1_000} s of warm-up`,
      ],
      columns: COLUMNS,
      rows: withRatios(rows),
    };
  } finally {
    await Promise.all(opened.map((database) => database.close()));
    await postgres.stop();
  }
}

const COLUMNS = [
  { key: 'name', heading: 'way', digits: 0 },
  { key: 'callers', heading: 'callers', digits: 0 },
  { key: 'perSecond', heading: 'transfers/s', digits: 0 },
  { key: 'ratio', heading: 'x naive', digits: 1 },
  { key: 'p50Ms', heading: 'p50 ms', digits: 2 },
  { key: 'p99Ms', heading: 'p99 ms', digits: 2 },
  { key: 'nodeCpuMs', heading: 'Node CPU ms/transfer', digits: 4 },
  { key: 'postgresCpuMs', heading: 'Postgres CPU ms/transfer', digits: 4 },
];

/** Each lane row against the naive row of the same name. */
function withRatios(rows: readonly BenchRow[]): readonly BenchRow[] {
  const byName = new Map(rows.map((row) => [row.name, row]));
  return rows.map((row) => {
    const naive = byName.get(`${row.name}`.replace(/^lane/, 'naive'));
    const [ours, theirs] = [row.perSecond, naive?.perSecond];
    const comparable = naive !== row && typeof ours === 'number' && typeof theirs === 'number';
    return { ...row, ratio: comparable ? ours / theirs : null };
  });
}
