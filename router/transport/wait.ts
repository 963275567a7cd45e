import { setMaxListeners } from 'node:events';
import { SubgraphUnavailableError } from './port.ts';

/** How long somebody waits for an answer. */
export interface Patience {
  /** `performance.now()` at which the answer is due. */
  readonly dueAtMs?: number | undefined;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal | undefined;
}

/** The longest wait that a timer of Node takes; beyond it, it fires at once. */
export const WAIT_MAX_MS = 2 ** 31 - 1;

/**
 * The result of `work`, for as long as `patience` lasts. What is given up runs on by itself and its outcome is dropped.
 * Timer and listener are gone once this settles: a signal that outlives a request would otherwise gather one listener for
 * each of them.
 *
 * @param name who is waited for, for the message
 * @throws {SubgraphUnavailableError} TIMEOUT or ABORTED; else whatever `work` rejects with
 */
export function waitFor<T>(work: Promise<T>, patience: Patience, name: string): Promise<T> {
  const { dueAtMs, signal } = patience;
  if (dueAtMs === undefined && signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const waitMs = Math.max((dueAtMs ?? Infinity) - performance.now(), 0);
    const giveUp = (error: Error): void => {
      end();
      reject(error);
    };
    const timer =
      dueAtMs === undefined || waitMs > WAIT_MAX_MS
        ? undefined
        : setTimeout(() => giveUp(timeout(name, waitMs)), waitMs);
    const unlisten = onAbort(signal, () => giveUp(abortion(name, signal)));
    const end = (): void => {
      clearTimeout(timer);
      unlisten();
    };
    work.then((value) => {
      end();
      resolve(value);
    }, giveUp);
    if (signal?.aborted) giveUp(abortion(name, signal));
  });
}

/** Calls `listener` once when `signal` is aborted from now on. Gives what takes the listener away again. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  // All fetches of one operation hang on the same signal; Node warns of a leak from the eleventh on.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** @param waitedMs how long the subgraph had */
export function timeout(name: string, waitedMs: number, wasSent = true): SubgraphUnavailableError {
  const message = `${name}: no answer within ${Math.round(waitedMs)} ms`;
  return new SubgraphUnavailableError(message, { reason: 'TIMEOUT', waitedMs, wasSent });
}

/** A signal of ours that ends several waits says why: the last of them may have timed out. */
export function abortion(name: string, signal: AbortSignal | undefined): SubgraphUnavailableError {
  const reason: unknown = signal?.reason;
  if (reason instanceof SubgraphUnavailableError) return reason;
  return new SubgraphUnavailableError(`${name}: nobody waits for the answer any more`, { reason: 'ABORTED' });
}
