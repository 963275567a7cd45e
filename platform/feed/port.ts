import type { FeedEvent } from '../../schema/events.ts';
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
  | { readonly kind: 'EVENT'; readonly event: FeedEvent }
  /** What was missed has been delivered; `cursor` stands after it. Comes again after a reader fell behind. */
  | { readonly kind: 'CAUGHT_UP'; readonly cursor: string };

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
}
