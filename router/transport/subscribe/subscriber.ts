import type { ExecutionResult } from 'graphql';
import { SubgraphUnavailableError, type TransportRequest } from '../port.ts';
import { createSocketSource } from './socket.ts';
import type { Source, SourceOptions } from './source.ts';
import { createSseSource } from './sse.ts';
import { streamFrom } from './stream.ts';

export interface SubscriberOptions {
  readonly protocol: 'graphql-transport-ws' | 'sse';
  /** Where it is not the subgraph's endpoint. */
  readonly url?: string;
  readonly subscriptionsMax?: number;
  /** Of one message; a longer one ends its stream, or all of its socket. */
  readonly messageBytesMax?: number;
  /** Messages of one subscription that wait for their reader. */
  readonly bufferedMessagesMax?: number;
  readonly bufferedBytesMax?: number;
  readonly openWaitMs?: number;
  /** graphql-transport-ws: the time between two pings, and how long the answer may take. */
  readonly pingMs?: number;
  readonly pongWaitMs?: number;
  /** SSE: a stream on which nothing comes for so long, not even a heartbeat, is taken for dead; null for never. */
  readonly silenceMaxMs?: number | null;
}

export interface Subscriber {
  readonly subscribe: (request: TransportRequest, signal: AbortSignal) => AsyncIterable<ExecutionResult>;
  close(): Promise<void>;
}

const SUBSCRIPTIONS_MAX = 10_000;
const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
const BUFFERED_MESSAGES_MAX = 1_000;
const BUFFERED_BYTES_MAX = 8 * 1024 * 1024;
const OPEN_WAIT_MS = 5_000;
const PING_MS = 10_000;
const PONG_WAIT_MS = 5_000;
/** The servers in use send a heartbeat each 12 s or oftener. */
const SILENCE_MAX_MS = 30_000;

/**
 * Subscriptions that a subgraph serves by itself. A stream ends with an error when its connection does; to subscribe
 * again is for whoever reads, who alone knows what was missed.
 */
export function openSubscriber(options: SubscriberOptions & { name: string; url: string }): Subscriber {
  const { name, protocol, bufferedMessagesMax, bufferedBytesMax } = options;
  const sourceOptions: SourceOptions = {
    name,
    url: addressOf(new URL(options.url), protocol),
    subscriptionsMax: options.subscriptionsMax ?? SUBSCRIPTIONS_MAX,
    messageBytesMax: options.messageBytesMax ?? MESSAGE_BYTES_MAX,
    openWaitMs: options.openWaitMs ?? OPEN_WAIT_MS,
    pingMs: options.pingMs ?? PING_MS,
    pongWaitMs: options.pongWaitMs ?? PONG_WAIT_MS,
    silenceMaxMs: options.silenceMaxMs === undefined ? SILENCE_MAX_MS : options.silenceMaxMs,
  };
  const source = protocol === 'sse' ? createSseSource(sourceOptions) : createSocketSource(sourceOptions);
  const open = limited(source, sourceOptions);
  const limits = {
    messagesMax: bufferedMessagesMax ?? BUFFERED_MESSAGES_MAX,
    bytesMax: bufferedBytesMax ?? BUFFERED_BYTES_MAX,
  };
  return {
    subscribe: (request, signal) => streamFrom((sink) => open(request, sink), signal, limits, name),
    close: () => source.close(),
  };
}

function limited(source: Source, { name, subscriptionsMax }: SourceOptions): Source['open'] {
  let open = 0;
  return (request, sink) => {
    if (open >= subscriptionsMax) {
      const message = `${name}: ${open} subscriptions are open, at most ${subscriptionsMax}`;
      sink.fail(new SubgraphUnavailableError(message, { reason: 'OVERLOADED', wasSent: false }));
      return () => undefined;
    }
    const close = source.open(request, sink);
    open++;
    let isOpen = true;
    return () => {
      if (isOpen) open--;
      isOpen = false;
      close();
    };
  };
}

function addressOf(url: URL, protocol: SubscriberOptions['protocol']): URL {
  if (protocol === 'graphql-transport-ws') url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}
