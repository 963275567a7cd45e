import { formatCursor, type Position, parseCursor } from '../../platform/cursor.ts';
import type { Feed, ReplayItem } from '../../platform/feed/port.ts';
import { present } from '../../platform/invariant.ts';
import type { FeedEvent, StreamMessage } from '../../schema/events.ts';
import type { EventSelection } from './plan.ts';
import type { SourceEvent, SourceItem, SubscriptionSource } from './source.ts';

/** What of a plan the feed needs. */
export interface Selecting {
  readonly field: string;
  readonly events: EventSelection;
}

/**
 * Our own events. Nothing is lost: whoever falls behind has it replayed from the outbox.
 *
 * @param selecting asked for each event, because a reload may replace the plan
 */
export function createFeedSource(feed: Feed, selecting: () => Selecting): SubscriptionSource {
  const { organizationId } = selecting().events;
  const matches = (event: FeedEvent): boolean => selecting().events.matches(event);

  const messageAt = (position: Position, cursor: string, event: FeedEvent | null): SourceEvent => {
    const message: StreamMessage = { cursor, event };
    return {
      kind: 'EVENT',
      position,
      cursor,
      id: event?.id ?? null,
      primary: { kind: 'EVENT', event: { [selecting().field]: message } },
    };
  };
  const itemOf = (item: ReplayItem): SourceItem => {
    if (item.kind !== 'EVENT') return item;
    const { event, position } = item;
    // Asked again, because a reload may have come between.
    return matches(event)
      ? messageAt(position, event.cursor, event)
      : { kind: 'PASSED', position, events: 1 };
  };

  return {
    passesFailures: false,
    // It looks at the plan for each event.
    serves: async (plan) => plan.events?.organizationId === organizationId,
    follow: (signal) => mapped(feed.subscribe({ organizationId, matches, after: null, signal }), itemOf),
    history: {
      replay: (after, signal) => mapped(feed.replay({ organizationId, matches, after, signal }), itemOf),
      position: async () => positionOf(await feed.position()),
      opening: (position) => messageAt(position, formatCursor(position), null),
    },
  };
}

/** Each item as `map` makes it. Not a generator round the generator, which would cost a group half a kilobyte more. */
function mapped<From, To>(
  items: AsyncGenerator<From, void, void>,
  map: (item: From) => To,
): AsyncIterable<To> {
  const iterator: AsyncIterator<To, void, void> = {
    async next() {
      const { done, value } = await items.next();
      return done ? { done, value } : { done: false, value: map(value) };
    },
    return: async () => {
      await items.return();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

function positionOf(cursor: string): Position {
  return present(parseCursor(cursor), 'position of a cursor of ours');
}
