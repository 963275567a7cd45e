import { type Patience, waitFor } from './wait.ts';

/** Work that several callers wait for, done once. */
export interface SingleFlight<T> {
  /**
   * Starts the work, or joins what is under way under the same key. Whoever gives up leaves the others alone; only when
   * the last one has, the signal of the work is aborted, with the last one's error as its reason.
   *
   * @param key everything that can change the result, who asks included; never for what changes anything
   * @param start must answer within a time of its own: the deadline of one caller is not that of the others
   * @returns the result, which is the same object for all: `isFirst` for the caller whose `start` was used
   * @throws {SubgraphUnavailableError} TIMEOUT or ABORTED as `patience` says; else whatever the work rejects with
   */
  run(
    key: string,
    start: (signal: AbortSignal) => Promise<T>,
    patience: Patience,
  ): Promise<{ readonly value: T; readonly isFirst: boolean }>;
  /**
   * Nobody joins what is under way now. To be called when a mutation has been answered: a read that is asked for after it
   * must not get the answer of one that began before it.
   */
  seal(): void;
  /** Flights that can be joined. */
  readonly size: number;
}

/** Flights that can be joined at the same time; what is beyond is done for its caller alone. */
const FLIGHTS_MAX = 10_000;

interface Flight<T> {
  readonly work: Promise<T>;
  readonly controller: AbortController;
  sharers: number;
  isDone: boolean;
}

/** @param name what is waited for, for messages */
export function createSingleFlight<T>(name: string): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();

  function forget(key: string, flight: Flight<T>): void {
    if (flights.get(key) === flight) flights.delete(key);
  }

  function launch(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { work: start(controller.signal), controller, sharers: 0, isDone: false };
    if (flights.size < FLIGHTS_MAX) flights.set(key, flight);
    const finish = (): void => {
      flight.isDone = true;
      forget(key, flight);
    };
    flight.work.then(finish, finish);
    return flight;
  }

  return {
    get size() {
      return flights.size;
    },
    async run(key, start, patience) {
      const known = flights.get(key);
      const flight = known ?? launch(key, start);
      flight.sharers++;
      let reason: unknown;
      try {
        return { value: await waitFor(flight.work, patience, name), isFirst: known === undefined };
      } catch (error) {
        reason = error;
        throw error;
      } finally {
        flight.sharers--;
        if (flight.sharers === 0 && !flight.isDone) {
          forget(key, flight);
          flight.controller.abort(reason);
        }
      }
    },
    seal() {
      flights.clear();
    },
  };
}
