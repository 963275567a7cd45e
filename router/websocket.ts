import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError, getOperationAST } from 'graphql';
import { type Context, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { ApiError } from '../platform/errors.ts';
import type { Feed } from '../platform/feed/port.ts';
import type { Logger } from '../platform/log.ts';
import { type Authenticator, readBearer } from './auth.ts';
import { BODY_BYTES_MAX, GRAPHQL_PATH, isOriginAllowed, type RouterConfig, SOCKETS_MAX } from './config.ts';
import { DocumentStore } from './documents.ts';
import type { Engine } from './engine/port.ts';
import { toPublicError } from './errors.ts';
import type { RouterMetrics } from './metrics.ts';
import { CLOSE, Session } from './session.ts';
import { Sessions } from './sessions.ts';
import { serveSubscription } from './subscriptions/fanout.ts';
import { planSubscription, type SubscriptionPlan } from './subscriptions/plan.ts';
import { createMessageResolver } from './subscriptions/resolve.ts';
import { streamOf } from './subscriptions/stream.ts';

const INIT_WAIT_MS = 3_000;
export const SUBSCRIPTIONS_PER_SOCKET_MAX = 100;

export interface SocketServerParts {
  readonly config: RouterConfig;
  readonly engine: Engine;
  readonly feed: Feed;
  readonly authenticator: Authenticator;
  readonly metrics: RouterMetrics;
  readonly logger: Logger;
}

/** GraphQL over WebSocket (subprotocol graphql-transport-ws): subscriptions, and queries and mutations too. */
export interface SocketServer {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Takes no new sockets and closes those open with 1001. */
  drain(): Promise<void>;
}

type Connection = Context<Record<string, unknown>, Session>;

/** What `onSubscribe` found out, for `execute` and `subscribe`. */
interface Operation {
  readonly session: Session;
  readonly id: string;
  readonly plan: SubscriptionPlan | null;
}

export function createSocketServer(parts: SocketServerParts): SocketServer {
  const { config, logger } = parts;
  const sessions = new Sessions(parts.authenticator, logger);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: BODY_BYTES_MAX, handleProtocols });
  const protocol = makeProtocol(parts);
  let draining = false;

  function open(session: Session): void {
    const { socket } = session;
    sessions.add(session);
    parts.metrics.socketsOpen.set(sessions.size);
    socket.on('error', (error) => logger.debug({ fault: error.message }, 'a socket failed'));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => session.write(text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          socket.on('message', (data) => {
            handle(String(data)).catch((error: Error) => {
              logger.error({ err: error }, 'a socket message could not be handled');
              socket.close(CLOSE.INTERNAL, 'Internal server error');
            });
          }),
      },
      session,
    );
    socket.once('close', (code, reason) => {
      parts.metrics.socketsOpen.set(sessions.size);
      void closed(code, String(reason));
    });
  }

  return {
    upgrade(request, socket, head) {
      const refusal = draining ? '503 Service Unavailable' : refuse(request, config, sessions.size);
      if (refusal !== null) {
        socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) =>
        open(new Session(webSocket, request.headers.authorization)),
      );
    },
    async drain() {
      draining = true;
      await sessions.drain();
    },
  };
}

/** A page of another origin may open a socket with no preflight, so the Origin is checked here. */
function refuse(request: IncomingMessage, config: RouterConfig, open: number): string | null {
  const path = request.url?.split('?')[0];
  const { origin, host } = request.headers;
  if (path !== GRAPHQL_PATH) return '404 Not Found';
  if (origin !== undefined && !isOriginAllowed(config, origin, host)) return '403 Forbidden';
  return open >= (config.socketsMax ?? SOCKETS_MAX) ? '503 Service Unavailable' : null;
}

function makeProtocol(
  parts: SocketServerParts,
): ReturnType<typeof makeServer<Record<string, unknown>, Session>> {
  const { engine, feed, metrics, logger } = parts;
  const documents = new DocumentStore(engine.apiSchema);
  const resolver = createMessageResolver(engine, metrics);

  return makeServer<Record<string, unknown>, Session>({
    connectionInitWaitTimeout: INIT_WAIT_MS,
    onConnect: (connection) => connect(connection, parts),
    onSubscribe: (connection, id, payload) => {
      const prepared = prepare(connection, id, payload, engine, documents);
      return prepared;
    },
    execute(args) {
      const { session } = args.contextValue as Operation;
      if (session.viewer === null) throw new ApiError('UNAUTHENTICATED', 'The socket has no credentials.');
      return engine.execute({
        document: args.document,
        operationName: args.operationName ?? undefined,
        variables: args.variableValues ?? {},
        viewer: session.viewer,
        requestId: randomUUID(),
      });
    },
    subscribe(args) {
      const { session, id, plan } = args.contextValue as Operation;
      const { viewer } = session;
      if (plan === null || viewer === null)
        throw new ApiError('UNAUTHENTICATED', 'The socket has no credentials.');
      const send = async (json: string): Promise<void> => {
        metrics.messagesSent.inc();
        await session.sendNext(id, json);
      };
      return streamOf(async (signal) => {
        metrics.subscriptionsOpen.inc();
        try {
          await serveSubscription({ plan, viewer, feed, resolver, send, signal });
        } finally {
          metrics.subscriptionsOpen.dec();
        }
      });
    },
    onError: (_connection, _id, _payload, errors) => errors.map((error) => showError(error, logger)),
  });
}

/** Parses, validates and authorises an operation, or says why it cannot be run. */
function prepare(
  connection: Connection,
  id: string,
  payload: SubscribePayload,
  engine: Engine,
  documents: DocumentStore,
): ExecutionArgs | readonly GraphQLError[] {
  const session = connection.extra;
  if (session.viewer === null) return [new ApiError('UNAUTHENTICATED', 'The socket has no credentials.')];
  if (Object.keys(connection.subscriptions).length > SUBSCRIPTIONS_PER_SOCKET_MAX) {
    return [
      new ApiError('OVERLOADED', `A socket carries at most ${SUBSCRIPTIONS_PER_SOCKET_MAX} operations.`),
    ];
  }
  const document = documents.read(payload.query);
  if (!('kind' in document)) return document;
  const operationName = payload.operationName ?? undefined;
  const variables = payload.variables ?? {};
  const operation = getOperationAST(document, operationName);
  if (!operation) return [new ApiError('BAD_USER_INPUT', 'There is no such operation.')];
  try {
    const { viewer } = session;
    const plan =
      operation.operation === 'subscription'
        ? planSubscription(engine.apiSchema, {
            document,
            text: payload.query,
            operationName,
            variables,
            viewer,
          })
        : null;
    const contextValue: Operation = { session, id, plan };
    const { apiSchema: schema } = engine;
    return { schema, document, operationName, variableValues: variables, contextValue, rootValue: undefined };
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

/** True when the credentials of `connection_init`, or of the upgrade, are good; else the socket is closed. */
async function connect(connection: Connection, parts: SocketServerParts): Promise<boolean> {
  const session = connection.extra;
  const { authorization, Authorization } = connection.connectionParams ?? {};
  const token = readBearer(authorization ?? Authorization) ?? readBearer(session.authorizationHeader);
  try {
    const viewer = token === null ? null : await parts.authenticator.authenticate(token);
    if (viewer !== null) {
      session.viewer = viewer;
      session.token = token;
      session.authenticatedAtMs = Date.now();
      return true;
    }
    session.socket.close(CLOSE.UNAUTHORIZED, 'Unauthorized');
  } catch {
    session.socket.close(CLOSE.TRY_AGAIN_LATER, 'Credentials cannot be checked');
  }
  return false;
}

function showError(error: GraphQLError, logger: Logger): GraphQLFormattedError {
  const cause = error.originalError instanceof GraphQLError ? error.originalError : error;
  return toPublicError(cause.toJSON(), randomUUID(), logger);
}
