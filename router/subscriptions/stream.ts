import type { ExecutionResult } from 'graphql';

/**
 * A subscription in the form graphql-ws drives: an iterator that yields nothing, because its messages are sent as
 * ready frames on the way (serialised once for all subscribers), and whose `return` ends the work at once. A plain
 * async generator would queue `return` behind the event it waits for, and so leak quiet streams.
 */
export function streamOf(
  serve: (signal: AbortSignal) => Promise<void>,
): AsyncGenerator<ExecutionResult, void, void> {
  const ended = new AbortController();
  const done: IteratorResult<ExecutionResult, void> = { done: true, value: undefined };
  return {
    async next() {
      if (!ended.signal.aborted) await serve(ended.signal);
      return done;
    },
    async return() {
      ended.abort();
      return done;
    },
    async throw(error) {
      ended.abort();
      throw error;
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
