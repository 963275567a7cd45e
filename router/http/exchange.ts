import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Operation } from '../operation/operation.ts';
import { REQUEST_ID_HEADER } from '../transport/headers.ts';
import type { Slots } from './slots.ts';

/** What the subgraphs accept too, so that one request has one id in all logs. */
const REQUEST_ID = /^[\w.-]{1,64}$/;

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly startedAtMs = performance.now();
  readonly path: string;
  /** With its question mark; empty for none. */
  readonly search: string;
  /** What is run, once that is known. */
  operation: Operation | null = null;
  /** Where it holds a slot, if it does. */
  #slots: Slots | null = null;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    const given = request.headers[REQUEST_ID_HEADER];
    this.requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.search = mark === -1 ? '' : url.slice(mark);
  }

  /** Takes a slot, which it holds until it is released; false when none is free. */
  occupy(slots: Slots): boolean {
    if (!slots.take()) return false;
    this.#slots = slots;
    // The response is closed once; whoever left before is not told of it again.
    if (this.response.closed) this.release();
    else this.response.once('close', () => this.release());
    return true;
  }

  release(): void {
    this.#slots?.give();
    this.#slots = null;
  }
}
