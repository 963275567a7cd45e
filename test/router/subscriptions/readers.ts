import type { GraphQLFormattedError } from 'graphql';
import { type Position, parseCursor } from '../../../platform/cursor.ts';
import { present } from '../../../platform/invariant.ts';
import { Allowance } from '../../../router/allowance.ts';
import type { Identity } from '../../../router/caller.ts';
import { nobody } from '../../../router/identity.ts';
import { Group, type GroupHost } from '../../../router/subscriptions/group.ts';
import type { StreamedMessage } from '../../../router/subscriptions/message.ts';
import type { StreamPlan } from '../../../router/subscriptions/plan.ts';
import { Slots } from '../../../router/subscriptions/slots.ts';
import type { SourceEvent, SubscriptionSource } from '../../../router/subscriptions/source.ts';
import { type Sink, Subscriber } from '../../../router/subscriptions/subscriber.ts';

/** A client's connection with a buffer that the test fills and empties. */
export class Reader implements Sink {
  readonly received: string[] = [];
  readonly errors: unknown[] = [];
  hasOpened = false;
  hasCompleted = false;
  room = Number.POSITIVE_INFINITY;
  readonly #wakes: (() => void)[] = [];

  hasRoom(): boolean {
    return this.room > 0;
  }

  onRoom(wake: () => void): void {
    this.#wakes.push(wake);
  }

  opened(): void {
    this.hasOpened = true;
  }

  send(message: StreamedMessage): void {
    if (this.room <= 0) throw new Error('it was sent more than it has room for');
    this.room--;
    this.received.push(present(message.cursor, 'cursor'));
  }

  fail(errors: readonly GraphQLFormattedError[]): void {
    this.errors.push(...errors);
  }

  complete(): void {
    this.hasCompleted = true;
  }

  makeRoom(messages: number): void {
    this.room = messages;
    for (const wake of this.#wakes.splice(0)) wake();
  }

  get last(): Position {
    return present(parseCursor(present(this.received.at(-1), 'a message')), 'position');
  }
}

const MIB = 1024 * 1024;

export const asker = { identity: nobody('test') satisfies Identity, headers: {} };

/** A group over `source`, with a resolver that only counts; what it tells the process is in `told`. */
export function openGroup(source: SubscriptionSource, settle: () => Promise<void> = async () => undefined) {
  const told = { resolved: 0, sent: 0, hasEnded: false };
  const host: GroupHost = {
    slots: new Slots(2),
    replayedBytes: new Allowance(MIB),
    resolver: {
      async resolve(_plan: StreamPlan, { position, cursor }: SourceEvent) {
        told.resolved++;
        await settle();
        return { position, cursor, payload: Buffer.from('{}') };
      },
      prune: () => undefined,
    },
    fail(readers, error) {
      for (const reader of readers) reader.sink.fail([error as GraphQLFormattedError]);
    },
    complete(readers) {
      for (const reader of readers) reader.sink.complete();
    },
    sent(messages) {
      told.sent += messages;
    },
    caughtUp: () => undefined,
    ended() {
      told.hasEnded = true;
    },
  };
  const plan = { shareKey: 'test', admitted: { caller: asker } } as unknown as StreamPlan;
  const group = new Group(plan, () => source, host);
  void group.run();
  const add = (reader: Reader, after: Position | null): Subscriber => {
    const subscriber = new Subscriber(reader, asker);
    group.add(subscriber, after);
    return subscriber;
  };
  return { group, told, add };
}

export function turns(count: number): Promise<void> {
  return new Promise((resolve) => {
    const turn = (left: number): unknown => (left === 0 ? resolve() : setImmediate(() => turn(left - 1)));
    turn(count);
  });
}
