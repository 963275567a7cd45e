import { randomUUID } from 'node:crypto';
import { type ExecutionResult, type GraphQLFormattedError, OperationTypeNode } from 'graphql';
import type { Logger } from '../../platform/log.ts';
import type { Caller } from '../caller.ts';
import { failureOf } from '../http/failure.ts';
import { HTTP_LIMITS } from '../http/limits.ts';
import type { Observability } from '../observability/observability.ts';
import type { RequestRecord } from '../observability/record.ts';
import type { Operation } from '../operation/operation.ts';
import { readPayload } from '../operation/payload.ts';
import type { Documents } from '../operation/persisted.ts';
import type { Admitted, Pipeline } from '../pipeline.ts';
import type { StreamedMessage } from '../subscriptions/message.ts';
import type { Streams } from '../subscriptions/streams.ts';
import type { Asker, Sink, Subscriber } from '../subscriptions/subscriber.ts';
import { nextFrame, type Payload } from './messages.ts';
import type { RunningOperation, Session } from './session.ts';

export interface OperationParts {
  readonly pipeline: Pipeline;
  readonly documents: Documents;
  readonly streams: Streams;
  readonly observability: Observability;
  readonly logger: Logger;
}

/** An operation of a socket, under its id until it has ended. */
export class SocketOperation implements Sink, RunningOperation {
  readonly #session: Session;
  readonly #id: string;
  #onStop: (() => void) | null = null;
  hasEnded = false;
  subscriber: Subscriber | null = null;

  constructor(session: Session, id: string) {
    this.#session = session;
    this.#id = id;
    session.operations.set(id, this);
  }

  hasRoom(): boolean {
    return this.#session.hasRoom();
  }

  onRoom(wake: () => void): void {
    this.#session.onRoom(wake);
  }

  /** There is no message for it. */
  opened(): void {}

  send(message: StreamedMessage): void {
    this.next(message.payload);
  }

  next(payload: Buffer): void {
    if (!this.hasEnded) this.#session.send(nextFrame(this.#id, payload));
  }

  fail(errors: readonly GraphQLFormattedError[]): void {
    if (this.#end()) this.#session.send(JSON.stringify({ id: this.#id, type: 'error', payload: errors }));
  }

  complete(): void {
    if (this.#end()) this.#session.send(JSON.stringify({ id: this.#id, type: 'complete' }));
  }

  /** @param onStop ends the work, when the client wants no more of it */
  runs(onStop: () => void): void {
    if (this.hasEnded) onStop();
    else this.#onStop = onStop;
  }

  stop(): void {
    if (this.#end()) this.#onStop?.();
  }

  /** True once, while the id is still its own. From then on that is free, and nothing more is sent under it from here. */
  #end(): boolean {
    if (this.hasEnded) return false;
    this.hasEnded = true;
    this.#session.operations.delete(this.#id);
    return true;
  }
}

/** Runs what a `subscribe` message asks for. Never rejects: what is wrong with it is told to the client. */
export async function runOperation(
  parts: OperationParts,
  session: Session,
  asker: Asker,
  message: { readonly id: string; readonly payload: Payload },
): Promise<void> {
  const { documents, pipeline, observability, logger } = parts;
  const running = new SocketOperation(session, message.id);
  const requestId = randomUUID();
  const record = observability.begin({ requestId, arrival: 'websocket', headers: traceOf(message.payload) });
  let operation: Operation | null = null;
  try {
    const asked = await documents.textOf(readPayload(message.payload));
    const admitted = await pipeline.admit(asked, callerOf(asker, record));
    documents.keep(asked);
    operation = admitted.operation;
    const answer = running.hasEnded ? {} : await start(parts, running, asker, admitted);
    // Other credentials may have come while it was admitted.
    const { subscriber } = running;
    if (subscriber !== null && session.asker !== null && session.asker !== asker) {
      await parts.streams.reauthorise(subscriber, session.asker);
    }
    observability.finish(record, { operation, status: 200, answer });
  } catch (error) {
    const { errors, status } = failureOf(error, requestId, logger);
    running.fail(errors);
    observability.finish(record, { operation, status, answer: { errors } });
  }
}

/** Resolves for a subscription when it is open, else when it is answered. */
async function start(
  { streams, pipeline }: OperationParts,
  running: SocketOperation,
  asker: Asker,
  admitted: Admitted,
): Promise<ExecutionResult> {
  if (admitted.operation.kind === OperationTypeNode.SUBSCRIPTION) {
    const subscriber = streams.open(admitted, asker, running);
    running.subscriber = subscriber;
    running.runs(() => streams.leave(subscriber));
    return {};
  }
  const left = new AbortController();
  running.runs(() => left.abort());
  const dueAtMs = performance.now() + HTTP_LIMITS.answerDueMs;
  const caller = { ...admitted.caller, signal: left.signal, dueAtMs };
  const result = await pipeline.execute({ ...admitted, caller });
  running.next(Buffer.from(JSON.stringify(result)));
  running.complete();
  return result;
}

function callerOf(asker: Asker, record: RequestRecord): Caller {
  const { requestId, span, headers } = record;
  const isTraced = Object.keys(headers).length > 0;
  return {
    identity: asker.identity,
    headers: isTraced ? { ...asker.headers, ...headers } : asker.headers,
    requestId,
    record,
    span,
  };
}

/** Clients that trace say so in the operation, as a socket has no headers for each. */
function traceOf({ extensions }: Payload): Readonly<Record<string, string>> {
  const { traceparent, tracestate } = (extensions ?? {}) as Payload;
  return {
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(typeof tracestate === 'string' ? { tracestate } : {}),
  };
}
