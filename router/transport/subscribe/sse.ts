import { Client, type Dispatcher } from 'undici';
import { readAnswer } from '../answer.ts';
import { encodeBody } from '../body.ts';
import { connectionFault } from '../faults.ts';
import { forwardedHeaders, REQUEST_ID_HEADER } from '../headers.ts';
import { SubgraphUnavailableError, type TransportRequest } from '../port.ts';
import { Reception } from '../reception.ts';
import { timeout } from '../wait.ts';
import { EventReader } from './events.ts';
import { readMessage, type Source, type SourceOptions } from './source.ts';
import type { Sink } from './stream.ts';

/** Of an answer that is no stream, which says why there is none. */
const REFUSAL_BYTES_MAX = 64 * 1024;

/**
 * Subscriptions by "GraphQL over SSE" in its distinct connections mode: a request each, whose answer does not end. Nothing
 * can be asked of such a connection, so one that is silent for `silenceMaxMs`, heartbeats (comments) included, is taken
 * for dead.
 *
 * A client of its own for each, because a pool would open a new connection in place of one that is broken off.
 */
export function createSseSource(options: SourceOptions): Source {
  const { name, url, openWaitMs } = options;
  const open = new Set<EventReception>();
  return {
    open(request, sink) {
      const client = new Client(url.origin, { connect: { timeout: openWaitMs } });
      const reception = new EventReception(options, sink, () => {
        open.delete(reception);
        void client.destroy();
      });
      open.add(reception);
      const path = `${url.pathname}${url.search}`;
      const headers = headersOf(request);
      const timeouts = { headersTimeout: 0, bodyTimeout: 0 };
      client.dispatch({ method: 'POST', path, headers, body: encodeBody(request), ...timeouts }, reception);
      return () => reception.close();
    },
    async close() {
      const fault = new SubgraphUnavailableError(`${name}: closed`, { reason: 'ABORTED' });
      for (const reception of [...open]) reception.fail(fault);
    },
  };
}

function headersOf({ caller }: TransportRequest): string[] {
  return [
    'content-type',
    'application/json',
    // Servers compare this to the letter to tell the two modes of the protocol.
    'accept',
    'text/event-stream',
    REQUEST_ID_HEADER,
    caller.requestId,
    ...forwardedHeaders(caller.headers),
  ];
}

/** Takes in a stream of events, or the one answer that came in its place. */
class EventReception implements Dispatcher.DispatchHandler {
  readonly #options: SourceOptions;
  readonly #sink: Sink;
  readonly #reader: EventReader;
  readonly #onClose: () => void;
  #timer: NodeJS.Timeout | undefined;
  #refusal: Reception | undefined;
  #wasSent = false;

  constructor(options: SourceOptions, sink: Sink, onClose: () => void) {
    this.#options = options;
    this.#sink = sink;
    this.#onClose = onClose;
    this.#reader = new EventReader(options.messageBytesMax);
    this.#expect(options.openWaitMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#onClose();
  }

  fail(fault: SubgraphUnavailableError): void {
    this.#sink.fail(fault);
  }

  onRequestStart(): void {
    this.#wasSent = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    const type = String(headers['content-type'] ?? '').toLowerCase();
    if (status === 200 && type.startsWith('text/event-stream')) {
      this.#expect(this.#options.silenceMaxMs);
    } else {
      this.#refusal = this.#receiveRefusal();
      this.#refusal.onRequestStart(controller);
      this.#refusal.onResponseStart(controller, status, headers);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#refusal !== undefined) this.#refusal.onResponseData(controller, chunk);
    else this.#take(chunk);
  }

  #take(chunk: Buffer): void {
    this.#timer?.refresh();
    try {
      for (const { type, data } of this.#reader.read(chunk)) {
        if (type === 'complete') this.#sink.end();
        else if (type === 'next') this.#sink.push(readMessage(data, this.#options.name), data.length);
      }
    } catch (error) {
      const fault =
        error instanceof SubgraphUnavailableError ? error : this.#fault('MALFORMED', String(error));
      this.#sink.fail(fault);
    }
  }

  onResponseEnd(): void {
    if (this.#refusal !== undefined) this.#refusal.onResponseEnd();
    else this.#sink.fail(this.#fault('CONNECTION', 'the stream ended before it was complete'));
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#sink.fail(connectionFault(this.#options.name, error, this.#wasSent));
  }

  /** Fails the stream unless something comes within `waitMs`; null waits for ever. */
  #expect(waitMs: number | null): void {
    clearTimeout(this.#timer);
    this.#timer =
      waitMs === null
        ? undefined
        : setTimeout(() => this.#sink.fail(timeout(this.#options.name, waitMs)), waitMs);
  }

  #receiveRefusal(): Reception {
    const { name } = this.#options;
    return new Reception({
      name,
      isMutation: false,
      bytesMax: REFUSAL_BYTES_MAX,
      onFault: (fault) => this.#sink.fail(fault),
      onReply: (reply) => {
        readAnswer(reply, { name, isOurs: false, bytesMax: REFUSAL_BYTES_MAX }).then(
          ({ text }) => {
            this.#sink.push(readMessage(text, name), text.length);
            this.#sink.end();
          },
          (fault) => this.#sink.fail(fault),
        );
      },
    });
  }

  #fault(reason: 'CONNECTION' | 'MALFORMED', detail: string): SubgraphUnavailableError {
    return new SubgraphUnavailableError(`${this.#options.name}: ${detail}`, { reason });
  }
}
