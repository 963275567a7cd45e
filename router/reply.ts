import type { IncomingMessage, ServerResponse } from 'node:http';
import { isOriginAllowed, type RouterConfig } from './config.ts';
import { REQUEST_ID_HEADER } from './transport/http.ts';

const CORS_MAX_AGE_SECONDS = 600;
const ERROR_STATUS_MIN = 400;

export interface Reply {
  readonly status: number;
  readonly headers?: Iterable<readonly [string, string]>;
  readonly body: string;
}

/** Writes a reply with the headers that every reply has. */
export function writeReply(
  config: RouterConfig,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  reply: Reply,
): void {
  response.setHeader(REQUEST_ID_HEADER, requestId);
  response.setHeader('x-content-type-options', 'nosniff');
  setCors(config, request, response);
  for (const [name, value] of reply.headers ?? []) response.setHeader(name, value);
  // What was not read of a body that is too large would be taken for the next request.
  if (reply.status === 413) response.setHeader('connection', 'close');
  response
    .writeHead(reply.status)
    .end(reply.status >= ERROR_STATUS_MIN ? withRequestId(reply.body, requestId) : reply.body);
}

function setCors(config: RouterConfig, request: IncomingMessage, response: ServerResponse): void {
  const { origin, host } = request.headers;
  if (origin === undefined) return;
  response.setHeader('vary', 'origin');
  if (!isOriginAllowed(config, origin, host)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', REQUEST_ID_HEADER);
  if (request.method !== 'OPTIONS') return;
  response.setHeader('access-control-allow-methods', 'GET, POST');
  response.setHeader(
    'access-control-allow-headers',
    'authorization, content-type, x-request-id, apollo-require-preflight, x-apollo-operation-name',
  );
  response.setHeader('access-control-max-age', String(CORS_MAX_AGE_SECONDS));
}

/** Apollo Server refuses some requests before our plugin sees them; their errors get the id here. */
function withRequestId(body: string, requestId: string): string {
  if (!body.startsWith('{') || body.includes('"requestId"')) return body;
  const parsed = JSON.parse(body) as { errors?: { extensions?: object }[] };
  if (!Array.isArray(parsed.errors)) return body;
  const errors = parsed.errors.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return JSON.stringify({ ...parsed, errors });
}
