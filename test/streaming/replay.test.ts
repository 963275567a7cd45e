import { comparePositions, type Position, parseCursor } from '../../platform/cursor.ts';
import { createFeed } from '../../platform/feed/feed.ts';
import type { Feed, ReplayItem } from '../../platform/feed/port.ts';
import type { WindowsLimits } from '../../platform/feed/windows.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import { statement } from '../../platform/statement.ts';
import {
  append,
  newEvent,
  openStreamingDatabase,
  type StreamingDatabase,
  silent,
  waitFor,
} from './support.ts';

/**
 * Goal: replays that come together read the outbox once, and what they are given is what the outbox has, however little
 * of it is held. Method: a real outbox, feeds with small limits, and the number of pages they read.
 */
let database: StreamingDatabase;
const feeds: Feed[] = [];

beforeAll(async () => {
  database = await openStreamingDatabase();
});
afterAll(async () => {
  for (const feed of feeds) await feed.close();
  await database.close();
});

const PAGE = 500;

async function openFeed(windows: Partial<WindowsLimits> = {}): Promise<Feed> {
  const { router, url } = database;
  const feed = await createFeed({ database: router, databaseUrl: url, logger: silent, windows });
  feeds.push(feed);
  return feed;
}

function positionOf(cursor: string): Position {
  return present(parseCursor(cursor), cursor);
}

const IS_VISIBLE = statement(
  'test.is_visible',
  `select bool_and(xid < pg_snapshot_xmin(pg_current_snapshot())) as visible
     from platform.outbox where organization_id = $1`,
);

/** Resolves when they are visible to everybody: another test's tx may hold that back. */
async function write(organizationId: Uuid, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, () => newEvent(organizationId));
  await append(database.writer, events);
  await waitFor('events to be visible', async () => {
    const rows = await database.router.readRows<{ visible: boolean }>(organizationId, IS_VISIBLE, [
      organizationId,
    ]);
    return rows[0]?.visible === true;
  });
  return events.map(({ id }) => id);
}

async function replayAll(feed: Feed, organizationId: Uuid, after: Position): Promise<readonly ReplayItem[]> {
  const items: ReplayItem[] = [];
  const { signal } = new AbortController();
  for await (const item of feed.replay({ organizationId, matches: () => true, after, signal })) {
    items.push(item);
  }
  return items;
}

async function replayIds(feed: Feed, organizationId: Uuid, after: Position): Promise<string[]> {
  const items = await replayAll(feed, organizationId, after);
  expect(items.at(-1)?.kind).toBe('CAUGHT_UP');
  return items.flatMap((item) => (item.kind === 'EVENT' ? [item.event.id] : []));
}

test('two hundred replays that come together read each event once, wherever they begin', async () => {
  const organizationId = newUuid();
  const feed = await openFeed();
  const start = positionOf(await feed.position());
  const written = await write(organizationId, 1_200);
  const items = await replayAll(feed, organizationId, start);
  const cursors = items.flatMap((item) => (item.kind === 'EVENT' ? [item.position] : []));
  expect(cursors).toHaveLength(written.length);

  const other = await openFeed();
  const begins = Array.from({ length: 200 }, (_value, index) => index * 6);
  const replayed = await Promise.all(
    begins.map((begin) => replayIds(other, organizationId, present(cursors[begin], 'cursor'))),
  );
  for (const [index, ids] of replayed.entries()) expect(ids).toEqual(written.slice((begins[index] ?? 0) + 1));
  // What there is, in pages, and as often again to see whether there is more.
  expect(other.status().pagesRead).toBeLessThanOrEqual(8);
  expect(other.status().heldEvents).toBeGreaterThanOrEqual(written.length - 1);
});

test.each<Partial<WindowsLimits>>([
  { eventsMax: 7 },
  { bytesMax: 2_000 },
  { totalBytesMax: 1 },
  { organizationsMax: 1 },
  { ageMaxMs: 0 },
])('with no more room than %j replays still get everything, from the outbox', async (limits) => {
  const [one, other] = [newUuid(), newUuid()];
  const feed = await openFeed(limits);
  const start = positionOf(await feed.position());
  const written = { one: await write(one, PAGE * 2 + 13), other: await write(other, PAGE + 1) };
  const replays = await Promise.all([
    replayIds(feed, one, start),
    replayIds(feed, other, start),
    replayIds(feed, one, start),
  ]);
  expect(replays).toEqual([written.one, written.other, written.one]);
  const more = await write(one, 3);
  expect(await replayIds(feed, one, start)).toEqual([...written.one, ...more]);
  const { heldEvents, heldBytes } = feed.status();
  if (limits.eventsMax !== undefined) expect(heldEvents).toBeLessThanOrEqual(2 * limits.eventsMax);
  if (limits.bytesMax !== undefined) expect(heldBytes).toBeLessThanOrEqual(2 * limits.bytesMax);
  if (limits.totalBytesMax !== undefined) expect(heldBytes).toBe(0);
});

test('organizations see nothing of one another, also when one is replayed over the positions of the other', async () => {
  const [one, other] = [newUuid(), newUuid()];
  const feed = await openFeed();
  const start = positionOf(await feed.position());
  const written = { one: [] as string[], other: [] as string[] };
  for (let round = 0; round < 5; round++) {
    written.one.push(...(await write(one, 3)));
    written.other.push(...(await write(other, 2)));
  }
  const ofOne = await replayAll(feed, one, start);
  const foreign = ofOne.flatMap((item) => (item.kind === 'EVENT' ? [item.position] : []));
  for (const position of foreign) {
    const ids = await replayIds(feed, other, position);
    expect(ids).toEqual(written.other.slice(written.other.length - ids.length));
  }
  expect(await replayIds(feed, one, start)).toEqual(written.one);
  expect(await replayIds(feed, other, start)).toEqual(written.other);
  expect(await replayIds(feed, newUuid(), start)).toEqual([]);
});

test('what is committed before a replay begins is in it, while others replay and write', async () => {
  const organizationId = newUuid();
  const feed = await openFeed({ eventsMax: 40 });
  const start = positionOf(await feed.position());
  const written: string[] = [];
  let isDone = false;
  const writing = (async () => {
    for (let batch = 0; batch < 60; batch++) written.push(...(await write(organizationId, 5)));
    isDone = true;
  })();
  const reading = Array.from({ length: 6 }, async () => {
    const seen: string[] = [];
    let position = start;
    while (!isDone) {
      const before = written.length;
      const items = await replayAll(feed, organizationId, position);
      for (const item of items) if (item.kind === 'EVENT') seen.push(item.event.id);
      position = present(items.at(-1), 'the end').position;
      expect(seen.length).toBeGreaterThanOrEqual(before);
    }
    return [...seen, ...(await replayIds(feed, organizationId, position))];
  });
  await writing;
  for (const seen of await Promise.all(reading)) expect(seen).toEqual(written);
});

test('a replay tells how far it came through events that it leaves out', async () => {
  const organizationId = newUuid();
  const feed = await openFeed();
  const after = positionOf(await feed.position());
  await write(organizationId, PAGE + 5);
  const { signal } = new AbortController();
  const items: ReplayItem[] = [];
  for await (const item of feed.replay({ organizationId, matches: () => false, after, signal }))
    items.push(item);
  expect(items).toMatchObject([{ kind: 'PASSED', events: PAGE }, { kind: 'CAUGHT_UP' }]);
  expect(comparePositions(present(items[0], 'item').position, after)).toBeGreaterThan(0);
});

test('a cursor ahead of all events is refused, whatever is held', async () => {
  const organizationId = newUuid();
  const feed = await openFeed();
  const start = positionOf(await feed.position());
  await write(organizationId, 2);
  const ahead = { xid: 2n ** 62n, seq: 0n };
  const refused = { extensions: { code: 'BAD_USER_INPUT' } };
  await expect(replayAll(feed, organizationId, ahead)).rejects.toMatchObject(refused);
  expect(await replayIds(feed, organizationId, start)).toHaveLength(2);
  await expect(replayAll(feed, organizationId, ahead)).rejects.toMatchObject(refused);
});
