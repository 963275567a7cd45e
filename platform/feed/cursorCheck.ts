import { comparePositions, formatCursor, type Position, parseCursor } from '../cursor.ts';
import { ApiError } from '../errors.ts';

const SHOWN_CHARACTERS_MAX = 60;

/** @throws {ApiError} BAD_USER_INPUT when `cursor` is not one of ours. */
export function readCursor(cursor: string): Position {
  const position = parseCursor(cursor);
  if (position !== null) return position;
  throw new ApiError(
    'BAD_USER_INPUT',
    `"${cursor.slice(0, SHOWN_CHARACTERS_MAX)}" is not a Cursor; expected one received earlier, unchanged.`,
  );
}

/** @throws {ApiError} BAD_USER_INPUT for a cursor that this deployment cannot have given yet. */
export function assertNotAhead(after: Position, horizon: Position): void {
  if (comparePositions(after, horizon) <= 0) return;
  throw new ApiError(
    'BAD_USER_INPUT',
    'The Cursor is ahead of all events; it belongs to another deployment.',
  );
}

/** @throws {ApiError} CURSOR_EXPIRED, with a fresh cursor, when events after `after` have been dropped. */
export function assertNotExpired(after: Position, floor: Position, horizon: Position): void {
  if (comparePositions(after, floor) >= 0) return;
  throw new ApiError(
    'CURSOR_EXPIRED',
    'The Cursor is older than the events that are kept. Fetch the state anew and go on from extensions.cursor.',
    { cursor: formatCursor(horizon) },
  );
}
