import { isOriginAllowed, type RouterConfig } from '../config.ts';
import { REQUEST_ID_HEADER } from '../transport/headers.ts';
import { compress } from './compress.ts';
import type { Exchange } from './exchange.ts';
import { PREFLIGHT_HEADERS } from './forgery.ts';

const CORS_MAX_AGE_SECONDS = '600';
const CORS_HEADERS = ['authorization', 'content-type', 'x-request-id', ...PREFLIGHT_HEADERS].join(', ');
const EXPOSED_HEADERS = [REQUEST_ID_HEADER, 'retry-after'].join(', ');
const NO_CONTENT = 204;
/** RFC 9110 has no word for it; GraphQL over HTTP (September 2026), section Partial success. */
const STATUS_TEXTS: Readonly<Record<number, string>> = { 294: 'Partial Success' };

/** An answer that is ready to be written. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
}

export interface ReplyPolicy {
  readonly config: RouterConfig;
  readonly isDraining: () => boolean;
  readonly answerTakenMs: number;
}

/** Writes an answer with the headers that every answer has. Resolves when all of it is handed to Node. */
export async function writeReply(exchange: Exchange, reply: Reply, policy: ReplyPolicy): Promise<void> {
  const { request } = exchange;
  const compressing =
    policy.config.compression === false ? null : compress(reply.body, request.headers['accept-encoding']);
  const compressed = compressing === null ? null : await compressing;
  const body = compressed?.bytes ?? reply.body;
  const headers = commonHeaders(exchange, policy.config);
  if (reply.status !== NO_CONTENT) {
    headers.push('content-type', reply.type, 'content-length', String(Buffer.byteLength(body)));
  }
  if (compressed !== null) headers.push('content-encoding', compressed.coding, 'vary', 'accept-encoding');
  if (reply.headers !== undefined) headers.push(...reply.headers);
  // Keep-alive connections would hold a router that stops until they are cut.
  if (policy.isDraining() && !headers.includes('connection')) headers.push('connection', 'close');
  write(exchange, reply.status, headers, body, policy.answerTakenMs);
}

/** What every answer has, streams too: the request id, and whether a page of another origin may read it. */
export function commonHeaders(exchange: Exchange, config: RouterConfig): string[] {
  const headers = [REQUEST_ID_HEADER, exchange.requestId, 'x-content-type-options', 'nosniff'];
  const { origin, host } = exchange.request.headers;
  if (origin === undefined) return headers;
  headers.push('vary', 'origin');
  if (!isOriginAllowed(config, origin, host)) return headers;
  // Never with access-control-allow-credentials: who asks is told by a header that the page itself sets.
  headers.push('access-control-allow-origin', origin, 'access-control-expose-headers', EXPOSED_HEADERS);
  if (exchange.request.method !== 'OPTIONS') return headers;
  headers.push('access-control-allow-methods', 'GET, POST');
  headers.push('access-control-allow-headers', CORS_HEADERS, 'access-control-max-age', CORS_MAX_AGE_SECONDS);
  return headers;
}

function write(
  { request, response }: Exchange,
  status: number,
  headers: string[],
  body: string | Buffer,
  answerTakenMs: number,
): void {
  const text = STATUS_TEXTS[status];
  // A flat list is written as it is; setHeader would build and copy an object first.
  if (text === undefined) response.writeHead(status, headers);
  else response.writeHead(status, text, headers);
  response.end(body);
  if (response.writableFinished || request.socket.writableLength === 0) return;
  // The client has not taken it all. One that never does would hold the answer in memory for good.
  const timer = setTimeout(() => request.socket.destroy(), answerTakenMs);
  timer.unref();
  response.once('close', () => clearTimeout(timer));
}
