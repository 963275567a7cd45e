import type { ExecutionResult } from 'graphql';
import { SubgraphUnavailableError } from '../port.ts';
import { onAbort } from '../wait.ts';

/** Where what a subgraph sends goes. After `end` or `fail` the rest is ignored. */
export interface Sink {
  /** @param bytes how long the message was on the wire */
  push(message: ExecutionResult, bytes: number): void;
  end(): void;
  /** What was pushed before is still delivered, then this is thrown. */
  fail(error: SubgraphUnavailableError): void;
}

/** Opens a subscription at its subgraph. Gives what closes it, which must do so at once and may be called after its end. */
export type Open = (sink: Sink) => () => void;

export interface StreamLimits {
  /** Messages that wait for a reader. */
  readonly messagesMax: number;
  /** The same in bytes as they came. */
  readonly bytesMax: number;
}

/**
 * The messages of one subscription. It is opened when somebody begins to read, and closed when the reader stops or
 * `signal` is aborted, at once also while nothing comes. A reader too slow for the buffer gets all of it and then an error:
 * nothing is left out in the middle.
 */
export function streamFrom(
  open: Open,
  signal: AbortSignal,
  limits: StreamLimits,
  name: string,
): AsyncIterable<ExecutionResult> {
  return {
    [Symbol.asyncIterator]: () => new MessageStream(open, signal, limits, name),
  };
}

interface Waiter {
  readonly resolve: (result: IteratorResult<ExecutionResult, undefined>) => void;
  readonly reject: (error: Error) => void;
}

const DONE: IteratorResult<ExecutionResult, undefined> = { done: true, value: undefined };

class MessageStream implements AsyncIterator<ExecutionResult, undefined>, Sink {
  readonly #limits: StreamLimits;
  readonly #name: string;
  readonly #unlisten: () => void;
  readonly #close: () => void;
  #buffer: { readonly message: ExecutionResult; readonly bytes: number }[] = [];
  #bytes = 0;
  #waiters: Waiter[] = [];
  #isOver = false;
  #error: Error | null = null;

  constructor(open: Open, signal: AbortSignal, limits: StreamLimits, name: string) {
    this.#limits = limits;
    this.#name = name;
    this.#unlisten = onAbort(signal, () => this.#stop());
    this.#close = signal.aborted ? () => undefined : this.#begin(open);
    if (signal.aborted) this.#stop();
    // It may have failed before there was anything to close.
    else if (this.#isOver) this.#close();
  }

  #begin(open: Open): () => void {
    try {
      return open(this);
    } catch (cause) {
      this.fail(new SubgraphUnavailableError(`${this.#name}: ${String(cause)}`, { cause, wasSent: false }));
      return () => undefined;
    }
  }

  push(message: ExecutionResult, bytes: number): void {
    if (this.#isOver) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#store(message, bytes);
    else waiter.resolve({ done: false, value: message });
  }

  #store(message: ExecutionResult, bytes: number): void {
    const { messagesMax, bytesMax } = this.#limits;
    if (this.#buffer.length >= messagesMax || this.#bytes + bytes > bytesMax) {
      const waiting = `${this.#buffer.length} messages of ${this.#bytes} bytes wait for their reader`;
      const told = `${this.#name}: ${waiting}, at most ${messagesMax} and ${bytesMax} bytes`;
      this.fail(new SubgraphUnavailableError(told, { reason: 'OVERLOADED' }));
    } else {
      this.#buffer.push({ message, bytes });
      this.#bytes += bytes;
    }
  }

  end(): void {
    this.#finish(null);
  }

  fail(error: SubgraphUnavailableError): void {
    this.#finish(error);
  }

  next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const first = this.#buffer.shift();
    if (first !== undefined) {
      this.#bytes -= first.bytes;
      return Promise.resolve({ done: false, value: first.message });
    }
    if (!this.#isOver) return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    const error = this.#error;
    this.#error = null;
    return error === null ? Promise.resolve(DONE) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#stop();
    return Promise.resolve(DONE);
  }

  /** Nobody reads any more. */
  #stop(): void {
    this.#buffer = [];
    this.#error = null;
    this.#finish(null);
  }

  #finish(error: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#unlisten?.();
    this.#close?.();
    const [first, ...others] = this.#waiters;
    this.#waiters = [];
    // The first reader that waits is told; without one, the next that comes.
    if (first === undefined) this.#error = error;
    else if (error === null) first.resolve(DONE);
    else first.reject(error);
    for (const waiter of others) waiter.resolve(DONE);
  }
}
