import { comparePositions, ORIGIN, type Position } from '../cursor.ts';
import { newUuid, type Uuid } from '../id.ts';
import type { Database } from '../postgres.ts';
import type { Statement } from '../statement.ts';
import { OrganizationEvents, PAGE_EVENTS_MAX } from './organizationEvents.ts';
import { WINDOW_LIMITS } from './window.ts';

const organizationId = newUuid();

function at(number: number): Position {
  return { xid: BigInt(number), seq: 1n };
}

/** An outbox in memory, of which the test may say what happens before a read is answered. */
class MemoryOutbox {
  numbers: number[] = [];
  floor: Position = ORIGIN;
  readonly reads: string[] = [];
  beforeAnswer: (read: string) => void = () => undefined;

  readonly database = {
    readRows: async (_owner: Uuid, { name }: Statement, values: readonly unknown[] = []) => {
      this.reads.push(name);
      await new Promise<void>((resolve) => setImmediate(resolve));
      const rows = this.#answer(name, values);
      this.beforeAnswer(name);
      return rows;
    },
  } as unknown as Database;

  #answer(name: string, [, xid, , limit]: readonly unknown[]): readonly unknown[] {
    if (name === 'feed.floor') return [this.floor];
    const last = this.numbers.at(-1) ?? Number(this.floor.xid);
    const horizon = { horizon_xid: BigInt(last), horizon_seq: 1n };
    const isBack = name === 'feed.up_to_of_organization';
    const found = this.numbers.filter((number) => (isBack ? number <= Number(xid) : number > Number(xid)));
    const page = isBack ? found.reverse().slice(0, Number(limit)) : found.slice(0, Number(limit));
    if (page.length === 0 && !isBack) return [{ ...horizon, xid: null }];
    return page.map((number) => ({ ...horizon, ...rowOf(number) }));
  }
}

function rowOf(number: number): object {
  const id = newUuid();
  const what = { type: 'CustomerUpdated', aggregate_id: id, version: 1, subjects: [], payload: { id } };
  const where = { xid: BigInt(number), seq: 1n, organization_id: organizationId };
  return { id, ...where, ...what, occurred_at: new Date(0) };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_value, index) => from + index);
}

function open(outbox: MemoryOutbox): OrganizationEvents {
  const { database } = outbox;
  const nothing = (): void => undefined;
  const limits = { ...WINDOW_LIMITS, eventsMax: 4 * PAGE_EVENTS_MAX };
  return new OrganizationEvents({ database, organizationId, limits, onPage: nothing, onGrown: nothing });
}

/** All after `after`, as a replay reads them. */
async function readAll(events: OrganizationEvents, after: number): Promise<number[]> {
  const { horizon } = await events.refresh(at(after));
  const found: number[] = [];
  for (let position = at(after); comparePositions(position, horizon) < 0; ) {
    const stretch = await events.read(position);
    found.push(...stretch.events.map((one) => Number(one.position.xid)));
    position = stretch.upTo;
  }
  return found;
}

test('what is dropped from the outbox is let go with the next look at it, and its cursors have expired', async () => {
  const outbox = new MemoryOutbox();
  outbox.numbers = range(1, 20);
  const events = open(outbox);
  expect(await readAll(events, 5)).toEqual(range(6, 20));
  outbox.numbers = range(16, 20);
  outbox.floor = at(15);
  expect(await readAll(events, 17)).toEqual([18, 19, 20]);
  expect(events.size).toBe(5);
  await expect(events.read(at(10))).rejects.toMatchObject({ extensions: { code: 'CURSOR_EXPIRED' } });
});

test('what is dropped while older events are read is not taken for all there were', async () => {
  const outbox = new MemoryOutbox();
  outbox.numbers = range(1, 40);
  const events = open(outbox);
  await readAll(events, 30);
  outbox.beforeAnswer = (read) => {
    if (read !== 'feed.up_to_of_organization') return;
    outbox.numbers = range(21, 40);
    outbox.floor = at(20);
  };
  await expect(events.read(at(10))).rejects.toMatchObject({ extensions: { code: 'CURSOR_EXPIRED' } });
  expect(await readAll(events, 25)).toEqual(range(26, 40));
});

test('older events are not joined to a window that gave up its oldest meanwhile', async () => {
  const outbox = new MemoryOutbox();
  outbox.numbers = range(1, 2_000);
  const events = open(outbox);
  await readAll(events, 1_600);
  outbox.beforeAnswer = (read) => {
    if (read === 'feed.up_to_of_organization') events.prune(Date.now() + WINDOW_LIMITS.ageMaxMs);
  };
  expect(await readAll(events, 700)).toEqual(range(701, 2_000));
});

test('readers far back share each page that is read backwards', async () => {
  const outbox = new MemoryOutbox();
  outbox.numbers = range(1, 1_900);
  const events = open(outbox);
  const begins = [1_850, 1_300, 900, 900, 300, 20];
  const found = await Promise.all(begins.map((begin) => readAll(events, begin)));
  for (const [index, begin] of begins.entries()) expect(found[index]).toEqual(range(begin + 1, 1_900));
  expect(outbox.reads.filter((read) => read === 'feed.up_to_of_organization')).toHaveLength(4);
  expect(outbox.reads.filter((read) => read === 'feed.after_of_organization')).toHaveLength(2);
});

test('a window that is far behind is begun anew rather than filled', async () => {
  const outbox = new MemoryOutbox();
  outbox.numbers = range(1, 10);
  const events = open(outbox);
  await readAll(events, 5);
  outbox.numbers = range(1, 9_000);
  outbox.reads.length = 0;
  await events.refresh(at(8_990));
  expect(outbox.reads.length).toBeLessThanOrEqual(6);
  expect(await readAll(events, 8_990)).toEqual(range(8_991, 9_000));
  expect(await readAll(events, 7)).toEqual(range(8, 9_000));
});

test('after the database lost commits nothing that was held is told', async () => {
  const outbox = new MemoryOutbox();
  outbox.numbers = range(1, 20);
  const events = open(outbox);
  await readAll(events, 5);
  outbox.numbers = range(1, 12);
  expect(await readAll(events, 5)).toEqual(range(6, 12));
  outbox.numbers = [...range(1, 12), 30];
  expect(await readAll(events, 5)).toEqual([...range(6, 12), 30]);
});
