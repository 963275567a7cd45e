import { once } from 'node:events';
import { type RawData, WebSocket } from 'ws';
import { createFeed } from '../../platform/feed/feed.ts';
import type { Feed } from '../../platform/feed/port.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { cacheAuthenticator } from '../../router/auth.ts';
import type { RouterConfig } from '../../router/config.ts';
import { createViewerIdentifier } from '../../router/identity.ts';
import { type Router, type RouterOptions, startRouter } from '../../router/main.ts';
import { createLocalTransport } from '../../router/transport/local.ts';
import { transportsBy } from '../harness/router.ts';
import { createSmallWorld, type SmallWorld, supergraphSdl } from './subgraphs.ts';
import { openStreamingDatabase, type StreamingDatabase, silent, waitFor } from './support.ts';

/** A router over small subgraphs and the real outbox. */
export interface RunningRouter {
  readonly router: Router;
  readonly database: StreamingDatabase;
  readonly feed: Feed;
  readonly world: SmallWorld;
  /** By token; a test takes one away to revoke it. */
  readonly viewers: Map<string, Viewer>;
  readonly organizationId: Uuid;
  /** What another router over the same is made of, but for its configuration. */
  readonly parts: Omit<RouterOptions, 'config'>;
  /** What the router tells Prometheus under this name, labels included. */
  metric(name: string): Promise<number>;
  close(): Promise<void>;
}

export const KEY = 'sk_test_all';
export const LIMITED_KEY = 'sk_test_accounts_only';

/** @param other what is not as it usually is */
export async function startTestRouter(
  change: Partial<RouterConfig> = {},
  other: Partial<RouterOptions> = {},
): Promise<RunningRouter> {
  const database = await openStreamingDatabase();
  const feed = await createFeed({ database: database.router, databaseUrl: database.url, logger: silent });
  const world = createSmallWorld();
  const organizationId = newUuid();
  const viewer = { organizationId, kind: 'KEY', subjectId: 'key' } as const;
  const viewers = new Map<string, Viewer>([
    [KEY, { ...viewer, scopes: ['*'] }],
    [LIMITED_KEY, { ...viewer, scopes: ['accounts:read'] }],
  ]);
  const authenticate = async (token: string): Promise<Viewer | null> => viewers.get(token) ?? null;
  const parts: Omit<RouterOptions, 'config'> = {
    supergraphSdl,
    transportOf: transportsBy(Object.values(world.subgraphs).map(createLocalTransport)),
    identifier: createViewerIdentifier(cacheAuthenticator({ authenticate }, silent)),
    feed,
    logger: silent,
    ...other,
  };
  const router = await startRouter({
    config: {
      host: '127.0.0.1',
      port: 0,
      introspection: true,
      allowedOrigins: ['https://app.example'],
      ...change,
    },
    ...parts,
  });
  return {
    router,
    database,
    feed,
    world,
    viewers,
    organizationId,
    parts,
    async metric(name) {
      const text = await (await fetch(new URL('/metrics', router.url))).text();
      const line = text.split('\n').find((one) => one.startsWith(`${name} `));
      return Number(line?.slice(name.length));
    },
    async close() {
      await router.close();
      await feed.close();
      await database.close();
    },
  };
}

export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A client that speaks the protocol by hand. */
export interface RawClient {
  readonly socket: WebSocket;
  readonly messages: readonly Message[];
  send(message: unknown): void;
  next(type: string, count?: number): Promise<readonly Message[]>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export async function connect(
  url: string,
  options: { readonly protocol?: string; readonly headers?: Record<string, string> } = {},
): Promise<RawClient> {
  const socket = new WebSocket(url, options.protocol ?? 'graphql-transport-ws', {
    headers: options.headers ?? {},
  });
  const messages: Message[] = [];
  socket.on('message', (data: RawData) => messages.push(JSON.parse(String(data)) as Message));
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  await once(socket, 'open');
  const ofType = (type: string): Message[] => messages.filter((message) => message.type === type);
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async next(type, count = 1) {
      await waitFor(
        `${count} ${type} in ${JSON.stringify(messages)}`,
        () => ofType(type).length >= count,
        8_000,
      );
      return ofType(type);
    },
  };
}

export async function connectAs(url: string, token = KEY): Promise<RawClient> {
  const client = await connect(url);
  client.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  await client.next('connection_ack');
  return client;
}
