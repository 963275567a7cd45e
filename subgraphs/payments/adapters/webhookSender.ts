import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import type { AttemptOutcome } from '../domain/webhookAttempt.ts';
import { type AddressPolicy, hostOf, isAllowedAddress, urlFault } from '../domain/webhookUrl.ts';

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface Sent {
  readonly outcome: AttemptOutcome;
  readonly statusCode: number | null;
  readonly latencyMs: number;
  /** The first 4 KiB as text; null where nothing was answered. */
  readonly responseBody: string | null;
  /** Why it was not delivered: a code, never an address of ours. */
  readonly error: string | null;
}

export interface WebhookSender {
  /** One POST. Never throws; follows no redirect. What was sent may have arrived unless the outcome is BLOCKED. */
  send(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Sent>;
  close(): Promise<void>;
}

export interface SenderOptions extends AddressPolicy {
  readonly resolve?: Resolve;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 10_000;
const CONNECTIONS_PER_ORIGIN_MAX = 64;
const RESPONSE_BYTES_MAX = 4_096;
const ADDRESSES_MAX = 16;
const HEADER_BYTES_MAX = 16_384;

/** A name that resolves to an address that nobody is sent to. */
class BlockedError extends Error {
  readonly code = 'ADDRESS_REFUSED';
}

/**
 * Sends over connections that only lead to the public: a name is resolved once for each connection, every address of it
 * must be allowed, and the socket goes to those very addresses. TLS and Host keep the name.
 */
export function createWebhookSender(options: SenderOptions): WebhookSender {
  const { timeoutMs = TIMEOUT_MS } = options;
  const dispatcher = new Agent({
    connect: { lookup: guardedLookup(options), timeout: CONNECT_TIMEOUT_MS, maxCachedSessions: 1_000 },
    connections: CONNECTIONS_PER_ORIGIN_MAX,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  return {
    async send(url, headers, body) {
      const startedAt = performance.now();
      const took = (): number => Math.round(performance.now() - startedAt);
      // Also an endpoint that was stored before a rule, or under another policy.
      if (urlFault(url, options) !== null) return failed('BLOCKED', 'URL_REFUSED', took());
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const response = await request(url, { method: 'POST', headers, body, dispatcher, signal });
        const responseBody = await readStart(response.body);
        const isTaken = response.statusCode >= 200 && response.statusCode < 300;
        return {
          outcome: isTaken ? 'DELIVERED' : 'REFUSED',
          statusCode: response.statusCode,
          latencyMs: took(),
          responseBody,
          error: isTaken ? null : `HTTP_${response.statusCode}`,
        };
      } catch (error) {
        return failed(...outcomeOf(error, signal.aborted), took());
      }
    },
    close: () => dispatcher.destroy(),
  };
}

async function resolveAll(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

function guardedLookup(options: SenderOptions): LookupFunction {
  const { resolve = resolveAll } = options;
  return (hostname, { all }, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const isRefused = addresses.length === 0 || !addresses.every((one) => isAllowedAddress(one, options));
        if (isRefused) return callback(new BlockedError(), '');
        const found = addresses
          .slice(0, ADDRESSES_MAX)
          .map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (all || first === undefined) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}

/** Reads no more than is kept, and lets the connection go where there is more. */
async function readStart(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= RESPONSE_BYTES_MAX) break;
  }
  // Postgres text cannot hold NUL.
  return Buffer.concat(chunks).subarray(0, RESPONSE_BYTES_MAX).toString('utf8').replaceAll('\0', '');
}

function outcomeOf(error: unknown, isTimedOut: boolean): [AttemptOutcome, string] {
  const code = codeOf(error);
  if (code === 'ADDRESS_REFUSED') return ['BLOCKED', code];
  if (isTimedOut || code.includes('TIMEOUT') || code === 'ETIMEDOUT') return ['TIMEOUT', 'TIMEOUT'];
  return ['UNREACHABLE', code];
}

/** Node's and undici's codes are names; messages may quote addresses. */
function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const found = typeof code === 'string' ? code : cause?.code;
  return typeof found === 'string' && /^[A-Z0-9_]{1,60}$/.test(found) ? found : 'FAILED';
}

function failed(outcome: AttemptOutcome, error: string, latencyMs: number): Sent {
  return { outcome, statusCode: null, latencyMs, responseBody: null, error };
}

/** The host that a URL names, for logs. */
export function hostNameOf(url: string): string {
  return URL.canParse(url) ? hostOf(new URL(url)) : '';
}
