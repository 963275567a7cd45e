import { randomUUID } from 'node:crypto';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { Feed } from '../../platform/feed/port.ts';
import type { Logger } from '../../platform/log.ts';
import { Allowance } from '../allowance.ts';
import type { Graphs } from '../graphs.ts';
import { failureOf } from '../http/failure.ts';
import type { Observability } from '../observability/observability.ts';
import { OperationError } from '../operation/store.ts';
import type { Admitted, Budget, Pipeline } from '../pipeline.ts';
import { createFeedSource } from './feedSource.ts';
import { Group } from './group.ts';
import { streamInterrupted } from './interrupted.ts';
import { STREAM_LIMITS, type StreamLimits } from './limits.ts';
import { planSubscription, type StreamPlan } from './plan.ts';
import { createMessageResolver } from './resolve.ts';
import { Slots } from './slots.ts';
import type { SubscriptionSource } from './source.ts';
import { type Asker, type Home, type Sink, Subscriber } from './subscriber.ts';
import { Tally } from './tally.ts';
import { inTurns } from './turns.ts';
import { Unsent } from './unsent.ts';
import { createUpstreamSource, type TransportOf } from './upstreamSource.ts';

/** Replays that read at the same time; the feed has some connections only. */
const REPLAYS_MAX = 16;
/** Replayed messages that all groups together keep for those who come back a moment later. */
const REPLAYED_BYTES_MAX = 32 * 1024 * 1024;
const PRUNE_INTERVAL_MS = 1_000;

export interface StreamsParts {
  readonly pipeline: Pipeline;
  /** The same without a budget, for streams that are open and paid for. */
  readonly readmission: Pipeline;
  readonly graphs: Graphs;
  /** Our own events; null where subgraphs serve all subscriptions themselves. */
  readonly feed: Feed | null;
  readonly transportOf: TransportOf;
  readonly budget: Budget | null;
  readonly observability: Observability;
  readonly logger: Logger;
  readonly limits?: Partial<StreamLimits> | undefined;
}

/** All subscriptions of a process, whichever transport brought them. */
export class Streams {
  readonly limits: StreamLimits;
  /** Of all connections, whichever their transport. */
  readonly unsent: Unsent;
  readonly #parts: StreamsParts;
  readonly #groups = new Set<Group>();
  readonly #byKey = new Map<string, Group>();
  readonly #tally: Tally;
  readonly #host: ConstructorParameters<typeof Group>[2];
  readonly #timer: NodeJS.Timeout;
  readonly #forget: () => void;
  #moving: Promise<void> = Promise.resolve();

  constructor(parts: StreamsParts) {
    const { streams: metrics } = parts.observability.metrics;
    this.#parts = parts;
    this.limits = { ...STREAM_LIMITS, ...parts.limits };
    this.unsent = new Unsent(this.limits);
    this.#tally = new Tally(this.limits, metrics);
    const resolver = createMessageResolver(parts);
    this.#host = {
      resolver,
      slots: new Slots(REPLAYS_MAX),
      replayedBytes: new Allowance(REPLAYED_BYTES_MAX),
      fail: (readers, error) => this.#fail(readers, error),
      complete: (readers) => this.#endEach(readers, (sink) => sink.complete()),
      sent(messages, shared) {
        metrics.messageSent(messages);
        metrics.messageResolved(true, shared);
      },
      caughtUp: (seconds, events) => metrics.observeReplay(seconds, events),
      ended: (group) => this.#ended(group),
    };
    this.#timer = setInterval(() => {
      const nowMs = Date.now();
      resolver.prune(nowMs);
      for (const group of this.#groups) group.prune(nowMs);
    }, PRUNE_INTERVAL_MS).unref();
    this.#forget = parts.graphs.onReplaced(() => {
      this.#moving = this.#moving.then(() => this.#moveAll());
    });
  }

  get status(): { readonly subscriptions: number; readonly groups: number; readonly behind: number } {
    let behind = 0;
    for (const group of this.#groups) behind += group.behindCount;
    return { subscriptions: this.#tally.size, groups: this.#groups.size, behind };
  }

  /**
   * Opens the subscription of `admitted`. What goes wrong later is told to `sink`.
   *
   * @param lastCursor of a client that resumes and says so beside its operation
   * @throws {ApiError} FORBIDDEN, BAD_USER_INPUT; OVERLOADED when a limit is reached, and nothing happened
   */
  open(admitted: Admitted, asker: Asker, sink: Sink, lastCursor: string | null = null): Subscriber {
    const { plan, after } = planSubscription(admitted, this.#parts.feed !== null, lastCursor);
    this.#tally.add(asker.identity.budgetKey);
    const subscriber = new Subscriber(sink, asker);
    const group = this.#groupFor(plan);
    group.add(subscriber, after);
    // The Graph was replaced while the operation was admitted.
    if (admitted.graph !== this.#parts.graphs.current()) void this.#move(group);
    return subscriber;
  }

  /** The client wants no more. Safe to repeat. */
  leave(subscriber: Subscriber): void {
    if (!this.#settle(subscriber)) return;
    subscriber.home?.leave(subscriber);
  }

  /** Lets an open stream go on for the same client with other credentials; ends it where those do not suffice. */
  async reauthorise(subscriber: Subscriber, asker: Asker): Promise<void> {
    const { home } = subscriber;
    if (subscriber.hasEnded || home === null) return;
    try {
      const plan = await this.#readmit(home.plan, asker);
      if (subscriber.hasEnded) return;
      this.#tally.move(subscriber.asker.identity.budgetKey, asker.identity.budgetKey);
      subscriber.asker = asker;
      if (plan.shareKey === home.plan.shareKey) return;
      this.#transfer(subscriber, plan);
    } catch (error) {
      home.leave(subscriber);
      this.#fail([subscriber], error);
    }
  }

  /** Ends what is still open. The feed stays its owner's. */
  close(): void {
    clearInterval(this.#timer);
    this.#forget();
    for (const group of [...this.#groups]) group.end(streamInterrupted());
  }

  #groupFor(plan: StreamPlan): Group {
    const known = this.#byKey.get(plan.shareKey);
    if (known !== undefined) return known;
    const group = new Group(plan, (home) => this.#openSource(home), this.#host);
    this.#groups.add(group);
    this.#byKey.set(plan.shareKey, group);
    void group.run();
    return group;
  }

  #openSource(home: Home): SubscriptionSource {
    const { feed, transportOf, logger } = this.#parts;
    const { events } = home.plan;
    if (feed === null || events === null) return createUpstreamSource(home.plan, transportOf, logger);
    return createFeedSource(feed, () => ({ field: home.plan.field, events: home.plan.events ?? events }));
  }

  /** Moves a stream to the group of `plan`, where it goes on from its position. */
  #transfer(subscriber: Subscriber, plan: StreamPlan): void {
    if (plan.events === null) throw streamInterrupted();
    const { home } = subscriber;
    this.#groupFor(plan).takeOver(subscriber);
    home?.leave(subscriber);
  }

  async #moveAll(): Promise<void> {
    for (const group of [...this.#groups]) await this.#move(group);
  }

  /** Takes a group over to the current Graph. Its source goes on, so that no event is lost or doubled. */
  async #move(group: Group): Promise<void> {
    const { graphs } = this.#parts;
    const [member] = group.members;
    if (member === undefined || group.plan.admitted.graph === graphs.current()) return;
    try {
      const plan = await this.#readmit(group.plan, member.asker);
      if (!(await group.source.serves(plan))) throw streamInterrupted();
      const other = this.#byKey.get(plan.shareKey);
      if (other === undefined || other === group || group.source.history === null) {
        this.#rekey(group, plan);
      } else for (const subscriber of [...group.members]) this.#transfer(subscriber, plan);
    } catch (error) {
      group.end(error instanceof OperationError ? noLongerValid(error) : error);
    }
    // Each takes some tens of microseconds; ten thousand of them would hold everybody else up.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #rekey(group: Group, plan: StreamPlan): void {
    if (!this.#groups.has(group)) return;
    if (this.#byKey.get(group.plan.shareKey) === group) this.#byKey.delete(group.plan.shareKey);
    if (!this.#byKey.has(plan.shareKey)) this.#byKey.set(plan.shareKey, group);
    group.plan = plan;
  }

  async #readmit(plan: StreamPlan, asker: Asker): Promise<StreamPlan> {
    const { request, variables } = plan.admitted;
    const caller = { ...asker, requestId: randomUUID() };
    const { SUBSCRIPTION } = OperationTypeNode;
    const admitted = await this.#parts.readmission.admit({ ...request, variables }, caller, [SUBSCRIPTION]);
    return planSubscription(admitted, this.#parts.feed !== null).plan;
  }

  #ended(group: Group): void {
    this.#groups.delete(group);
    if (this.#byKey.get(group.plan.shareKey) === group) this.#byKey.delete(group.plan.shareKey);
  }

  #fail(readers: readonly Subscriber[], error: unknown): void {
    const { errors } = failureOf(error, randomUUID(), this.#parts.logger);
    this.#endEach(readers, (sink) => sink.fail(errors));
  }

  #endEach(readers: readonly Subscriber[], end: (sink: Sink) => void): void {
    const open = readers.filter((reader) => this.#settle(reader));
    void inTurns(open, (reader) => {
      end(reader.sink);
      return 1;
    });
  }

  /** Takes an open stream out of the counts; false when it was out already. */
  #settle(subscriber: Subscriber): boolean {
    if (subscriber.hasEnded) return false;
    subscriber.hasEnded = true;
    this.#tally.remove(subscriber.asker.identity.budgetKey);
    return true;
  }
}

function noLongerValid({ errors }: OperationError): OperationError {
  const told = errors.map(
    ({ message, extensions }) =>
      new GraphQLError(`The schema was replaced and this subscription is no longer valid: ${message}`, {
        extensions,
      }),
  );
  return new OperationError(told);
}
