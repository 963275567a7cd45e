import type { Config } from '../platform/config.ts';
import { createFeed } from '../platform/feed/feed.ts';
import type { Feed } from '../platform/feed/port.ts';
import type { Logger } from '../platform/log.ts';
import { openDatabase } from '../platform/postgres.ts';
import { connectRedis, type RedisLink } from '../platform/redis.ts';
import { type Relay, startRelay } from '../platform/relay/relay.ts';
import type { Tracer } from '../platform/tracing.ts';
import type { Closers } from './closers.ts';

export interface StreamOptions {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  /** Undefined where traces are off. */
  readonly tracer: Tracer | undefined;
  readonly logger: Logger;
  readonly closers: Closers;
}

const FEED_CONNECTIONS_MAX = 6;
/** One for the batch under way, one for the lease. */
const RELAY_CONNECTIONS_MAX = 2;

/** Null where there is no Redis: everything works on from the outbox. */
export async function openRedis(options: StreamOptions): Promise<RedisLink | null> {
  const { redisUrl: url, logger, closers } = options;
  return url === undefined ? null : closers.add(await connectRedis({ url, logger }));
}

export async function openFeed(options: StreamOptions, redis: RedisLink | null): Promise<Feed> {
  const { databaseUrl, logger, closers, config } = options;
  const database = closers.add(
    await openDatabase({ url: databaseUrl, role: 'omsx_router', poolMax: FEED_CONNECTIONS_MAX }),
  );
  return closers.add(await createFeed({ database, databaseUrl, redis, logger, shards: config.streamShards }));
}

export async function openRelay(
  options: StreamOptions,
  redis: RedisLink | null,
  settings: { readonly paceMs?: number; readonly copies?: boolean } = {},
): Promise<Relay> {
  const { databaseUrl, tracer, logger, closers, config } = options;
  const database = closers.add(
    await openDatabase({ url: databaseUrl, role: 'omsx_relay', poolMax: RELAY_CONNECTIONS_MAX }),
  );
  return closers.add(
    startRelay({ database, databaseUrl, redis, tracer, logger, shards: config.streamShards, ...settings }),
  );
}
