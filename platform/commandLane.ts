import { createHash } from 'node:crypto';
import { sleep } from './clock.ts';
import type { Uuid } from './id.ts';
import { invariant } from './invariant.ts';
import { createLane, type LaneOptions } from './lane.ts';
import { appendEvents, type NewEvent } from './outbox.ts';
import type { Database, Tx } from './postgres.ts';
import { statement } from './statement.ts';

/**
 * A lane whose batches carry whole commands: business rows, Journal, idempotency row and events are one tx.
 * Semantics of the key follow Stripe's v2 (the result of the business operation is kept, not of the HTTP try):
 * same key and same input answer the same result for ever, other input is refused, a key that is under way in
 * another process is waited for.
 */
export interface Command {
  readonly organizationId: Uuid;
  /** The mutation field: a key of one operation says nothing about another. */
  readonly operation: string;
  /** Null for commands of our own workers, which are idempotent by the state they act on. */
  readonly idempotencyKey: string | null;
  /** `fingerprintOf` the validated input; the same for equal requests. */
  readonly fingerprint: string;
}

/** What a command came to, as it is kept for replays: a `type` and whatever names or explains it. */
export interface StoredResult {
  readonly type: string;
  readonly [field: string]: string | number | boolean | null;
}

export interface Outcome {
  readonly result: StoredResult;
  readonly events: readonly NewEvent[];
}

export interface Answer {
  readonly result: StoredResult;
  /** True when the result was decided by an earlier request with the same key. */
  readonly replayed: boolean;
}

export interface CommandLane<C extends Command> {
  /** Safe to retry with the same key. @throws {LaneFullError} when too much is queued. */
  submit(command: C): Promise<Answer>;
  drain(): Promise<void>;
}

/**
 * Takes writes that were sent within the tx and need not be waited for before results and events are sent behind them: all
 * travel in one trip. The COMMIT waits for them.
 */
export type Alongside = (writes: Promise<unknown>) => void;

/** Decides and writes a batch within `tx`; answers in order. Later commands see what earlier ones did. */
export type Handle<C extends Command> = (
  tx: Tx,
  commands: readonly C[],
  alongside: Alongside,
) => Promise<readonly Outcome[]>;

export const KEY_REUSED = 'IdempotencyKeyReused';
export const KEY_IN_PROGRESS = 'IdempotencyInProgress';

const IN_PROGRESS_WAIT_MS = 2_000;
const IN_PROGRESS_RETRY_MS = 40;

/** SHA-256 of the canonical JSON (sorted keys, undefined left out, bigint as text) of a command's input. */
export function fingerprintOf(input: unknown): string {
  return createHash('sha256').update(canonical(input)).digest('base64url');
}

function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
    .join(',')}}`;
}

/**
 * Tries, without waiting, to be the only one who decides these keys until the end of the tx, in any process.
 * A second statement then reads what is stored: its snapshot is younger than the locks.
 */
const TRY_KEYS = statement(
  'platform.try_idempotency_keys',
  `select pg_try_advisory_xact_lock(hashtextextended(scope, 7)) as mine
     from unnest($1::text[]) with ordinality as key(scope, place) order by place`,
);

const READ_KEYS = statement(
  'platform.read_idempotency_keys',
  `select stored.organization_id, stored.operation, stored.key, stored.fingerprint, stored.result
     from unnest($1::uuid[], $2::text[], $3::text[]) as asked(organization_id, operation, key)
     join platform.idempotency stored using (organization_id, operation, key)`,
);

const KEEP_RESULTS = statement(
  'platform.keep_idempotency_results',
  `insert into platform.idempotency (organization_id, operation, key, fingerprint, result)
   select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[])`,
);

interface KeyRow {
  readonly organization_id: Uuid;
  readonly operation: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly result: StoredResult;
}

type Decided = { readonly fingerprint: string; readonly result: StoredResult };

export function createCommandLane<C extends Command>(options: {
  readonly name: string;
  readonly database: Database;
  readonly handle: Handle<C>;
  readonly limits?: Pick<LaneOptions<C, Answer>, 'batchSizeMax' | 'queueMax'>;
}): CommandLane<C> {
  const lane = createLane<C, Answer>({
    name: options.name,
    run: (batch) => options.database.write((tx) => runBatch(tx, batch, options.handle)),
    ...options.limits,
  });
  return {
    async submit(command) {
      const deadline = Date.now() + IN_PROGRESS_WAIT_MS;
      for (;;) {
        const answer = await lane.submit(command);
        if (answer.result.type !== KEY_IN_PROGRESS || Date.now() >= deadline) return answer;
        await sleep(IN_PROGRESS_RETRY_MS);
      }
    },
    drain: () => lane.drain(),
  };
}

async function runBatch<C extends Command>(
  tx: Tx,
  batch: readonly C[],
  handle: Handle<C>,
): Promise<readonly Answer[]> {
  const { stored, busy } = await claimKeys(tx, batch);
  // The first command of each key that is neither stored nor busy decides; the others of that key replay it.
  const deciding = new Map<string, C>();
  const unkeyed: C[] = [];
  for (const command of batch) {
    const scope = scopeOf(command);
    if (scope === null) unkeyed.push(command);
    else if (!stored.has(scope) && !busy.has(scope) && !deciding.has(scope)) deciding.set(scope, command);
  }
  const fresh = new Set<C>([...unkeyed, ...deciding.values()]);
  const commands = batch.filter((command) => fresh.has(command));
  const sent: Promise<unknown>[] = [];
  const alongside: Alongside = (writes) => {
    // Whoever fails before they are awaited must not leave a fault that nobody hears of.
    writes.catch(() => undefined);
    sent.push(writes);
  };
  const outcomes = commands.length === 0 ? [] : await handle(tx, commands, alongside);
  invariant(
    outcomes.length === commands.length,
    `${outcomes.length} outcomes for ${commands.length} commands`,
  );

  const results = new Map(commands.map((command, index) => [command, (outcomes[index] as Outcome).result]));
  for (const [scope, command] of deciding) {
    stored.set(scope, { fingerprint: command.fingerprint, result: results.get(command) as StoredResult });
  }
  await allOrFirst([
    ...sent,
    keepResults(
      tx,
      [...deciding.values()].map((command) => ({ command, result: results.get(command) as StoredResult })),
    ),
    appendEvents(
      tx,
      outcomes.flatMap((outcome) => outcome.events),
    ),
  ]);
  return batch.map((command) => answerFor(command, results, stored));
}

/**
 * @throws the fault that stands first, not that which comes first: what is sent behind a statement that failed fails as well,
 * of which nobody would learn why
 */
async function allOrFirst(sent: readonly Promise<unknown>[]): Promise<void> {
  const fault = (await Promise.allSettled(sent)).find((one) => one.status === 'rejected');
  if (fault) throw fault.reason;
}

function answerFor<C extends Command>(
  command: C,
  results: ReadonlyMap<C, StoredResult>,
  stored: ReadonlyMap<string, Decided>,
): Answer {
  const own = results.get(command);
  if (own) return { result: own, replayed: false };
  const decided = stored.get(scopeOf(command) as string);
  if (!decided)
    return { result: { type: KEY_IN_PROGRESS, idempotencyKey: command.idempotencyKey }, replayed: false };
  if (decided.fingerprint !== command.fingerprint) {
    return { result: { type: KEY_REUSED, idempotencyKey: command.idempotencyKey }, replayed: false };
  }
  return { result: decided.result, replayed: true };
}

/** What is known of the batch's keys: decided earlier, or being decided in another process just now. */
async function claimKeys<C extends Command>(
  tx: Tx,
  batch: readonly C[],
): Promise<{ stored: Map<string, Decided>; busy: Set<string> }> {
  const keyed = new Map<string, C>();
  for (const command of batch) {
    const scope = scopeOf(command);
    if (scope !== null && !keyed.has(scope)) keyed.set(scope, command);
  }
  if (keyed.size === 0) return { stored: new Map(), busy: new Set() };
  const scopes = [...keyed.keys()];
  const commands = [...keyed.values()];
  // Both are sent before either is awaited; the server still runs them one after the other.
  const [locks, rows] = await Promise.all([
    tx.rows<{ mine: boolean }>(TRY_KEYS, [scopes]),
    tx.rows<KeyRow>(READ_KEYS, [
      commands.map((command) => command.organizationId),
      commands.map((command) => command.operation),
      commands.map((command) => command.idempotencyKey),
    ]),
  ]);
  const stored = new Map(rows.map((row) => [scopeText(row.organization_id, row.operation, row.key), row]));
  const busy = new Set(scopes.filter((scope, index) => !locks[index]?.mine && !stored.has(scope)));
  return { stored, busy };
}

async function keepResults<C extends Command>(
  tx: Tx,
  kept: readonly { command: C; result: StoredResult }[],
): Promise<void> {
  if (kept.length === 0) return;
  await tx.rows(KEEP_RESULTS, [
    kept.map(({ command }) => command.organizationId),
    kept.map(({ command }) => command.operation),
    kept.map(({ command }) => command.idempotencyKey),
    kept.map(({ command }) => command.fingerprint),
    kept.map(({ result }) => JSON.stringify(result)),
  ]);
}

function scopeOf(command: Command): string | null {
  return command.idempotencyKey === null
    ? null
    : scopeText(command.organizationId, command.operation, command.idempotencyKey);
}

function scopeText(organizationId: string, operation: string, key: string): string {
  return `${organizationId} ${operation} ${key}`;
}
