import { sleep } from '../../platform/clock.ts';
import { type Command, createCommandLane, fingerprintOf, type Handle } from '../../platform/commandLane.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { queryOnce } from '../harness/embedded.ts';

/** The effect of a command here is one event in the outbox: counting events counts effects. */
interface Add extends Command {
  readonly value: number;
}

let owned: TestDatabase;
let database: Database;
let other: Database;
const organizationId = newUuid();
const count = statement('test.count', 'select count(*)::int as count from platform.outbox');

beforeAll(async () => {
  owned = await createTestDatabase();
  database = await openDatabase({ url: owned.url, role: 'omsx_payments_writer', poolMax: 3 });
  other = await openDatabase({ url: owned.url, role: 'omsx_payments_writer', poolMax: 3 });
});

afterAll(async () => {
  await database.close();
  await other.close();
  await owned.drop();
});

const handle: Handle<Add> = async (_tx, commands) =>
  commands.map((command) => {
    const id = newUuid();
    const event = {
      id,
      organizationId: command.organizationId,
      type: 'Added',
      aggregateId: id,
      version: 1,
      subjects: [id],
      payload: '{}',
    };
    return { result: { type: 'Sum', id, value: command.value }, events: [event] };
  });

function refuseWhatWasWritten(): never {
  throw new Error('1 of 2 rows written');
}

function add(value: number, key: string | null, organization: Uuid = organizationId): Add {
  return {
    organizationId: organization,
    operation: 'add',
    idempotencyKey: key,
    fingerprint: fingerprintOf({ value }),
    value,
  };
}

async function effects(): Promise<number> {
  const relay = await openDatabase({ url: owned.url, role: 'omsx_relay', poolMax: 1 });
  const [row] = await relay.readRows<{ count: number }>(organizationId, count);
  await relay.close();
  return row?.count ?? 0;
}

test('one key 100 times in parallel, over two processes, has one effect and 100 equal answers', async () => {
  const before = await effects();
  const slow: Handle<Add> = async (tx, commands, alongside) => {
    await sleep(30);
    return handle(tx, commands, alongside);
  };
  const lanes = [
    createCommandLane({ name: 'a', database, handle: slow }),
    createCommandLane({ name: 'b', database: other, handle: slow }),
  ];
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => lanes[index % 2]?.submit(add(1, 'same'))),
  );
  expect(new Set(answers.map((answer) => answer?.result.id)).size).toBe(1);
  expect(answers.filter((answer) => !answer?.replayed)).toHaveLength(1);
  expect((await effects()) - before).toBe(1);
});

test('the same key with other input is refused, the same key of another organization or operation is free', async () => {
  const lane = createCommandLane({ name: 'a', database, handle });
  const first = await lane.submit(add(1, 'scoped'));
  expect((await lane.submit(add(2, 'scoped'))).result.type).toBe('IdempotencyKeyReused');
  expect((await lane.submit(add(1, 'scoped', newUuid()))).replayed).toBe(false);
  expect((await lane.submit({ ...add(1, 'scoped'), operation: 'subtract' })).replayed).toBe(false);
  expect(await lane.submit(add(1, 'scoped'))).toEqual({ result: first.result, replayed: true });
});

test('a key that is under way elsewhere for longer than 2 s answers in progress and has no effect', async () => {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const stuck = createCommandLane<Add>({
    name: 'stuck',
    database,
    handle: async (tx, commands, alongside) => held.then(() => handle(tx, commands, alongside)),
  });
  const free = createCommandLane({ name: 'free', database: other, handle });
  const first = stuck.submit(add(1, 'busy'));
  await sleep(100);
  expect((await free.submit(add(1, 'busy'))).result).toEqual({
    type: 'IdempotencyInProgress',
    idempotencyKey: 'busy',
  });
  letGo();
  const decided = await first;
  expect(await free.submit(add(1, 'busy'))).toEqual({ result: decided.result, replayed: true });
});

test.each([
  ['awaited', 'division by zero'],
  ['sent alongside', 'division by zero'],
  ['written otherwise than meant', '1 of 2 rows written'],
])(
  'a poison command fails alone by its own fault, and its neighbours have their effect once: %s',
  async (way, says) => {
    const before = await effects();
    const poisoned: Handle<Add> = async (tx, commands, alongside) => {
      const poison = () => tx.rows(statement('test.poison', 'select 1/0'));
      if (commands.some((command) => command.value === 13)) {
        if (way === 'awaited') await poison();
        // Its fault is known later than those of what is sent behind it, as that of a write within a write is.
        else if (way === 'sent alongside') alongside(poison().finally(() => sleep(5)));
        else alongside(tx.rows(statement('test.fine', 'select 1')).then(refuseWhatWasWritten));
      }
      return handle(tx, commands, alongside);
    };
    const lane = createCommandLane({ name: 'a', database, handle: poisoned });
    const answers = await Promise.allSettled(
      Array.from({ length: 40 }, (_, value) => lane.submit(add(value, `poison-${way}-${value}`))),
    );
    expect(answers.map((answer) => answer.status).filter((status) => status === 'rejected')).toHaveLength(1);
    expect(answers[13]).toMatchObject({ status: 'rejected', reason: { message: says } });
    expect((await effects()) - before).toBe(39);
  },
);

test('a connection lost before its COMMIT is answered ends in exactly one effect', async () => {
  const before = await effects();
  let kills = 3;
  const cut: Handle<Add> = async (tx, commands, alongside) => {
    const outcomes = await handle(tx, commands, alongside);
    const [row] = await tx.rows<{ pid: number }>(statement('test.pid', 'select pg_backend_pid() as pid'));
    if (kills-- > 0) await queryOnce(owned.url, `select pg_terminate_backend(${row?.pid})`);
    return outcomes;
  };
  const lane = createCommandLane({ name: 'a', database, handle: cut });
  const answers = await Promise.all([
    lane.submit(add(1, 'cut-1')),
    lane.submit(add(2, 'cut-2')),
    lane.submit(add(3, null)),
  ]);
  expect(answers.map((answer) => answer.result.value)).toEqual([1, 2, 3]);
  expect((await effects()) - before).toBe(3);
});

test('the fingerprint sees values, not the order of fields', () => {
  expect(fingerprintOf({ a: 1n, b: [{ c: null }], d: undefined })).toBe(
    fingerprintOf({ b: [{ c: null }], a: 1n }),
  );
  expect(fingerprintOf({ a: '1' })).not.toBe(fingerprintOf({ a: '2' }));
  expect(fingerprintOf({ a: ['x', 'y'] })).not.toBe(fingerprintOf({ a: ['y', 'x'] }));
});
