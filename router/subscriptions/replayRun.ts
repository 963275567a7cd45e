import { GraphQLError } from 'graphql';
import { comparePositions, type Position } from '../../platform/cursor.ts';
import { ApiError } from '../../platform/errors.ts';
import { InOrder } from './inOrder.ts';
import type { StreamedMessage } from './message.ts';
import type { Recent } from './recent.ts';
import type { History, SourceEvent } from './source.ts';
import type { Subscriber } from './subscriber.ts';
import { inTurns } from './turns.ts';

/** What a replay needs of the group that its readers belong to. */
export interface ReplayHost {
  readonly recent: Recent;
  resolve(event: SourceEvent): Promise<StreamedMessage>;
  /** Takes a reader on, who is where the live stream can take it over. Gives how much it was sent at once. */
  resume(reader: Subscriber): number;
  /** Takes a reader who cannot take more until it can. */
  waitForRoom(reader: Subscriber): void;
  failEach(readers: Iterable<Subscriber>, error: unknown): void;
  replayed(messages: number): void;
}

/** Messages that are resolved at the same time. */
const RESOLVED_AHEAD_MAX = 16;
/** Then those who wait get their turn, so that a cursor of last month does not hold up one of a second ago. */
const EVENTS_MAX = 1_000;

/**
 * Replays what was missed to several readers of a group at once, from the position of the first of them; those who are
 * further get what comes after theirs. A reader leaves when it has caught up, has no room, or is gone, and what is left at
 * the end goes on in a later run. So five thousand clients that come back together cost one read and not five thousand.
 */
export class ReplayRun {
  readonly #host: ReplayHost;
  readonly #history: History;
  readonly #readers: Set<Subscriber>;
  readonly #start: Position;
  readonly #stop = new AbortController();
  /** Everything up to here has been handed to the readers. */
  #reached: Position;
  /** The source has begun to answer, so that the position it was asked from is one that it gave. */
  #isFounded = false;

  constructor(host: ReplayHost, history: History, start: Position, readers: Iterable<Subscriber>) {
    this.#host = host;
    this.#history = history;
    this.#start = start;
    this.#reached = start;
    this.#readers = new Set(readers);
  }

  /** Never rejects. Gives the readers that have still to go on. */
  async go(): Promise<readonly Subscriber[]> {
    const inOrder = new InOrder<StreamedMessage | null>(RESOLVED_AHEAD_MAX, () => this.#stop.abort());
    let passed = this.#start;
    try {
      let seen = 0;
      for await (const item of this.#history.replay(this.#start, this.#stop.signal)) {
        this.#isFounded = true;
        if (item.kind === 'PASSED') passed = item.position;
        else if (item.kind === 'EVENT') {
          await inOrder.add(this.#host.resolve(item), (message) => this.#hand(message));
        } else await inOrder.add(NOTHING, () => this.#caughtUp(item.position));
        if (this.#readers.size === 0 || ++seen >= EVENTS_MAX) break;
      }
      await inOrder.end();
      if (comparePositions(passed, this.#reached) > 0) this.#reached = passed;
    } catch (error) {
      // Of two faults the first is the cause: ending the replay is how a failed piece is noticed.
      await inOrder.end().then(
        () => this.#fail(error),
        (cause: unknown) => this.#fail(cause),
      );
    }
    for (const reader of this.#readers) this.#place(reader);
    return [...this.#readers];
  }

  remove(reader: Subscriber): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.#stop.abort();
  }

  /** Lets go whoever the group's live stream has the rest for. */
  async joinWhoCan(): Promise<void> {
    if (!this.#isFounded || !this.#host.recent.covers(this.#reached)) return;
    const sent = await inTurns(this.#readers, (reader) => {
      this.#place(reader);
      if (!reader.isPlaced) return 0;
      this.remove(reader);
      return this.#host.resume(reader);
    });
    this.#host.replayed(sent);
  }

  async #hand(message: StreamedMessage | null): Promise<void> {
    if (message === null) return;
    const sent = await inTurns(this.#readers, (reader) => {
      if (comparePositions(reader.position, message.position) >= 0) return 0;
      if (reader.sink.hasRoom()) {
        reader.send(message);
        return 1;
      }
      this.#place(reader);
      this.remove(reader);
      this.#host.waitForRoom(reader);
      return 0;
    });
    this.#reached = message.position;
    this.#host.replayed(sent);
    await this.joinWhoCan();
  }

  /** Now the horizon is known: a cursor beyond it was never given. */
  async #caughtUp(horizon: Position): Promise<void> {
    if (comparePositions(horizon, this.#reached) > 0) this.#reached = horizon;
    const strangers = [...this.#readers].filter(
      (reader) => !reader.isPlaced && comparePositions(reader.position, this.#reached) > 0,
    );
    for (const stranger of strangers) this.remove(stranger);
    this.#host.failEach(strangers, aheadOfAll());
    await this.joinWhoCan();
  }

  /** Notes for a reader how far it came. */
  #place(reader: Subscriber): void {
    if (this.#isFounded && comparePositions(reader.position, this.#reached) <= 0)
      reader.placeAt(this.#reached);
  }

  /** A cursor that has expired, or never was one, is the fault of those who are at it. Anything else concerns all. */
  #fail(error: unknown): void {
    const isOfCursor =
      error instanceof GraphQLError &&
      (error.extensions.code === 'CURSOR_EXPIRED' || error.extensions.code === 'BAD_USER_INPUT');
    const failed = [...this.#readers].filter(
      (reader) => !isOfCursor || comparePositions(reader.position, this.#reached) <= 0,
    );
    for (const reader of failed) this.remove(reader);
    this.#host.failEach(failed, error);
  }
}

const NOTHING = Promise.resolve(null);

function aheadOfAll(): ApiError {
  return new ApiError(
    'BAD_USER_INPUT',
    'The Cursor is ahead of all events; it belongs to another deployment.',
  );
}
