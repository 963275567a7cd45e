import type { Uuid } from '../../../platform/id.ts';

/**
 * An id is made when a command comes in, by the clock of our process; `created_at` is the database's clock when it is decided,
 * never earlier but for what the two clocks are apart.
 */
const CLOCKS_APART_MAX_MS = 3_600_000;
const MS_MAX = 2 ** 48 - 1;

/**
 * SQL for an id that none of what was recorded at an instant or later is below. It only narrows what a list has to read;
 * what is listed is decided by `created_at`. The database works it out, because a sandbox's clock may be ahead of the
 * clock that ids are made by.
 *
 * @param place of the instant among the values of the statement
 */
export function firstIdAt(place: string): string {
  return `(select platform.first_id_at(${place}::timestamptz))`;
}

/** As `firstIdAt`, an id above all of what was recorded before an instant. */
export function idAfter(instant: Date | undefined): Uuid | undefined {
  if (instant === undefined) return undefined;
  const ms = Math.min(Math.max(instant.getTime() + CLOCKS_APART_MAX_MS, 0), MS_MAX);
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000` as Uuid;
}
