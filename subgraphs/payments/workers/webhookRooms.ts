import type { Uuid } from '../../../platform/id.ts';
import type { Room } from '../store/claimWebhooks.ts';

/** Requests under way in one process. */
export const IN_FLIGHT_MAX = 1_024;
/** Of these, so many to endpoints that let us wait: the others always find room. */
const SLOW_IN_FLIGHT_MAX = 512;
const SLOW_AFTER_MS = 1_000;
/** What an endpoint begins with, and what it can come to by answering well. */
export const ROOM_DEFAULT = 4;
const ROOM_MAX = 32;
const ENDPOINTS_MAX = 10_000;

interface Flights {
  limit: number;
  readonly startedAtMs: Set<{ readonly atMs: number }>;
}

/**
 * How much each endpoint may have under way: it grows with each success and halves with each failure, so that one that
 * hangs takes a few places, for as long as the time-out, and never those of others.
 */
export class WebhookRooms {
  readonly #flights = new Map<Uuid, Flights>();
  #inFlight = 0;

  get inFlight(): number {
    return this.#inFlight;
  }

  get free(): number {
    return IN_FLIGHT_MAX - this.#inFlight;
  }

  /** Remembers a request; the function given ends it. */
  begin(endpointId: Uuid): (isDelivered: boolean) => void {
    const flights = this.#flights.get(endpointId) ?? { limit: ROOM_DEFAULT, startedAtMs: new Set() };
    const flight = { atMs: performance.now() };
    flights.startedAtMs.add(flight);
    // To the end of the map, the start of which is forgotten first.
    this.#flights.delete(endpointId);
    this.#flights.set(endpointId, flights);
    this.#inFlight += 1;
    return (isDelivered) => {
      flights.startedAtMs.delete(flight);
      this.#inFlight -= 1;
      flights.limit = isDelivered ? Math.min(flights.limit + 1, ROOM_MAX) : Math.max(flights.limit >> 1, 1);
      this.#forget();
    };
  }

  /** What is left at each endpoint that is known. */
  rooms(): readonly Room[] {
    const slowBeforeMs = performance.now() - SLOW_AFTER_MS;
    const known = [...this.#flights].map(([endpointId, { limit, startedAtMs }]) => {
      let isSlow = false;
      for (const { atMs } of startedAtMs) isSlow ||= atMs < slowBeforeMs;
      return { endpointId, room: Math.max(limit - startedAtMs.size, 0), isSlow, busy: startedAtMs.size };
    });
    const slow = known.reduce((sum, { isSlow, busy }) => sum + (isSlow ? busy : 0), 0);
    return known.map(({ endpointId, room, isSlow }) => ({
      endpointId,
      room: isSlow && slow >= SLOW_IN_FLIGHT_MAX ? 0 : room,
    }));
  }

  #forget(): void {
    for (const [endpointId, { startedAtMs }] of this.#flights) {
      if (this.#flights.size <= ENDPOINTS_MAX) return;
      if (startedAtMs.size === 0) this.#flights.delete(endpointId);
    }
  }
}
