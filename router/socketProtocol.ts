import { randomUUID } from 'node:crypto';
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError, getOperationAST } from 'graphql';
import { type Context, makeServer, type SubscribePayload } from 'graphql-ws';
import { ApiError } from '../platform/errors.ts';
import type { Feed } from '../platform/feed/port.ts';
import type { Logger } from '../platform/log.ts';
import { type Authenticator, readBearer } from './auth.ts';
import type { RouterConfig } from './config.ts';
import { DocumentStore } from './documents.ts';
import type { Engine } from './engine/port.ts';
import { toPublicError } from './errors.ts';
import type { RouterMetrics } from './metrics.ts';
import { CLOSE, type Session } from './session.ts';
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

type Connection = Context<Record<string, unknown>, Session>;

/** What `onSubscribe` found out, for `execute` and `subscribe`. */
interface Operation {
  readonly session: Session;
  readonly id: string;
  readonly plan: SubscriptionPlan | null;
}

/** The hooks of graphql-ws: who may connect, what an operation is, and how it is run. */
export function makeSocketProtocol(
  parts: SocketServerParts,
): ReturnType<typeof makeServer<Record<string, unknown>, Session>> {
  const { engine, feed, metrics, logger } = parts;
  const documents = new DocumentStore(engine.apiSchema);
  const resolver = createMessageResolver(engine, metrics);

  return makeServer<Record<string, unknown>, Session>({
    connectionInitWaitTimeout: INIT_WAIT_MS,
    onConnect: (connection) => connect(connection, parts),
    onSubscribe: (connection, id, payload) => {
      return prepare(connection, id, payload, engine, documents);
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
