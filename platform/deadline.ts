import { ApiError } from './errors.ts';

/** Milliseconds that the router still waits for the answer to a fetch. */
export const DEADLINE_HEADER = 'x-omsx-deadline-ms';

const WAIT_PATTERN = /^\d{1,9}$/;

/** `performance.now()` at which the answer is due; undefined where nobody said, or said nonsense. */
export function dueAtMsOf(header: string | undefined, arrivedAtMs: number): number | undefined {
  return header !== undefined && WAIT_PATTERN.test(header) ? arrivedAtMs + Number(header) : undefined;
}

/** For what is asked too late to be begun. @throws {ApiError} UNAVAILABLE */
export function requireTime(dueAtMs: number | undefined): void {
  if (dueAtMs !== undefined && dueAtMs <= performance.now()) throw lateError();
}

export function lateError(): ApiError {
  return new ApiError('UNAVAILABLE', 'the time for an answer is over; nothing happened');
}

/** The outcome of `work`, or `late()` when that is not there in time; what is given up runs on and is dropped. */
export function untilDue<T>(work: Promise<T>, dueAtMs: number | undefined, late: () => T): Promise<T> {
  if (dueAtMs === undefined) return work;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late()), dueAtMs - performance.now());
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
