import pg, { type PoolClient } from 'pg';
import { DataSource, type EntityManager, type EntitySchema } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { Uuid } from './id.ts';
import { invariant } from './invariant.ts';
import type { Statement } from './statement.ts';
import { TickSocket } from './tickSocket.ts';
import { tracedRows, traceRunner } from './tracedSql.ts';
import { activeSpan } from './tracing.ts';

/**
 * Whatever a statement runs in: one database transaction (tx). Functions that write take it as their first,
 * required parameter, so that nothing can run outside by accident. Never held open over an outside call.
 */
export interface Tx {
  /** Runs a named statement on this tx. `int8`, `xid8` and `numeric` arrive as bigint. */
  rows<Row>(statement: Statement, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** TypeORM's view of the same connection, for plain reads and inserts. */
  readonly manager: EntityManager;
}

export interface Database {
  /**
   * One read as `organizationId`, under row level security: BEGIN, set_config, the statement and COMMIT travel
   * in one pipelined trip, so that safety costs no latency. Safe to retry.
   */
  readRows<Row>(
    organizationId: Uuid,
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<readonly Row[]>;
  /** Several reads in one read-only snapshot as `organizationId`. Safe to retry. */
  read<T>(organizationId: Uuid, work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * One READ COMMITTED tx. Resolves only after a COMMIT that answered COMMIT; when it rejects with a lost
   * connection the outcome is unknown, and only a caller with idempotent ids may retry.
   */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  readonly dataSource: DataSource;
  /** Number of statements sent so far (BEGIN, COMMIT and set_config not counted). */
  statementCount(): number;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** A role of migrations/0001-roles.sql; the connection acts as it and owns nothing. */
  readonly role: string;
  readonly poolMax: number;
  readonly entities?: readonly EntitySchema[];
  readonly applicationName?: string;
}

const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** Postgres object ids of the types that must never pass through a JavaScript number. */
const INT8 = 20;
const INT8_ARRAY = 1016;
const NUMERIC = 1700;
const XID8 = 5069;

const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
    if (oid === INT8 || oid === NUMERIC || oid === XID8) return BigInt;
    if (oid === INT8_ARRAY) return (value) => value.slice(1, -1).split(',').filter(Boolean).map(BigInt);
    return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
  },
};

/** Opens a pool as `role`. @throws when Postgres cannot be reached within 5 s. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...(options.entities ?? [])],
    synchronize: false,
    logging: false,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: options.applicationName ?? options.role,
    extra: {
      max: options.poolMax,
      pipeline: true,
      stream: () => new TickSocket(),
      types,
      keepAlive: true,
      // The pool listens to idle clients only, and an 'error' that nobody listens to would end the process.
      onConnect: (client: pg.Client) => client.on('error', () => undefined),
      options: `-c role=${options.role} -c statement_timeout=${STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=10000`,
    },
  });
  await dataSource.initialize();
  return new PooledDatabase(dataSource);
}

class PooledDatabase implements Database {
  readonly dataSource: DataSource;
  #statements = 0;

  constructor(dataSource: DataSource) {
    this.dataSource = dataSource;
  }

  statementCount(): number {
    return this.#statements;
  }

  readRows<Row>(
    organizationId: Uuid,
    statement: Statement,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    const span = activeSpan();
    if (span === undefined) return this.#readInOneTrip(organizationId, statement, values);
    return tracedRows(span, statement.name, () => this.#readInOneTrip(organizationId, statement, values));
  }

  async #readInOneTrip<Row>(
    organizationId: Uuid,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    this.#statements++;
    const pool = (this.dataSource.driver as PostgresDriver).master as pg.Pool;
    const client = await pool.connect();
    const trip = await Promise.allSettled([
      client.query('BEGIN READ ONLY'),
      client.query(SET_ORGANIZATION(organizationId)),
      client.query({ name: statement.name, text: statement.text, values: [...values] }),
      client.query('COMMIT'),
    ]);
    const fault = trip.find((step) => step.status === 'rejected');
    client.release(fault !== undefined && isConnectionLoss(fault.reason));
    if (fault) throw fault.reason;
    return (trip[2] as PromiseFulfilledResult<{ rows: Row[] }>).value.rows;
  }

  read<T>(organizationId: Uuid, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#transact('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work, organizationId);
  }

  write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#transact('BEGIN', work);
  }

  async #transact<T>(begin: string, work: (tx: Tx) => Promise<T>, organizationId?: Uuid): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const client = (await runner.connect()) as PoolClient;
    if (activeSpan() !== undefined) traceRunner(runner);
    try {
      // Sent without waiting: the pipeline keeps the order, and a fault shows in the first awaited statement.
      const opened = Promise.all([
        client.query(begin),
        organizationId === undefined ? undefined : client.query(SET_ORGANIZATION(organizationId)),
      ]);
      opened.catch(() => undefined);
      const tx: Tx = {
        manager: runner.manager,
        rows: <Row>(statement: Statement, values: readonly unknown[] = []) => {
          const span = activeSpan();
          if (span === undefined) return this.#run<Row>(client, statement, values);
          return tracedRows(span, statement.name, () => this.#run<Row>(client, statement, values));
        },
      };
      const value = await work(tx);
      await opened;
      const committingAtMs = performance.now();
      const committed = await client.query('COMMIT');
      activeSpan()?.note('COMMIT', committingAtMs);
      // A COMMIT of an aborted tx succeeds as ROLLBACK; taking it for a commit would acknowledge money that is not there.
      invariant(committed.command === 'COMMIT', `COMMIT answered ${committed.command}`);
      return value;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      // TypeORM lets go of a lost connection by itself; the pool drops a client that can no longer be used.
      if (!runner.isReleased) await runner.release();
    }
  }

  async #run<Row>(
    client: PoolClient,
    statement: Statement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    this.#statements++;
    const { name, text } = statement;
    const result = await client.query({ name, text, values: [...values] });
    return result.rows as Row[];
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
  }
}

function SET_ORGANIZATION(organizationId: Uuid): { name: string; text: string; values: string[] } {
  return {
    name: 'platform.set_organization',
    text: "select set_config('app.organization', $1, true)",
    values: [organizationId],
  };
}

/** True when the server or the socket went away, so that the outcome of what was sent is unknown. */
export function isConnectionLoss(error: unknown): boolean {
  const code = sqlState(error);
  if (code === undefined) {
    const { message, syscall } = (error ?? {}) as { message?: string; syscall?: string };
    return (
      syscall !== undefined ||
      /connection (terminated|ended|refused|error)|client has encountered/i.test(message ?? '')
    );
  }
  return code.startsWith('08') || code.startsWith('57P') || /^E[A-Z]+$/.test(code);
}

/** True for a deadlock, serialization failure or lock timeout: the whole tx may be run again. */
export function isRetryableConflict(error: unknown): boolean {
  const code = sqlState(error);
  return code === '40001' || code === '40P01' || code === '55P03';
}

/** SQLSTATE (or the socket's error code) of an error, also when TypeORM wrapped it. */
export function sqlState(error: unknown): string | undefined {
  const { code, driverError } = (error ?? {}) as { code?: unknown; driverError?: { code?: unknown } };
  const found = code ?? driverError?.code;
  return typeof found === 'string' ? found : undefined;
}

/** Name of the violated constraint, if the error is a violation. */
export function violatedConstraint(error: unknown): string | undefined {
  const { constraint, driverError } = (error ?? {}) as {
    constraint?: string;
    driverError?: { constraint?: string };
  };
  return constraint ?? driverError?.constraint;
}
