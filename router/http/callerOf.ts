import { readBearer, unauthenticated } from '../auth.ts';
import type { Caller, Identity } from '../caller.ts';
import type { RouterConfig } from '../config.ts';
import type { Identifier } from '../identity.ts';
import type { RequestRecord } from '../observability/record.ts';
import { departureOf } from './departure.ts';
import type { Exchange } from './exchange.ts';

const NONE: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Who asks, and what of the request goes on to the subgraphs.
 *
 * @throws {ApiError} UNAUTHENTICATED for bad credentials, also where none are needed; UNAVAILABLE when it cannot be told
 */
export async function callerOf(
  exchange: Exchange,
  record: RequestRecord,
  options: { readonly config: RouterConfig; readonly identifier: Identifier; readonly answerDueMs: number },
): Promise<Caller> {
  const { config, identifier, answerDueMs } = options;
  const identity = await identityOf(exchange, config, identifier);
  const forwarded = forwardedOf(exchange, config);
  return {
    identity,
    requestId: exchange.requestId,
    headers: Object.keys(record.headers).length === 0 ? forwarded : { ...forwarded, ...record.headers },
    signal: departureOf(exchange.request.socket),
    dueAtMs: exchange.startedAtMs + answerDueMs,
    record,
    span: record.span,
  };
}

async function identityOf(
  { request }: Exchange,
  config: RouterConfig,
  identifier: Identifier,
): Promise<Identity> {
  const { authorization } = request.headers;
  const token = authorization === undefined ? null : readBearer(authorization);
  // Where the header goes on to the subgraphs, schemes that they know are theirs to judge.
  const isTheirs = config.forwardedHeaders?.includes('authorization') ?? false;
  if (authorization !== undefined && token === null && !isTheirs) {
    throw unauthenticated('The credentials are malformed.');
  }
  return await identifier.identify(token, request.socket.remoteAddress ?? '');
}

function forwardedOf({ request }: Exchange, config: RouterConfig): Readonly<Record<string, string>> {
  const names = config.forwardedHeaders;
  if (names === undefined || names.length === 0) return NONE;
  const forwarded: Record<string, string> = Object.create(null);
  for (const name of names) {
    const value = request.headers[name];
    if (value !== undefined) forwarded[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return forwarded;
}
