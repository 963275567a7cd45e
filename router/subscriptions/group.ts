import { comparePositions, type Position } from '../../platform/cursor.ts';
import type { Allowance } from '../allowance.ts';
import { type FirstMessageHost, FirstMessages } from './firstMessages.ts';
import { InOrder } from './inOrder.ts';
import { streamInterrupted } from './interrupted.ts';
import type { StreamedMessage } from './message.ts';
import type { StreamPlan } from './plan.ts';
import { Recent } from './recent.ts';
import type { ReplayHost } from './replayRun.ts';
import { Replays } from './replays.ts';
import type { MessageResolver } from './resolve.ts';
import type { Slots } from './slots.ts';
import type { History, SourceEvent, SubscriptionSource } from './source.ts';
import type { Home, Subscriber } from './subscriber.ts';
import { inTurns } from './turns.ts';

/** What a group needs of the process. */
export interface GroupHost {
  readonly resolver: MessageResolver;
  /** Places for replays. */
  readonly slots: Slots;
  /** What all groups may keep of replayed messages. */
  readonly replayedBytes: Allowance;
  /** Ends the streams of these with an error, told once for all of them. */
  fail(readers: readonly Subscriber[], error: unknown): void;
  complete(readers: readonly Subscriber[]): void;
  /** @param shared how many of them were resolved for somebody else */
  sent(messages: number, shared: number): void;
  /** A reader is live again. @param events that were replayed since this was told last, to whomever */
  caughtUp(seconds: number, events: number): void;
  /** It has no readers any more, or no source. */
  ended(group: Group): void;
}

/** Messages that are resolved at the same time; they are sent in order all the same. */
const RESOLVED_AHEAD_MAX = 16;

/**
 * All subscribers whose messages are equal: one source, one resolution and one serialisation for each event, then a loop
 * over those who are live. A subscriber is in one of these states:
 *
 * - opening: waits for its first message (`FirstMessages`);
 * - behind: reads what it missed (`Replays`), or waits for room to read it;
 * - live: gets each message as it comes.
 *
 * It moves on to live whenever `Recent` has all that comes after its position, and falls behind when its buffer is full.
 * Positions decide what it still gets, so no event is missed or sent twice, whichever way it came.
 */
export class Group implements Home, FirstMessageHost, ReplayHost {
  plan: StreamPlan;
  readonly source: SubscriptionSource;
  readonly recent: Recent;
  readonly #host: GroupHost;
  readonly #members = new Set<Subscriber>();
  readonly #live = new Set<Subscriber>();
  /** Those who are behind, and since when. */
  #behind: Map<Subscriber, number> | null = null;
  readonly #stop = new AbortController();
  // Made when they are needed: ten thousand groups may be open.
  #firstMessages: FirstMessages | null = null;
  #replays: Replays | null = null;
  #payers: Iterator<Subscriber> | undefined;
  #replayed = 0;
  #hasBegun = false;
  #hasEnded = false;

  constructor(plan: StreamPlan, openSource: (home: Home) => SubscriptionSource, host: GroupHost) {
    this.plan = plan;
    this.source = openSource(this);
    this.recent = new Recent(host.replayedBytes);
    this.#host = host;
  }

  get members(): ReadonlySet<Subscriber> {
    return this.#members;
  }

  get history(): History | null {
    return this.source.history;
  }

  get behindCount(): number {
    return this.#behind?.size ?? 0;
  }

  /** Reads its source until nobody is left or there is no more. Never rejects. */
  async run(): Promise<void> {
    const inOrder = new InOrder<StreamedMessage>(RESOLVED_AHEAD_MAX, () => this.#stop.abort());
    try {
      for await (const item of this.source.follow(this.#stop.signal)) {
        if (item.kind === 'CAUGHT_UP') this.#begin(item.position);
        if (item.kind !== 'EVENT') continue;
        await inOrder.add(this.resolve(item), (message) => this.#dispatch(message));
      }
      await inOrder.end();
      if (!this.#hasEnded) this.#host.complete(this.#close());
    } catch (error) {
      // Of two faults the first is the cause: ending the source is how a failed piece is noticed.
      const cause = await inOrder.end().then(
        () => error,
        (first: unknown) => first,
      );
      this.end(cause);
    }
  }

  /** @param after where it resumes; null to begin with the state as it is */
  add(reader: Subscriber, after: Position | null): void {
    if (after === null) reader.wantsFirst = this.history !== null;
    else {
      reader.position = after;
      // Be it for this very moment, so that every client that resumes is counted.
      if (this.history !== null) this.#fallBehind(reader);
    }
    if (this.history === null) reader.placeAt(this.recent.head);
    this.takeOver(reader);
  }

  /** Takes a reader, of another group perhaps, from the position that it has. */
  takeOver(reader: Subscriber): void {
    reader.home = this;
    this.#members.add(reader);
    const sent = this.resume(reader);
    if (sent > 0) this.replayed(sent);
  }

  /** Lets a reader go; the source ends with the last one. Safe to repeat. */
  leave(reader: Subscriber): void {
    if (!this.#members.delete(reader)) return;
    this.#live.delete(reader);
    this.#behind?.delete(reader);
    this.#firstMessages?.remove(reader);
    this.#replays?.remove(reader);
    if (this.#members.size === 0) this.#close();
  }

  /** Lets go of sent messages that are old, unless they are all that a reader without history has. */
  prune(nowMs: number): void {
    if (this.behindCount === 0 || this.history !== null) this.recent.prune(nowMs);
  }

  /** Ends all its streams with an error. Safe to repeat. */
  end(error: unknown): void {
    if (!this.#hasEnded) this.#host.fail(this.#close(), error);
  }

  isMember(reader: Subscriber): boolean {
    return this.#members.has(reader);
  }

  /** Whether the live stream, with what is kept of before, has all that a reader lacks. */
  canJoin(reader: Subscriber): boolean {
    if (!this.recent.covers(reader.position)) return false;
    // Between begin and head every position is one that was given; beyond, somebody has to look.
    reader.isPlaced ||= comparePositions(reader.position, this.recent.head) <= 0;
    return reader.isPlaced;
  }

  /**
   * Takes a reader on from its position: into the live stream when that has all it lacks, else to its first message or to
   * replay. Gives how many messages it was sent at once.
   */
  resume(reader: Subscriber): number {
    if (!this.#members.has(reader)) return 0;
    const { history } = this;
    if (history !== null && reader.wantsFirst) {
      this.#firstMessages ??= new FirstMessages(this, history);
      this.#firstMessages.add(reader);
      if (this.#hasBegun) void this.#firstMessages.work();
      return 0;
    }
    const isQuiet = history === null && !this.#hasBegun;
    if (isQuiet || this.canJoin(reader)) return this.#join(reader);
    if (history === null) {
      this.failEach([reader], streamInterrupted());
      return 0;
    }
    this.#fallBehind(reader);
    this.#replays ??= new Replays(this, history, this.#host.slots, this.#hasBegun);
    this.#replays.add(reader);
    return 0;
  }

  /** Takes a reader who cannot take more until it can. */
  waitForRoom(reader: Subscriber): void {
    this.#live.delete(reader);
    this.#fallBehind(reader);
    reader.sink.onRoom(() => this.sent(this.resume(reader)));
  }

  resolve(event: SourceEvent): Promise<StreamedMessage> {
    const asker = this.#nextPayer()?.asker ?? this.plan.admitted.caller;
    return this.#host.resolver.resolve(this.plan, event, asker, this.source.passesFailures);
  }

  /** Ends the streams of these with an error. */
  failEach(readers: Iterable<Subscriber>, error: unknown): void {
    const failed = [...readers].filter((reader) => this.#members.has(reader));
    if (failed.length === 0) return;
    for (const reader of failed) this.leave(reader);
    this.#host.fail(failed, error);
  }

  sent(messages: number): void {
    this.#host.sent(messages, Math.max(messages - 1, 0));
  }

  replayed(messages: number): void {
    this.#replayed += messages;
    this.sent(messages);
  }

  #begin(position: Position): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.recent.begin(position);
    void this.#firstMessages?.work(position);
    this.#replays?.begin();
    for (const reader of this.#live) reader.sink.opened();
  }

  #join(reader: Subscriber): number {
    let sent = 0;
    for (const message of this.recent.after(reader.position)) {
      if (!reader.sink.hasRoom()) {
        this.waitForRoom(reader);
        return sent;
      }
      reader.send(message);
      sent++;
    }
    const sinceMs = this.#behind?.get(reader);
    if (sinceMs !== undefined) {
      this.#behind?.delete(reader);
      this.#host.caughtUp((performance.now() - sinceMs) / 1_000, this.#replayed);
      this.#replayed = 0;
    }
    this.#live.add(reader);
    if (this.#hasBegun) reader.sink.opened();
    return sent;
  }

  async #dispatch(message: StreamedMessage): Promise<void> {
    this.recent.add(message, Date.now());
    const sent = await inTurns(this.#live, (reader) => {
      if (comparePositions(reader.position, message.position) >= 0) return 0;
      if (!reader.sink.hasRoom()) {
        this.waitForRoom(reader);
        return 0;
      }
      reader.send(message);
      return 1;
    });
    this.sent(sent);
  }

  #fallBehind(reader: Subscriber): void {
    this.#behind ??= new Map();
    if (!this.#behind.has(reader)) this.#behind.set(reader, performance.now());
  }

  /** The readers pay by turns for what is resolved for all of them. */
  #nextPayer(): Subscriber | undefined {
    const next = this.#payers?.next();
    if (next !== undefined && !next.done) return next.value;
    this.#payers = this.#members.values();
    const first = this.#payers.next();
    return first.done ? undefined : first.value;
  }

  /** Ends the source. Gives those who were left. */
  #close(): readonly Subscriber[] {
    const left = [...this.#members];
    this.#hasEnded = true;
    this.#members.clear();
    this.#live.clear();
    this.#behind = null;
    this.recent.clear();
    this.#stop.abort();
    this.#host.ended(this);
    return left;
  }
}
