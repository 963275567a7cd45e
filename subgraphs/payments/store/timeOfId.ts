import type { Uuid } from '../../../platform/id.ts';

/**
 * An id is made when a command comes in, by the clock of our process; `created_at` is the database's clock when
 * it is decided. A list by time is kept to the ids of that time and this much more on both sides.
 */
const CLOCKS_APART_MAX_MS = 86_400_000;
const MS_MAX = 2 ** 48 - 1;

/**
 * The first uuidv7 of an instant, moved by the slack between clocks: to the early or to the late side. It only
 * narrows what a list has to read; what is listed is decided by `created_at`.
 */
export function firstIdAt(instant: Date | undefined, side: 'EARLY' | 'LATE'): Uuid | undefined {
  if (instant === undefined) return undefined;
  const moved = instant.getTime() + (side === 'EARLY' ? -CLOCKS_APART_MAX_MS : CLOCKS_APART_MAX_MS);
  const hex = Math.min(Math.max(moved, 0), MS_MAX).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000` as Uuid;
}
