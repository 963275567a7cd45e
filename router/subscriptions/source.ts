import type { Position } from '../../platform/cursor.ts';
import type { Primary } from '../engine/port.ts';
import type { StreamPlan } from './plan.ts';

/** Where the messages of a stream come from: our own events, or the subgraph's own stream. One for each group. */
export interface SubscriptionSource {
  /**
   * CAUGHT_UP, which says where it begins, then what happens from now on, in order and without gap. Ends when `signal`
   * is aborted, or when there will be no more.
   *
   * @throws {ApiError} or {SubgraphUnavailableError} what ends the stream
   */
  follow(signal: AbortSignal): AsyncIterable<SourceItem>;
  /** What was missed; null where it cannot be had again, so that a reader who falls behind cannot go on. */
  readonly history: History | null;
  /** Whether what it gives is what `plan` asks for too, so that it can go on when a reload replaces the plan. */
  serves(plan: StreamPlan): Promise<boolean>;
  /** Whether an answer without data is a message too. Otherwise it is asked for again, and ends the stream at last. */
  readonly passesFailures: boolean;
}

export interface History {
  /**
   * Every item after `after` that there is, in order, then CAUGHT_UP. Events that the stream does not tell of are PASSED,
   * many at a time, so that a reader sees how far it came. CAUGHT_UP is at or past where `follow` began, if that has.
   *
   * @throws {ApiError} BAD_USER_INPUT for a position that cannot be; CURSOR_EXPIRED for one whose events are gone
   */
  replay(after: Position, signal: AbortSignal): AsyncIterable<SourceItem>;
  /** A position that every event not visible yet comes after. */
  position(): Promise<Position>;
  /** The first message of a stream that is opened without a cursor: the state as it is. */
  opening(position: Position): SourceEvent;
}

export type SourceItem =
  | SourceEvent
  | { readonly kind: 'PASSED'; readonly position: Position; readonly events: number }
  | { readonly kind: 'CAUGHT_UP'; readonly position: Position };

export interface SourceEvent {
  readonly kind: 'EVENT';
  readonly position: Position;
  readonly cursor: string | null;
  /** Equal for the same event however it comes, live or replayed; null for what nobody shares. */
  readonly id: string | null;
  /** What the plan's primary fetch is answered with. */
  readonly primary: Primary;
}
