import { comparePositions, formatCursor, type Position } from '../cursor.ts';
import { assertNotAhead, assertNotExpired } from './cursorCheck.ts';
import type { ReplayItem, ReplayRequest } from './port.ts';
import type { EventWindows } from './windows.ts';

/**
 * Everything after `after` that was committed and visible when this was called, and perhaps somewhat more; ends with
 * CAUGHT_UP. Aborted, it ends without.
 */
export async function* replay(
  windows: EventWindows,
  { organizationId, matches, after, signal }: ReplayRequest,
): AsyncGenerator<ReplayItem, Position, void> {
  const { horizon, floor } = await windows.refresh(organizationId, after);
  assertNotExpired(after, floor, horizon);
  assertNotAhead(after, horizon);
  let position = after;
  while (!signal.aborted) {
    const { events, upTo } = await windows.read(organizationId, position);
    for (const { event, position: reached } of events) {
      position = reached;
      if (!matches(event)) continue;
      yield { kind: 'EVENT', event, position };
      if (signal.aborted) return position;
    }
    position = upTo;
    if (comparePositions(position, horizon) >= 0) {
      yield { kind: 'CAUGHT_UP', cursor: formatCursor(position), position };
      return position;
    }
    yield { kind: 'PASSED', position, events: events.length };
  }
  return position;
}
