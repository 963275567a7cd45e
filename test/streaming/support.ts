import { pino } from 'pino';
import type { Feed, FeedItem } from '../../platform/feed/port.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import type { Logger } from '../../platform/log.ts';
import { appendEvents, type NewEvent } from '../../platform/outbox.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import type { FeedEvent } from '../../schema/events.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

export const silent: Logger = pino({ level: 'silent' });

/** A database of its own with the roles that streaming runs as. */
export interface StreamingDatabase {
  readonly test: TestDatabase;
  readonly url: string;
  readonly writer: Database;
  readonly router: Database;
  readonly relay: Database;
  close(): Promise<void>;
}

export async function openStreamingDatabase(): Promise<StreamingDatabase> {
  const test = await createTestDatabase();
  const open = (role: string, poolMax: number): Promise<Database> =>
    openDatabase({ url: test.url, role, poolMax });
  const [writer, router, relay] = await Promise.all([
    open('omsx_payments_writer', 6),
    open('omsx_router', 6),
    open('omsx_relay', 3),
  ]);
  return {
    test,
    url: test.url,
    writer,
    router,
    relay,
    async close() {
      await Promise.all([writer.close(), router.close(), relay.close()]);
      await test.drop();
    },
  };
}

export function newEvent(organizationId: Uuid, change: Partial<NewEvent> = {}): NewEvent {
  const id = newUuid();
  return {
    id,
    organizationId,
    type: 'CustomerUpdated',
    aggregateId: newUuid(),
    version: 1,
    subjects: [],
    payload: JSON.stringify({ id }),
    ...change,
  };
}

export function append(database: Database, events: readonly NewEvent[]): Promise<void> {
  return database.write((tx) => appendEvents(tx, events));
}

/** Takes events until there are `count`, or `timeoutMs` passed: then it says which ones came. */
export async function takeEvents(
  feed: Feed,
  request: { readonly organizationId: Uuid; readonly after: string | null },
  count: number,
  timeoutMs = 15_000,
): Promise<readonly FeedEvent[]> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  const events: FeedEvent[] = [];
  const items = feed.subscribe({ ...request, matches: () => true, signal: stop.signal });
  try {
    for await (const item of items) {
      if (item.kind === 'EVENT') events.push(item.event);
      if (events.length >= count) break;
    }
  } finally {
    clearTimeout(timer);
  }
  return events;
}

/** A subscription that collects in the background. */
export interface Collector {
  readonly items: readonly FeedItem[];
  readonly events: readonly FeedEvent[];
  until(count: number, timeoutMs?: number): Promise<readonly FeedEvent[]>;
  stop(): Promise<void>;
}

export function collect(feed: Feed, organizationId: Uuid, after: string | null = null): Collector {
  const stop = new AbortController();
  const items: FeedItem[] = [];
  const events: FeedEvent[] = [];
  const running = (async () => {
    const source = feed.subscribe({ organizationId, after, matches: () => true, signal: stop.signal });
    for await (const item of source) {
      items.push(item);
      if (item.kind === 'EVENT') events.push(item.event);
    }
  })();
  return {
    items,
    events,
    async until(count, timeoutMs = 15_000) {
      const deadline = Date.now() + timeoutMs;
      while (events.length < count && Date.now() < deadline) await pause(5);
      return events;
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}

export async function waitFor(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await pause(10);
  }
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
