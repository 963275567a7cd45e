import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionResult } from 'graphql';
import type { StreamMessage } from '../schema/events.ts';
import { type ApolloHost, createApolloHost } from './apolloHost.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import { DEADLINE_HEADER, dueAtMsOf, lateError, untilDue } from './deadline.ts';
import { ApiError, type ErrorCode } from './errors.ts';
import { newUuid } from './id.ts';
import type { Logger } from './log.ts';
import type { Subgraph } from './subgraph.ts';
import { faultType, type Span, type Tracer, withSpan } from './tracing.ts';
import { VIEWER_HEADER, type Viewer, verifyViewer } from './viewer.ts';

/** A further path of a subgraph's server. Its body is JSON, signed like every other. */
export type Route = (request: {
  readonly body: unknown;
  readonly viewer: Viewer;
  readonly requestId: string;
  /** `performance.now()` at which nobody waits any more. */
  readonly dueAtMs: number | undefined;
}) => Promise<{ readonly status: number; readonly body: unknown }>;

export interface ServeOptions {
  readonly subgraph: Subgraph;
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  /** Shared with the router; whoever has it is believed. */
  readonly viewerSecret: string;
  readonly logger: Logger;
  /** By path, such as `/internal/authenticate`. */
  readonly extraRoutes?: Readonly<Record<string, Route>>;
  readonly clock?: Clock;
  /** Continues the router's traces; begins none of its own. */
  readonly tracer?: Tracer | undefined;
}

export interface SubgraphServer {
  readonly url: string;
  /** Ends what is under way, for at most 10 s, then closes every connection. The subgraph stays the caller's. */
  close(): Promise<void>;
}

export const BODY_BYTES_MAX = 4 * 1024 * 1024;
const REQUEST_WAIT_MS = 30_000;
const HEADERS_WAIT_MS = 10_000;
/** Longer than the router's own, so that the side which sends is the side which closes. */
const KEEP_ALIVE_MS = 65_000;
const CLOSE_WAIT_MS = 10_000;
const CLOSE_POLL_MS = 25;

/**
 * Serves a Subgraph to the router over HTTP at `/graphql`. Each request carries the Viewer, signed together with
 * the exact bytes of its body; anything else is refused before it is parsed.
 */
export async function serveSubgraph(options: ServeOptions): Promise<SubgraphServer> {
  const apollo = await createApolloHost(options.subgraph, options.logger);
  const graphql: Route = (request) => executeBody(options.subgraph, apollo, request);
  const routes = new Map(Object.entries({ '/graphql': graphql, ...options.extraRoutes }));
  let isClosing = false;
  const server = createServer((request, response) => {
    if (isClosing) response.setHeader('connection', 'close');
    const path = pathOf(request.url);
    if (request.method === 'GET' && path === '/health') {
      return send(response, isClosing ? 503 : 200, { status: isClosing ? 'closing' : 'ok' });
    }
    answer(request, response, routes.get(path), options).catch((error: unknown) => {
      options.logger.error({ err: error }, 'a request was not answered');
      response.destroy();
    });
  });
  Object.assign(server, {
    requestTimeout: REQUEST_WAIT_MS,
    headersTimeout: HEADERS_WAIT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  await listen(server, options);
  return {
    url: urlOf(server, options.host),
    async close() {
      isClosing = true;
      await closeServer(server);
      await apollo.stop();
    },
  };
}

function pathOf(url: string | undefined): string {
  return url?.split('?', 1)[0] ?? '';
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  route: Route | undefined,
  options: ServeOptions,
): Promise<void> {
  const startedAtMs = performance.now();
  const requestId = requestIdOf(request);
  response.setHeader('x-request-id', requestId);
  if (route === undefined) return refuse(response, 404, 'BAD_USER_INPUT', 'there is nothing at this path');
  if (request.method !== 'POST') return refuse(response, 405, 'BAD_USER_INPUT', 'only POST is answered here');
  const text = await readBody(request);
  if (text === 'TOO_LARGE') {
    // What is still under way is not read: the connection cannot be used again.
    response.setHeader('connection', 'close');
    return refuse(response, 413, 'BAD_USER_INPUT', `a body has at most ${BODY_BYTES_MAX} bytes`);
  }
  const { viewerSecret, clock = systemClock, logger } = options;
  const header = request.headers[VIEWER_HEADER];
  const viewer =
    text === 'NOT_UTF8' || Array.isArray(header)
      ? null
      : verifyViewer(header, text.body, viewerSecret, clock.now());
  if (viewer === null || text === 'NOT_UTF8') {
    return refuse(response, 401, 'UNAUTHENTICATED', 'the request is not signed by the router');
  }
  const dueAtMs = dueAtMsOf(request.headers[DEADLINE_HEADER]?.toString(), startedAtMs);
  const span = continueTrace(request, startedAtMs, options);
  try {
    const body = JSON.parse(text.body);
    const answered = await withSpan(span, () => route({ body, viewer, requestId, dueAtMs }));
    span?.set({ 'http.response.status_code': answered.status });
    send(response, answered.status, answered.body);
  } catch (error) {
    span?.fail(faultType(error));
    if (error instanceof SyntaxError) return refuse(response, 400, 'BAD_USER_INPUT', 'the body is not JSON');
    logger.error({ err: error, requestId }, 'a route failed');
    const message = `something went wrong on our side; quote request ${requestId}`;
    refuse(response, 500, 'INTERNAL_SERVER_ERROR', message);
  } finally {
    span?.end();
  }
}

/** The router decides what is recorded, so a request without its headers is not. */
function continueTrace(
  { headers, url }: IncomingMessage,
  startedAtMs: number,
  { tracer, subgraph }: ServeOptions,
): Span | undefined {
  if (tracer === undefined || headers.traceparent === undefined) return undefined;
  const path = pathOf(url);
  const attributes = { 'http.request.method': 'POST', 'url.path': path, 'omsx.subgraph': subgraph.name };
  return tracer.begin(`POST ${path}`, 'SERVER', { headers, attributes, startedAtMs }).span;
}

interface EventBody {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null;
  readonly operationName?: string | null;
  readonly extensions: { readonly event: Readonly<Record<string, StreamMessage>> };
}

/** Queries and mutations go through @apollo/server; the fetch of an event is a subscription, which it does not answer. */
async function executeBody(
  subgraph: Subgraph,
  apollo: ApolloHost,
  request: Parameters<Route>[0],
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { body, viewer, requestId, dueAtMs } = request;
  if (!isEventBody(body)) {
    const { status, text } = await apollo.execute(body, { viewer, requestId, dueAtMs });
    return { status, body: new JsonText(text) };
  }
  const executed = subgraph.execute({
    query: body.query,
    variables: body.variables ?? {},
    ...(body.operationName ? { operationName: body.operationName } : {}),
    event: body.extensions.event,
    viewer,
    requestId,
    ...(dueAtMs === undefined ? {} : { dueAtMs }),
  });
  const result = await untilDue<ExecutionResult>(executed, dueAtMs, () => ({ errors: [lateError()] }));
  return { status: 200, body: result };
}

function isEventBody(body: unknown): body is EventBody {
  const { query, extensions } = (body ?? {}) as { query?: unknown; extensions?: { event?: unknown } };
  const event = extensions?.event;
  return typeof query === 'string' && typeof event === 'object' && event !== null;
}

/** A body that is JSON text already. */
class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The body exactly as it was signed: an ill-formed or shortened text would have another signature anyway. */
async function readBody(
  request: IncomingMessage,
): Promise<{ readonly body: string } | 'TOO_LARGE' | 'NOT_UTF8'> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) return 'TOO_LARGE';
    chunks.push(chunk);
  }
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { body: decoder.decode(Buffer.concat(chunks)) };
  } catch {
    return 'NOT_UTF8';
  }
}

function refuse(response: ServerResponse, status: number, code: ErrorCode, message: string): void {
  send(response, status, { errors: [new ApiError(code, message).toJSON()] });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = body instanceof JsonText ? body.text : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(text);
}

const REQUEST_ID_PATTERN = /^[\w.-]{1,64}$/;

/** The router's, so that one request has one id in all logs; a new one when it sent none. */
function requestIdOf(request: IncomingMessage): string {
  const given = String(request.headers['x-request-id'] ?? '');
  return REQUEST_ID_PATTERN.test(given) ? given : newUuid();
}

function listen(server: Server, { port, host }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function closeServer(server: Server): Promise<void> {
  let isClosed = false;
  const closed = new Promise<void>((resolve) => server.close(() => resolve())).then(() => {
    isClosed = true;
  });
  const deadline = Date.now() + CLOSE_WAIT_MS;
  // Again and again, because a kept-alive connection becomes idle only after its answer.
  while (!isClosed && Date.now() < deadline) {
    server.closeIdleConnections();
    const poll = new AbortController();
    await Promise.race([closed, sleep(CLOSE_POLL_MS, poll.signal)]);
    poll.abort();
  }
  server.closeAllConnections();
  await closed;
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
