import { formatCursor, type Position } from '../cursor.ts';
import { ApiError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Database, isConnectionLoss } from '../postgres.ts';
import type { RedisLink } from '../redis.ts';
import { readCursor } from './cursorCheck.ts';
import { readDeployment } from './deployment.ts';
import { NextRead } from './nextRead.ts';
import { readHorizon } from './outboxRows.ts';
import type { Feed, FeedItem, FeedRequest, ReplayItem, ReplayRequest } from './port.ts';
import { SubscriberRegistry } from './registry.ts';
import { replay } from './replay.ts';
import { SHARDS_DEFAULT } from './shard.ts';
import { SubscriberBuffer } from './subscriber.ts';
import { Tail } from './tail.ts';
import { EventWindows, type WindowsLimits } from './windows.ts';

export interface FeedOptions {
  /** As role omsx_router. */
  readonly database: Database;
  /** For the connection that listens to hints. */
  readonly databaseUrl: string;
  readonly redis?: RedisLink | null;
  /** As the relay has it. */
  readonly shards?: number;
  readonly logger: Logger;
  /** What is held of recent events; `WINDOWS_LIMITS` where it says nothing. */
  readonly windows?: Partial<WindowsLimits>;
}

/** What following takes. */
interface FollowParts {
  readonly registry: SubscriberRegistry;
  readonly windows: EventWindows;
  /** Read after it was called, once for all who ask meanwhile. */
  readonly readHorizon: () => Promise<Position>;
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
  const windows = new EventWindows(database, options.windows);
  const horizons = new NextRead<Position>();
  const parts: FollowParts = {
    registry,
    windows,
    readHorizon: () => horizons.ask(() => readHorizon(database)),
  };
  return {
    subscribe: (request) => followRegistered(parts, request),
    replay: (request) => replayAlone(windows, request),
    position: async () => formatCursor(await parts.readHorizon()),
    status: () => ({
      subscribers: registry.size,
      source: tail.source,
      overflows: registry.overflows,
      gapsFilled: tail.gapsFilled,
      lagMs: tail.lagMs,
      pagesRead: windows.pagesRead,
      heldEvents: windows.events,
      heldBytes: windows.bytes,
    }),
    async close() {
      registry.closeAll();
      windows.close();
      await tail.close();
    },
  };
}

/**
 * Registers for live events first and looks where the outbox stands second: what was delivered before the
 * registration is at or behind that horizon, and what comes later is in the buffer.
 */
async function* followRegistered(
  parts: FollowParts,
  request: FeedRequest,
): AsyncGenerator<FeedItem, void, void> {
  const { registry } = parts;
  const after = request.after === null ? null : readCursor(request.after);
  const buffer = new SubscriberBuffer(request.organizationId, request.matches);
  const close = (): void => buffer.close();
  registry.add(buffer);
  request.signal.addEventListener('abort', close, { once: true });
  if (request.signal.aborted) close();
  try {
    yield* follow(parts, buffer, request, after);
  } catch (error) {
    throw toldFault(error);
  } finally {
    request.signal.removeEventListener('abort', close);
    registry.remove(buffer);
  }
}

async function* follow(
  parts: FollowParts,
  buffer: SubscriberBuffer,
  request: FeedRequest,
  after: Position | null,
): AsyncGenerator<FeedItem, void, void> {
  let position = after;
  if (position === null) {
    position = await parts.readHorizon();
    yield { kind: 'CAUGHT_UP', cursor: formatCursor(position), position };
  } else {
    position = yield* replayTo(parts, buffer, request, position);
  }
  while (!buffer.closed) {
    for (const { event, position: reached } of await buffer.take(position)) {
      position = reached;
      yield { kind: 'EVENT', event, position };
      if (buffer.closed) return;
    }
    if (buffer.overflowed) {
      buffer.reset();
      position = yield* replayTo(parts, buffer, request, position);
    }
  }
}

/** Everything after `after` that is visible; returns the position it was complete up to. */
async function* replayTo(
  { windows }: FollowParts,
  buffer: SubscriberBuffer,
  { organizationId, matches, signal }: FeedRequest,
  after: Position,
): AsyncGenerator<FeedItem, Position, void> {
  const items = replay(windows, { organizationId, matches, after, signal });
  for (let item = await items.next(); ; item = await items.next()) {
    if (item.done) return item.value;
    if (item.value.kind !== 'PASSED') yield item.value;
    // Closed by the feed itself, which the signal does not tell.
    if (buffer.closed) return item.value.position;
  }
}

async function* replayAlone(
  windows: EventWindows,
  request: ReplayRequest,
): AsyncGenerator<ReplayItem, void, void> {
  try {
    yield* replay(windows, request);
  } catch (error) {
    throw toldFault(error);
  }
}

function toldFault(error: unknown): unknown {
  if (!isConnectionLoss(error)) return error;
  return new ApiError('UNAVAILABLE', 'Events cannot be read at present; resume from the last cursor.');
}
