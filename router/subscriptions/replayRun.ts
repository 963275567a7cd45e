import { GraphQLError } from 'graphql';
import { comparePositions, type Position } from '../../platform/cursor.ts';
import { ApiError } from '../../platform/errors.ts';
import { InOrder } from './inOrder.ts';
import type { StreamedMessage } from './message.ts';
import { Recent } from './recent.ts';
import type { History, SourceEvent } from './source.ts';
import type { Subscriber } from './subscriber.ts';
import { inTurns } from './turns.ts';

/** What a replay needs of the group that its readers belong to. */
export interface ReplayHost {
  readonly recent: Recent;
  resolve(event: SourceEvent): Promise<StreamedMessage>;
  /** Whether the live stream, with what is kept of before, has all that a reader lacks. */
  canJoin(reader: Subscriber): boolean;
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
 * the end goes on in a later run. What was replayed up to the live stream stays with that for a while (`Recent`), so that
 * those who come back a moment later need no run: five thousand clients that come back cost one, and not five thousand.
 */
export class ReplayRun {
  readonly #host: ReplayHost;
  readonly #history: History;
  readonly #readers: Set<Subscriber>;
  readonly #start: Position;
  readonly #stop = new AbortController();
  /** What this run has handed on, as far as it is kept. */
  readonly #handed = new Recent();
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
    this.#handed.begin(start);
  }

  /** Never rejects. Gives the readers that have still to go on. */
  async go(): Promise<readonly Subscriber[]> {
    const inOrder = new InOrder<StreamedMessage | null>(RESOLVED_AHEAD_MAX, () => this.#stop.abort());
    try {
      let seen = 0;
      for await (const item of this.#history.replay(this.#start, this.#stop.signal)) {
        this.#isFounded = true;
        seen += item.kind === 'PASSED' ? item.events : 1;
        if (item.kind === 'EVENT') {
          await inOrder.add(this.#host.resolve(item), (message) => this.#hand(message));
        } else if (item.kind === 'PASSED') await inOrder.add(NOTHING, () => this.#reach(item.position));
        else await inOrder.add(NOTHING, () => this.#caughtUp(item.position));
        if (item.kind === 'CAUGHT_UP' || this.#readers.size === 0 || seen >= EVENTS_MAX) break;
      }
      await inOrder.end();
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

  #reach(position: Position): void {
    if (comparePositions(position, this.#reached) > 0) this.#reached = position;
  }

  /** Lets go whoever the group's live stream has the rest for. */
  async #joinWhoCan(): Promise<void> {
    const { recent } = this.#host;
    if (!this.#isFounded || !recent.covers(this.#reached)) return;
    recent.prepend(this.#handed, Date.now());
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
    this.#handed.add(message, Date.now());
    this.#host.replayed(sent);
    await this.#joinWhoCan();
  }

  /** Now the horizon is known: a cursor beyond it was never given. */
  async #caughtUp(horizon: Position): Promise<void> {
    this.#reach(horizon);
    const strangers = [...this.#readers].filter(
      (reader) => !reader.isPlaced && comparePositions(reader.position, this.#reached) > 0,
    );
    for (const stranger of strangers) this.remove(stranger);
    this.#host.failEach(strangers, aheadOfAll());
    await this.#joinWhoCan();
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
