import type { FormattedExecutionResult } from 'graphql';
import { Pool } from 'undici';
import { sleep } from '../../platform/clock.ts';
import { signViewer, VIEWER_HEADER } from '../../platform/viewer.ts';
import { SubgraphUnavailableError, type Transport, type TransportRequest } from './port.ts';

export interface HttpTransportOptions {
  readonly name: string;
  /** Of the subgraph's GraphQL endpoint. */
  readonly url: string;
  /** The deployment's secret, with which the Viewer is signed for each body. */
  readonly viewerSecret: string;
  readonly connectionsMax?: number;
  readonly deadlineMs?: number;
}

export const REQUEST_ID_HEADER = 'x-request-id';
/** Milliseconds that the caller still waits; the subgraph may give up after them. */
export const DEADLINE_HEADER = 'x-omsx-deadline-ms';

const CONNECTIONS_MAX = 64;
const DEADLINE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 1_000;
const KEEP_ALIVE_MS = 30_000;
const RESPONSE_BYTES_MAX = 32 * 1024 * 1024;
const RETRIES_MAX = 2;
const RETRY_DELAY_MS = 20;

/** The connection was refused or broke, so the subgraph may not even have seen the request. */
const CONNECTION_FAULTS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * A subgraph in another process, over connections that are kept. undici's Pool was measured at 0.023 CPU-ms for a
 * small fetch, against 0.18 for the global fetch.
 */
export function createHttpTransport(options: HttpTransportOptions): Transport {
  const { origin, pathname } = new URL(options.url);
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  const pool = new Pool(origin, {
    connections: options.connectionsMax ?? CONNECTIONS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxResponseSize: RESPONSE_BYTES_MAX,
  });

  async function send(
    request: TransportRequest,
    body: string,
    waitMs: number,
  ): Promise<FormattedExecutionResult> {
    const response = await pool.request({
      method: 'POST',
      path: pathname,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        [VIEWER_HEADER]: signViewer(request.viewer, body, options.viewerSecret, new Date()),
        [REQUEST_ID_HEADER]: request.requestId,
        [DEADLINE_HEADER]: String(waitMs),
      },
      body,
      headersTimeout: waitMs,
      bodyTimeout: waitMs,
    });
    return parseResponse(options.name, response.statusCode, await response.body.text());
  }

  return {
    name: options.name,
    close: () => pool.close(),
    async execute(request) {
      const body = JSON.stringify({
        query: request.query,
        variables: request.variables,
        ...(request.operationName === undefined ? {} : { operationName: request.operationName }),
        ...(request.event === undefined ? {} : { extensions: { event: request.event } }),
      });
      const deadline = Date.now() + deadlineMs;
      for (let attempt = 0; ; attempt++) {
        try {
          return await send(request, body, Math.max(deadline - Date.now(), 1));
        } catch (error) {
          if (error instanceof SubgraphUnavailableError) throw error;
          const fault = (error as { code?: string }).code ?? (error as Error).message;
          const again = request.kind !== 'mutation' && CONNECTION_FAULTS.has(fault) && attempt < RETRIES_MAX;
          if (!again || Date.now() >= deadline) {
            throw new SubgraphUnavailableError(`${options.name}: ${fault}`, { cause: error });
          }
          // Jitter, so that many routers do not knock in step at a subgraph that just came back.
          await sleep(RETRY_DELAY_MS * 2 ** attempt * (0.5 + Math.random()));
        }
      }
    },
  };
}

function parseResponse(name: string, status: number, text: string): FormattedExecutionResult {
  // The subgraph does not know our signature, or is another server: a fault of the deployment, not of the client.
  const misdirected = status === 401 || status === 404;
  try {
    const parsed: unknown = misdirected ? null : JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && ('data' in parsed || 'errors' in parsed)) {
      return parsed as FormattedExecutionResult;
    }
  } catch {
    // Told below, with the status, which says more than the position of a syntax error.
  }
  throw new SubgraphUnavailableError(`${name}: status ${status} with what is no GraphQL response`);
}
