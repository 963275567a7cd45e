import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { ApiError } from '../../platform/errors.ts';
import { toGraphQLError } from '../errors.ts';
import type { CredentialsEnd, Holder } from './credentials.ts';
import type { StreamLimits } from './limits.ts';
import type { StreamedMessage } from './message.ts';
import { retryHintMs } from './retryHint.ts';
import type { Sink } from './subscriber.ts';
import type { Unsent } from './unsent.ts';

/** A client that has taken nothing for so many heartbeats is gone, whatever its connection says. */
const STUCK_HEARTBEATS_MAX = 5;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  // A cache or a compressing proxy would keep events back.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

const ENDS: Readonly<Record<CredentialsEnd, string>> = {
  EXPIRED: 'The credentials have expired.',
  REVOKED: 'The credentials have ended.',
  CHANGED: 'The credentials have changed.',
  UNCHECKED: 'The credentials cannot be checked.',
};

/**
 * One response as a stream of server-sent events: `next` for each result, `complete` at its end. What goes wrong before
 * the first byte can still be a plain error; after it, it is a last `next` with errors.
 *
 * @see https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream implements Sink, Holder {
  /** Resolves when the response is closed, however. Rejects for an error before anything was written. */
  readonly ended: Promise<void>;
  readonly #response: ServerResponse;
  readonly #unsent: Unsent;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #onStarted: () => void;
  #refuse: (error: Error) => void = () => undefined;
  #wakes: (() => void)[] = [];
  #unsentBytes = 0;
  #stuckHeartbeats = 0;
  #hasEnded = false;

  /** @param onStarted called with the first byte */
  constructor(response: ServerResponse, limits: StreamLimits, unsent: Unsent, onStarted: () => void) {
    this.#response = response;
    this.#unsent = unsent;
    this.#onStarted = onStarted;
    this.#heartbeat = setInterval(() => this.#beat(), limits.heartbeatMs).unref();
    response.on('drain', () => this.#drained());
    response.on('error', () => undefined);
    this.ended = new Promise((resolve, reject) => {
      this.#refuse = reject;
      response.once('close', () => {
        this.#close();
        resolve();
      });
    });
  }

  hasRoom(): boolean {
    return this.#response.writableLength < this.#unsent.allowance;
  }

  onRoom(wake: () => void): void {
    this.#wakes.push(wake);
    if (!this.#response.writableNeedDrain) setImmediate(() => this.#drained());
  }

  /** Tells the client that its stream is there, with nothing to say yet. */
  opened(): void {
    if (this.#response.headersSent || this.#hasEnded) return;
    this.#start();
    this.#write(':\n\n');
  }

  send({ cursor, payload }: StreamedMessage): void {
    if (this.#hasEnded) return;
    this.#start();
    const head = cursor === null ? 'event: next\ndata: ' : `event: next\nid: ${cursor}\ndata: `;
    // JSON has no raw line ends, so it is one line of data.
    this.#write(Buffer.concat([Buffer.from(head), payload, LINE_ENDS]));
  }

  fail(errors: readonly GraphQLFormattedError[]): void {
    if (this.#hasEnded) return;
    const [first] = errors;
    if (!this.#response.headersSent && first !== undefined) {
      this.#close();
      this.#refuse(toGraphQLError(first));
      return;
    }
    this.#start();
    this.#write(`event: next\ndata: ${JSON.stringify({ errors })}\n\n`);
    this.complete();
  }

  complete(): void {
    if (this.#hasEnded) return;
    this.#start();
    // A browser passes events without data over.
    this.#end('event: complete\ndata:\n\n');
  }

  credentialsEnded(why: CredentialsEnd): void {
    this.fail([new ApiError(why === 'UNCHECKED' ? 'UNAVAILABLE' : 'UNAUTHENTICATED', ENDS[why]).toJSON()]);
  }

  /** A client has to come again with new ones: a response takes none. */
  credentialsExpire(expiresInMs: number): void {
    if (this.#response.headersSent) this.#write(`: expires-in-ms=${Math.round(expiresInMs)}\n\n`);
  }

  /** Ends it for a router that stops, with a hint when to come back. A browser then resumes by itself. */
  drain(): void {
    if (this.#hasEnded) return;
    this.#start();
    this.#end(`: the router stops\nretry: ${retryHintMs()}\n\n`);
  }

  /** Nothing was written, and somebody else answers the request. */
  abandon(): void {
    if (!this.#response.headersSent) this.#close();
  }

  #start(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, HEADERS);
    this.#onStarted();
  }

  #write(text: string | Buffer): void {
    if (this.#hasEnded || this.#response.destroyed) return;
    this.#response.write(text);
    this.#count();
  }

  #end(text: string): void {
    this.#response.end(text);
    this.#close();
  }

  #beat(): void {
    if (!this.#response.headersSent) this.opened();
    else if (this.hasRoom()) {
      this.#stuckHeartbeats = 0;
      this.#write(':\n\n');
    } else if (++this.#stuckHeartbeats >= STUCK_HEARTBEATS_MAX) this.#response.destroy();
  }

  #drained(): void {
    this.#stuckHeartbeats = 0;
    this.#count();
    const wakes = this.#wakes;
    this.#wakes = [];
    if (!this.#hasEnded) for (const wake of wakes) wake();
  }

  #count(): void {
    const bytes = this.#hasEnded ? 0 : this.#response.writableLength;
    this.#unsent.add(bytes - this.#unsentBytes);
    this.#unsentBytes = bytes;
  }

  #close(): void {
    this.#hasEnded = true;
    clearInterval(this.#heartbeat);
    this.#wakes = [];
    this.#count();
  }
}

const LINE_ENDS = Buffer.from('\n\n');
