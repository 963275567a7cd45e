import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { Feed } from '../platform/feed/port.ts';
import type { Logger } from '../platform/log.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { HttpContext } from './apolloServer.ts';
import { type Authenticator, readBearer, unauthenticated } from './auth.ts';
import { BodyError, readJsonBody } from './body.ts';
import { BODY_BYTES_MAX, GRAPHQL_PATH, type RouterConfig } from './config.ts';
import { internalError } from './errors.ts';
import { LANDING_PAGE } from './landing.ts';
import type { RouterMetrics } from './metrics.ts';
import { type Reply, writeReply } from './reply.ts';
import { REQUEST_ID_HEADER } from './transport/http.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** What the subgraphs accept too, so that one request has one id in all logs. */
const REQUEST_ID = /^[\w.-]{1,64}$/;

export interface HttpParts {
  readonly config: RouterConfig;
  readonly apollo: ApolloServer<HttpContext>;
  readonly authenticator: Authenticator;
  readonly feed: Feed;
  readonly metrics: RouterMetrics;
  readonly logger: Logger;
  readonly isDraining: () => boolean;
}

const JSON_TYPE: readonly [string, string] = ['content-type', 'application/json; charset=utf-8'];

/** The HTTP side of the router, not yet listening. */
export function createHttpServer(parts: HttpParts): Server {
  return createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS },
    (request, response) => {
      const given = request.headers[REQUEST_ID_HEADER];
      const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
      const startedMs = performance.now();
      answer(parts, request, requestId)
        .catch((error: unknown) => failure(error, requestId, parts.logger))
        .then((reply) => {
          const isGraphql = request.url?.startsWith(GRAPHQL_PATH) && request.method !== 'OPTIONS';
          const seconds = (performance.now() - startedMs) / 1_000;
          if (isGraphql) parts.metrics.requestSeconds.observe({ status: String(reply.status) }, seconds);
          writeReply(parts.config, request, response, requestId, reply);
        })
        .catch((error: unknown) =>
          parts.logger.error({ err: error, requestId }, 'a reply could not be written'),
        );
    },
  );
}

async function answer(parts: HttpParts, request: IncomingMessage, requestId: string): Promise<Reply> {
  const [path = '/', search = ''] = (request.url ?? '/').split(/(?=\?)/, 2);
  if (request.method === 'OPTIONS') return { status: 204, body: '' };
  if (path === GRAPHQL_PATH) return await graphql(parts, request, search, requestId);
  if (path === '/health') return { status: 200, headers: [JSON_TYPE], body: '{"status":"ok"}' };
  if (path === '/ready') return ready(parts);
  if (path === '/metrics') {
    return { status: 200, headers: [['content-type', 'text/plain']], body: await parts.metrics.text() };
  }
  if (path === '/') {
    return { status: 200, headers: [['content-type', 'text/html; charset=utf-8']], body: LANDING_PAGE };
  }
  return { status: 404, headers: [JSON_TYPE], body: '{"status":"not found"}' };
}

function ready(parts: HttpParts): Reply {
  const draining = parts.isDraining();
  const body = JSON.stringify({
    status: draining ? 'draining' : 'ready',
    events: parts.feed.status().source,
  });
  return { status: draining ? 503 : 200, headers: [JSON_TYPE], body };
}

async function graphql(
  parts: HttpParts,
  request: IncomingMessage,
  search: string,
  requestId: string,
): Promise<Reply> {
  const body = await readJsonBody(request, BODY_BYTES_MAX);
  const viewer = await viewerOf(parts, request);
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const result = await parts.apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: request.method ?? 'GET', headers, search, body },
    context: () => Promise.resolve({ viewer, requestId }),
  });
  // Incremental delivery is not offered, so a body is always whole.
  const text = result.body.kind === 'complete' ? result.body.string : '';
  return { status: result.status ?? 200, headers: result.headers, body: text };
}

/** Null without credentials. @throws {ApiError} UNAUTHENTICATED for bad ones, also where none are needed. */
async function viewerOf(parts: HttpParts, request: IncomingMessage): Promise<Viewer | null> {
  const { authorization } = request.headers;
  if (authorization === undefined) return null;
  const token = readBearer(authorization);
  const viewer = token === null ? null : await parts.authenticator.authenticate(token);
  if (viewer === null) throw unauthenticated('The credentials are unknown, expired or revoked.');
  return viewer;
}

function failure(error: unknown, requestId: string, logger: Logger): Reply {
  if (error instanceof BodyError) {
    const code = 'BAD_REQUEST';
    const errors = [{ message: error.message, extensions: { code, requestId } }];
    return { status: error.status, headers: [JSON_TYPE], body: JSON.stringify({ errors }) };
  }
  if (error instanceof GraphQLError) {
    const status = error.extensions.code === 'UNAUTHENTICATED' ? 401 : 503;
    const { http: _, ...extensions } = error.extensions;
    const shown = { ...error.toJSON(), extensions: { ...extensions, requestId } };
    return { status, headers: [JSON_TYPE], body: JSON.stringify({ errors: [shown] }) };
  }
  logger.error({ err: error, requestId }, 'a request failed');
  return { status: 500, headers: [JSON_TYPE], body: JSON.stringify({ errors: [internalError(requestId)] }) };
}
