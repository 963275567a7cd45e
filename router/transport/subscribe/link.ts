import type { FormattedExecutionResult } from 'graphql';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';
import { isResult } from '../answer.ts';
import { SubgraphUnavailableError } from '../port.ts';
import { timeout } from '../wait.ts';
import { type SourceOptions, toMessage } from './source.ts';
import type { Sink } from './stream.ts';

/** One socket to a subgraph, which carries many subscriptions. */
export interface Link {
  subscribe(payload: SubscribePayload, sink: Sink): () => void;
  /** Fails every subscription and breaks the socket off. Safe to repeat. */
  end(fault: SubgraphUnavailableError): void;
}

/** A socket without subscriptions is kept this long, for the next one. */
const LINGER_MS = 300;
/** From taking it out of use to closing it. */
const RETIRED_MS = 100;
/** The closing handshake may take this long, then the connection is broken off. */
const CLOSE_WAIT_MS = 1_000;

/**
 * The protocol is graphql-ws's client; what is ours is when a socket lives and dies. The client would connect and
 * subscribe again by itself after a close with 1000, and so pass over what happened in between: here every close ends all
 * subscriptions with an error, and whoever reads them decides what to ask for then.
 *
 * @param onGone called once, when no new subscription may use this socket
 */
export function openLink(
  options: SourceOptions,
  headers: Readonly<Record<string, string>>,
  onGone: () => void,
): Link {
  const { name, openWaitMs, pongWaitMs } = options;
  const endings = new Map<Sink, () => void>();
  const meter = { lastBytes: 0 };
  let socket: WebSocket | undefined;
  let isGone = false;
  let opening: NodeJS.Timeout | undefined;
  let ponging: NodeJS.Timeout | undefined;
  let linger: NodeJS.Timeout | undefined;

  function retire(): void {
    clearTimeout(opening);
    clearTimeout(ponging);
    clearTimeout(linger);
    if (!isGone) onGone();
    isGone = true;
  }

  function end(fault: SubgraphUnavailableError): void {
    retire();
    for (const sink of [...endings.keys()]) sink.fail(fault);
    socket?.terminate();
  }

  const endAfter = (waitMs: number): NodeJS.Timeout => setTimeout(() => end(timeout(name, waitMs)), waitMs);

  const client = createClient({
    ...clientOptions(options, headers),
    webSocketImpl: socketClass(options, headers, meter, (opened) => {
      socket = opened;
    }),
    on: {
      connecting() {
        opening = endAfter(openWaitMs);
      },
      connected: () => clearTimeout(opening),
      ping(wasReceived) {
        if (!wasReceived) ponging = endAfter(pongWaitMs);
      },
      pong(wasReceived) {
        if (wasReceived) clearTimeout(ponging);
      },
      error: (error) => end(broken(name, error)),
      closed: (event) => end(broken(name, event)),
    },
  });

  return {
    end,
    subscribe(payload, sink) {
      clearTimeout(linger);
      const unsubscribe = subscribeTo(client, payload, sink, name, meter);
      const close = (): void => {
        if (!endings.delete(sink)) return;
        unsubscribe();
        if (endings.size > 0 || isGone) return;
        linger = setTimeout(retire, LINGER_MS);
      };
      endings.set(sink, close);
      return close;
    },
  };
}

function clientOptions(
  { url, pingMs }: SourceOptions,
  headers: Readonly<Record<string, string>>,
): { url: string; retryAttempts: number; keepAlive: number; lazyCloseTimeout: number } & {
  connectionParams?: Record<string, unknown>;
} {
  return {
    url: url.href,
    retryAttempts: 0,
    keepAlive: pingMs,
    // Later than LINGER_MS: no subscription comes to a socket that is being closed.
    lazyCloseTimeout: LINGER_MS + RETIRED_MS,
    // Where a server that cannot see the upgrade looks for credentials.
    ...(Object.keys(headers).length === 0 ? {} : { connectionParams: { ...headers } }),
  };
}

/** The socket with limits, and with the headers that the client has no way to give it. */
function socketClass(
  { openWaitMs, messageBytesMax }: SourceOptions,
  headers: Readonly<Record<string, string>>,
  meter: { lastBytes: number },
  onOpened: (socket: WebSocket) => void,
): new (
  address: string | URL,
  protocols?: string | string[],
) => WebSocket {
  const socketOptions = {
    headers: { ...headers },
    handshakeTimeout: openWaitMs,
    maxPayload: messageBytesMax,
    closeTimeout: CLOSE_WAIT_MS,
    perMessageDeflate: false,
  };
  return class LimitedSocket extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols, socketOptions);
      // Before the client's own listener, which hands the message on at once.
      this.on('message', (data) => {
        meter.lastBytes = 'length' in data ? data.length : data.byteLength;
      });
      onOpened(this);
    }
  };
}

function subscribeTo(
  client: Client,
  payload: SubscribePayload,
  sink: Sink,
  name: string,
  meter: { readonly lastBytes: number },
): () => void {
  const take = (message: FormattedExecutionResult): void => {
    if (isResult(message)) sink.push(toMessage(message), meter.lastBytes);
    else
      sink.fail(
        new SubgraphUnavailableError(`${name}: a message is no GraphQL response`, { reason: 'MALFORMED' }),
      );
  };
  return client.subscribe<Record<string, unknown>, Record<string, unknown>>(payload, {
    next: take,
    error(error) {
      if (!Array.isArray(error)) {
        sink.fail(broken(name, error));
        return;
      }
      // The operation was refused or failed before its first message, which the protocol tells with a list of errors.
      take({ errors: error });
      sink.end();
    },
    complete: () => sink.end(),
  });
}

function broken(name: string, cause: unknown): SubgraphUnavailableError {
  const { code, reason, message } = (cause ?? {}) as { code?: unknown; reason?: unknown; message?: unknown };
  const told =
    typeof message === 'string' && message !== ''
      ? message
      : `the socket was closed with ${code} ${reason ?? ''}`;
  return new SubgraphUnavailableError(`${name}: ${told.trim()}`, { reason: 'CONNECTION', cause });
}
