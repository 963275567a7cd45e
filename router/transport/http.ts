import { DEADLINE_HEADER } from '../../platform/deadline.ts';
import { ApiError } from '../../platform/errors.ts';
import { signViewer, VIEWER_HEADER, type Viewer } from '../../platform/viewer.ts';
import { encodeBody } from './body.ts';
import { type Breaker, type BreakerOptions, type BreakerState, createBreaker } from './breaker.ts';
import type { Answer, Exchange, Parcel } from './exchange.ts';
import { forwardedHeaders, REQUEST_ID_HEADER } from './headers.ts';
import { SubgraphUnavailableError, type Transport, type TransportRequest, withOutcome } from './port.ts';
import { type RetryOptions, withRetries } from './retry.ts';
import { withSharing } from './share.ts';
import type { SingleFlight } from './singleFlight.ts';
import { openSubscriber, type SubscriberOptions } from './subscribe/subscriber.ts';
import { viewerFor } from './viewer.ts';
import { createWire } from './wire.ts';

export interface HttpTransportOptions {
  readonly name: string;
  /** Of the subgraph's GraphQL endpoint. */
  readonly url: string;
  /** For our own subgraphs: the deployment's secret, with which the Viewer is signed for each body. */
  readonly viewerSecret?: string;
  readonly connectionsMax?: number;
  /** The longest time for an answer, retries included. A caller's own deadline can only shorten it. */
  readonly deadlineMs?: number;
  /** Of an answer, also once it is decompressed. */
  readonly responseBytesMax?: number;
  /** Lets the subgraph compress its answers: worth it where the network is slower than the processor. */
  readonly acceptsCompression?: boolean;
  /** False for none. */
  readonly retries?: RetryOptions | false;
  /** False for none. */
  readonly breaker?: BreakerOptions | false;
  /** Identical queries under way share one request; one for all transports, so that a mutation at any seals all. Else off. */
  readonly sharing?: SingleFlight<Answer>;
  /** How the subgraph serves subscriptions by itself; else it does not. */
  readonly subscriptions?: SubscriberOptions;
}

export interface HttpTransport extends Transport {
  /** CLOSED also where there is no breaker. */
  readonly breakerState: BreakerState;
}

const CONNECTIONS_MAX = 64;
const DEADLINE_MS = 10_000;
const RESPONSE_BYTES_MAX = 32 * 1024 * 1024;
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

/**
 * A subgraph in another process. From the inside out: the connection; a breaker, which sees every attempt; retries, which
 * the breaker can stop; sharing, whose callers share the retries too.
 */
export function createHttpTransport(options: HttpTransportOptions): HttpTransport {
  const { name, viewerSecret, sharing, subscriptions } = options;
  const url = new URL(options.url);
  const isOurs = viewerSecret !== undefined;
  const bytesMax = options.responseBytesMax ?? RESPONSE_BYTES_MAX;
  const connectionsMax = options.connectionsMax ?? CONNECTIONS_MAX;
  const headersOf = headerWriter(options);
  const counts = { fetches: 0, requests: 0, attempts: 0, responseBytes: 0 };
  const onBody = (bytes: number): void => {
    counts.responseBytes += bytes;
  };
  const wire = createWire({ name, url, isOurs, bytesMax, connectionsMax, headersOf, onBody });
  const breaker = options.breaker === false ? null : createBreaker(name, options.breaker);
  const exchange = compose(wire.exchange, breaker, options, counts);
  const subscriber = subscriptions && openSubscriber({ url: options.url, ...subscriptions, name });

  return {
    name,
    url: options.url,
    get breakerState() {
      return breaker?.state ?? 'CLOSED';
    },
    get stats() {
      return { ...counts, breakerState: this.breakerState };
    },
    async execute(request) {
      try {
        return (await exchange(packed(request, isOurs, options.deadlineMs ?? DEADLINE_MS))).result;
      } catch (error) {
        if (error instanceof ApiError) return { errors: [error] };
        const fault =
          error instanceof SubgraphUnavailableError
            ? error
            : new SubgraphUnavailableError(`${name}: ${String(error)}`, { cause: error });
        throw withOutcome(fault, request.kind);
      } finally {
        if (request.kind === 'mutation') sharing?.seal();
      }
    },
    ...(subscriber && { subscribe: subscriber.subscribe }),
    async close() {
      await Promise.all([wire.close(), subscriber?.close()]);
    },
  };
}

type Counts = Record<'fetches' | 'requests' | 'attempts', number>;

function compose(
  wire: Exchange,
  breaker: Breaker | null,
  options: HttpTransportOptions,
  counts: Counts,
): Exchange {
  const { retries = {}, sharing, url } = options;
  const guarded: Exchange = breaker ? (parcel) => breaker.run(() => wire(parcel)) : wire;
  const tried = counting(guarded, counts, 'attempts');
  const retried = counting(retries === false ? tried : withRetries(tried, retries), counts, 'requests');
  const shared = sharing === undefined ? retried : withSharing(retried, url, sharing);
  return counting(shared, counts, 'fetches');
}

function counting(exchange: Exchange, counts: Counts, what: keyof Counts): Exchange {
  return (parcel) => {
    counts[what]++;
    return exchange(parcel);
  };
}

/** @throws {ApiError} UNAUTHENTICATED at one of our subgraphs, for a caller without a Viewer */
function packed(request: TransportRequest, isOurs: boolean, deadlineMs: number): Parcel {
  const { caller, kind } = request;
  const dropAtMs = performance.now() + deadlineMs;
  return {
    request,
    viewer: isOurs ? viewerFor(request) : null,
    body: encodeBody(request),
    dueAtMs: Math.min(caller.dueAtMs ?? Infinity, dropAtMs),
    dropAtMs,
    signal: kind === 'mutation' ? undefined : caller.signal,
  };
}

/** Written for each attempt, because the signature and the time that is left are. */
function headerWriter(options: HttpTransportOptions): (parcel: Parcel, remainingMs: number) => string[] {
  const { viewerSecret, acceptsCompression } = options;
  const fixed = ['content-type', 'application/json', 'accept', ACCEPT];
  if (acceptsCompression) fixed.push('accept-encoding', 'gzip, br');
  const sign = (viewer: Viewer, body: string): string[] =>
    viewerSecret === undefined ? [] : [VIEWER_HEADER, signViewer(viewer, body, viewerSecret, new Date())];
  return ({ request, viewer, body }, remainingMs) => [
    ...fixed,
    REQUEST_ID_HEADER,
    request.caller.requestId,
    DEADLINE_HEADER,
    String(Math.ceil(remainingMs)),
    ...forwardedHeaders(request.caller.headers),
    ...(viewer === null ? [] : sign(viewer, body)),
  ];
}
