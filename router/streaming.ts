import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Feed } from '../platform/feed/port.ts';
import type { Logger } from '../platform/log.ts';
import type { RouterConfig } from './config.ts';
import type { Graphs } from './graphs.ts';
import type { StreamServer } from './http/port.ts';
import type { Identifier } from './identity.ts';
import type { Observability } from './observability/observability.ts';
import type { Documents } from './operation/persisted.ts';
import type { Budget, Pipeline } from './pipeline.ts';
import { createSocketServer } from './socket/websocket.ts';
import { Credentials } from './subscriptions/credentials.ts';
import { createSse } from './subscriptions/sse.ts';
import { Streams } from './subscriptions/streams.ts';
import type { TransportOf } from './subscriptions/upstreamSource.ts';

export interface StreamingParts {
  readonly config: RouterConfig;
  readonly pipeline: Pipeline;
  /** The same without a budget, for streams that are open and paid for. */
  readonly readmission: Pipeline;
  readonly graphs: Graphs;
  readonly feed: Feed | null;
  readonly transportOf: TransportOf;
  readonly identifier: Identifier;
  readonly documents: Documents;
  readonly observability: Observability;
  readonly budget: Budget | null;
  readonly logger: Logger;
}

/** Everything of a router that lasts longer than a request: sockets, event streams, and the subscriptions on them. */
export interface Streaming {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly sse: StreamServer;
  /** Says goodbye to every client, with a hint when to come back. They resume elsewhere by their cursors. */
  drain(): Promise<void>;
}

export function openStreaming(parts: StreamingParts): Streaming {
  const { config, identifier, logger, observability } = parts;
  const metrics = observability.metrics.streams;
  const streams = new Streams({ ...parts, limits: config.streams });
  const credentials = new Credentials(identifier, logger);
  const sockets = createSocketServer({ ...parts, streams, credentials, metrics });
  const sse = createSse({ ...parts, streams, credentials });
  return {
    upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
    sse: sse.serve,
    async drain() {
      await Promise.all([sockets.drain(), sse.drain()]);
      credentials.close();
      streams.close();
    },
  };
}
