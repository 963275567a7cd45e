import { formatCursor, type Position } from '../cursor.ts';
import { ApiError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Database, isConnectionLoss } from '../postgres.ts';
import type { RedisLink } from '../redis.ts';
import { assertNotAhead, assertNotExpired, readCursor } from './cursorCheck.ts';
import { readDeployment } from './deployment.ts';
import { readAfterOfOrganization, readFloor, readHorizon } from './outboxRows.ts';
import type { Feed, FeedItem, FeedRequest } from './port.ts';
import { SubscriberRegistry } from './registry.ts';
import { SHARDS_DEFAULT } from './shard.ts';
import { SubscriberBuffer } from './subscriber.ts';
import { Tail } from './tail.ts';

const REPLAY_PAGE_EVENTS_MAX = 500;

export interface FeedOptions {
  /** As role omsx_router. */
  readonly database: Database;
  /** For the connection that listens to hints. */
  readonly databaseUrl: string;
  readonly redis?: RedisLink | null;
  /** As the relay has it. */
  readonly shards?: number;
  readonly logger: Logger;
}

/** Starts the process's one reader of live events. @throws when Postgres cannot be reached. */
export async function createFeed(options: FeedOptions): Promise<Feed> {
  const shards = options.shards ?? SHARDS_DEFAULT;
  const registry = new SubscriberRegistry(shards);
  const { database, databaseUrl, logger } = options;
  const deployment = await readDeployment(database);
  const start = await readHorizon(database);
  const tail = new Tail({
    database,
    databaseUrl,
    logger,
    registry,
    shards,
    start,
    deployment,
    redis: options.redis ?? null,
  });
  return {
    subscribe: (request) => followRegistered(database, registry, request),
    position: async () => formatCursor(await readHorizon(database)),
    status: () => ({
      subscribers: registry.size,
      source: tail.source,
      overflows: registry.overflows,
      gapsFilled: tail.gapsFilled,
      lagMs: tail.lagMs,
    }),
    async close() {
      registry.closeAll();
      await tail.close();
    },
  };
}

/**
 * Registers for live events first and looks where the outbox stands second: what was delivered before the
 * registration is at or behind that horizon, and what comes later is in the buffer.
 */
async function* followRegistered(
  database: Database,
  registry: SubscriberRegistry,
  request: FeedRequest,
): AsyncGenerator<FeedItem, void, void> {
  const after = request.after === null ? null : readCursor(request.after);
  const buffer = new SubscriberBuffer(request.organizationId, request.matches);
  const close = (): void => buffer.close();
  registry.add(buffer);
  request.signal.addEventListener('abort', close, { once: true });
  if (request.signal.aborted) close();
  try {
    yield* follow(database, buffer, request, after);
  } catch (error) {
    if (!isConnectionLoss(error)) throw error;
    throw new ApiError('UNAVAILABLE', 'Events cannot be read at present; resume from the last cursor.');
  } finally {
    request.signal.removeEventListener('abort', close);
    registry.remove(buffer);
  }
}

async function* follow(
  database: Database,
  buffer: SubscriberBuffer,
  request: FeedRequest,
  after: Position | null,
): AsyncGenerator<FeedItem, void, void> {
  let position = after;
  if (position === null) {
    position = await readHorizon(database);
    yield { kind: 'CAUGHT_UP', cursor: formatCursor(position) };
  } else {
    position = yield* replay(database, buffer, request, position);
  }
  while (!buffer.closed) {
    for (const { event, position: reached } of await buffer.take(position)) {
      position = reached;
      yield { kind: 'EVENT', event };
      if (buffer.closed) return;
    }
    if (buffer.overflowed) {
      buffer.reset();
      position = yield* replay(database, buffer, request, position);
    }
  }
}

/** Everything after `after` that is visible, page by page; returns the horizon it was complete up to. */
async function* replay(
  database: Database,
  buffer: SubscriberBuffer,
  request: FeedRequest,
  after: Position,
): AsyncGenerator<FeedItem, Position, void> {
  let position = after;
  while (!buffer.closed) {
    const page = await readAfterOfOrganization(
      database,
      request.organizationId,
      position,
      REPLAY_PAGE_EVENTS_MAX,
    );
    // Read after the page: retention raises the floor in the tx that drops, so a row missed shows here.
    assertNotExpired(position, await readFloor(database), page.horizon);
    assertNotAhead(position, page.horizon);
    for (const { event, position: reached } of page.events) {
      position = reached;
      if (!request.matches(event)) continue;
      yield { kind: 'EVENT', event };
      if (buffer.closed) return position;
    }
    if (page.events.length < REPLAY_PAGE_EVENTS_MAX) {
      yield { kind: 'CAUGHT_UP', cursor: formatCursor(page.horizon) };
      return page.horizon;
    }
  }
  return position;
}
