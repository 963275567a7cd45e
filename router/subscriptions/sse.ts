import type { IncomingMessage, ServerResponse } from 'node:http';
import { OperationTypeNode } from 'graphql';
import { ORIGIN } from '../../platform/cursor.ts';
import { ApiError } from '../../platform/errors.ts';
import { readBearer } from '../auth.ts';
import type { Caller } from '../caller.ts';
import type { StreamServer } from '../http/port.ts';
import type { Observability } from '../observability/observability.ts';
import type { Admitted, Pipeline } from '../pipeline.ts';
import { untracedHeaders } from '../transport/headers.ts';
import type { Credentials } from './credentials.ts';
import { EventStream } from './eventStream.ts';
import type { Streams } from './streams.ts';

export interface SseParts {
  readonly pipeline: Pipeline;
  readonly streams: Streams;
  readonly credentials: Credentials;
  readonly observability: Observability;
}

/** GraphQL over server-sent events, one operation a response ("distinct connections mode"). */
export interface Sse {
  readonly serve: StreamServer;
  /** Ends every stream with a hint when to come back, and takes no new ones. */
  drain(): Promise<void>;
}

/** For the last bytes of streams that were ended. */
const DRAIN_WAIT_MS = 2_000;

export function createSse(parts: SseParts): Sse {
  const { pipeline, streams, observability } = parts;
  const { streams: metrics } = observability.metrics;
  const open = new Set<EventStream>();
  let draining = false;

  function begin(caller: Caller, admitted: Admitted, response: ServerResponse): EventStream {
    const started = (): void => {
      const { operation } = admitted;
      if (caller.record) observability.finish(caller.record, { operation, status: 200, answer: {} });
    };
    const stream = new EventStream(response, streams.limits, streams.unsent, started);
    open.add(stream);
    metrics.streamOpened();
    const ended = (): void => {
      open.delete(stream);
      metrics.streamClosed();
    };
    stream.ended.then(ended, ended);
    return stream;
  }

  return {
    async serve(admitted, caller, request, response) {
      if (draining) throw new ApiError('OVERLOADED', 'This router stops; retry elsewhere.');
      // A response closes once: a stream on one that has closed would never end.
      if (response.closed) return;
      if (admitted.operation.kind === OperationTypeNode.SUBSCRIPTION) {
        await subscribe(parts, begin(caller, admitted, response), { admitted, caller, request });
        return;
      }
      const result = await pipeline.execute(admitted);
      if (response.closed) return;
      const stream = begin(caller, admitted, response);
      stream.send({ position: ORIGIN, cursor: null, payload: Buffer.from(JSON.stringify(result)) });
      stream.complete();
      await stream.ended;
    },
    async drain() {
      draining = true;
      const ending = [...open].map((stream) => {
        stream.drain();
        return stream.ended.catch(() => undefined);
      });
      let timer: NodeJS.Timeout | undefined;
      const waited = new Promise((resolve) => {
        timer = setTimeout(resolve, DRAIN_WAIT_MS);
      });
      await Promise.race([Promise.all(ending), waited]);
      clearTimeout(timer);
    },
  };
}

async function subscribe(
  { streams, credentials }: SseParts,
  stream: EventStream,
  asked: { readonly admitted: Admitted; readonly caller: Caller; readonly request: IncomingMessage },
): Promise<void> {
  const { admitted, caller, request } = asked;
  const { identity, headers } = caller;
  // A browser that comes back by itself sends the id of the last event that it got, which is its cursor.
  const lastCursor = request.headers['last-event-id'];
  const asker = { identity, headers: untracedHeaders(headers) };
  const token = readBearer(request.headers.authorization);
  const isHeld = token !== null && identity.isAuthenticated;
  try {
    const cursor = typeof lastCursor === 'string' && lastCursor !== '' ? lastCursor : null;
    const subscriber = streams.open(admitted, asker, stream, cursor);
    if (isHeld) credentials.hold(token, identity, stream);
    try {
      await stream.ended;
    } finally {
      streams.leave(subscriber);
      if (isHeld) credentials.release(token, stream);
    }
  } catch (error) {
    stream.abandon();
    throw error;
  }
}
