import { present } from './invariant.ts';
import { type Database, openDatabase, type Tx } from './postgres.ts';
import { statement } from './statement.ts';

/** How far the clock of deadlines may be ahead of the real one: ten years of 365.25 days. */
export const CLOCK_AHEAD_MAX_MS = 315_576_000_000;

/** The clock that deadlines go by, and the real one. */
export interface SandboxClock {
  readonly now: Date;
  readonly realNow: Date;
}

/** A deployment with real money goes by the real clock; the message tells operators what to do. */
export class ClockAheadError extends Error {
  override readonly name = 'ClockAheadError';
}

const READ = statement(
  'platform.read_sandbox_clock',
  'select platform.now() as now, statement_timestamp() as "realNow"',
);

/** By how far it is ahead is counted from the real clock, so that asking twice moves it once. */
const ADVANCE = statement(
  'platform.advance_sandbox_clock',
  `update platform.sandbox_clock
      set ahead_ms = greatest(ahead_ms, ceil(extract(epoch from $1::timestamptz - statement_timestamp()) * 1000)::bigint)`,
);

const READ_NOW = statement('platform.read_now', 'select platform.now() as now');

/** What deadlines that are decided in this tx are compared with. */
export async function readNow(tx: Tx): Promise<Date> {
  const [clock] = await tx.rows<{ readonly now: Date }>(READ_NOW);
  return present(clock, 'the clock').now;
}

export async function readSandboxClock(database: Database): Promise<SandboxClock> {
  const [clock] = await database.write((tx) => tx.rows<SandboxClock>(READ));
  return present(clock, 'the clock');
}

/**
 * Moves the clock to `to`, or leaves it where it is beyond. Safe to retry.
 *
 * @param database role omsx_payments_writer
 * @param to at most CLOCK_AHEAD_MAX_MS after the real clock
 */
export async function advanceSandboxClock(database: Database, to: Date): Promise<SandboxClock> {
  await database.write((tx) => tx.rows(ADVANCE, [to.toISOString()]));
  return readSandboxClock(database);
}

/** @throws {ClockAheadError} where a sandbox has moved the clock */
export async function requireRealClock(url: string): Promise<void> {
  const database = await openDatabase({ url, role: 'omsx_payments_writer', poolMax: 1 });
  const { now, realNow } = await readSandboxClock(database).finally(() => database.close());
  if (now.getTime() === realNow.getTime()) return;
  throw new ClockAheadError(
    `this database is a sandbox's, whose clock is at ${now.toISOString()}: real money needs a database of its own`,
  );
}
