import type { FeedEvent } from '../../schema/events.ts';
import type { Position } from '../cursor.ts';
import type { Uuid } from '../id.ts';

/** The events of the outbox, from a cursor on: first what was missed, then what happens. */
export interface Feed {
  /**
   * Every matching event after `after` exactly once and in order, for as long as `signal` lets it. Without `after`
   * it starts with CAUGHT_UP and what happens from then on. Safe to retry from the last cursor received.
   *
   * @throws {ApiError} BAD_USER_INPUT for a cursor that is not ours; CURSOR_EXPIRED for one older than retention,
   *   with a fresh one in `extensions.cursor`
   */
  subscribe(request: FeedRequest): AsyncGenerator<FeedItem, void, void>;
  /**
   * What was missed, without what happens: every matching event after `after` that was visible when this was called, or
   * has become so since, in order; then CAUGHT_UP, and it ends. Safe to retry from the last position.
   *
   * @throws as `subscribe`
   */
  replay(request: ReplayRequest): AsyncGenerator<ReplayItem, void, void>;
  /** A Cursor that every event not visible yet comes after, and every event visible to all is at or before. */
  position(): Promise<string>;
  status(): FeedStatus;
  /** Ends all subscriptions without an error. */
  close(): Promise<void>;
}

export interface FeedRequest {
  readonly organizationId: Uuid;
  /** Must be pure and quick: it runs once for each event of the organization. */
  readonly matches: (event: FeedEvent) => boolean;
  readonly after: string | null;
  readonly signal: AbortSignal;
}

export type FeedItem =
  | { readonly kind: 'EVENT'; readonly event: FeedEvent; readonly position: Position }
  /** What was missed has been delivered; `cursor` stands after it. Comes again after a reader fell behind. */
  | { readonly kind: 'CAUGHT_UP'; readonly cursor: string; readonly position: Position };

export interface ReplayRequest {
  readonly organizationId: Uuid;
  /** As in `FeedRequest`. */
  readonly matches: (event: FeedEvent) => boolean;
  readonly after: Position;
  readonly signal: AbortSignal;
}

export type ReplayItem =
  | FeedItem
  /** Everything that matches up to `position` has been delivered; so many `events` were looked at since the last item of this kind. */
  | { readonly kind: 'PASSED'; readonly position: Position; readonly events: number };

export interface FeedStatus {
  readonly subscribers: number;
  /** Where live events come from at present. */
  readonly source: 'REDIS' | 'OUTBOX';
  /** Times a subscriber was moved to replay because its buffer was full. */
  readonly overflows: number;
  /** Times events that Redis did not have were fetched from the outbox. */
  readonly gapsFilled: number;
  /** Milliseconds from writing the event to handing it to subscribers, of the latest event. */
  readonly lagMs: number;
  /** Pages of events that were read from the outbox for replays. */
  readonly pagesRead: number;
  /** What is held of recent events, so that replays need not read them. */
  readonly heldEvents: number;
  readonly heldBytes: number;
}
