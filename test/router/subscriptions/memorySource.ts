import { comparePositions, formatCursor, type Position } from '../../../platform/cursor.ts';
import { ApiError } from '../../../platform/errors.ts';
import { assertNotAhead } from '../../../platform/feed/cursorCheck.ts';
import type { SourceEvent, SourceItem, SubscriptionSource } from '../../../router/subscriptions/source.ts';

/** A source over a list in memory that is as slow, and slow in as many places, as the test's dice say. */
export class MemorySource implements SubscriptionSource {
  readonly passesFailures = false;
  readonly #events: { readonly position: Position; readonly matches: boolean }[] = [];
  readonly #dice: () => number;
  #followers = 0;
  #wakes: (() => void)[] = [];
  /** Events up to here are gone. */
  #floor: Position = { xid: 0n, seq: 0n };

  constructor(dice: () => number) {
    this.#dice = dice;
  }

  get followers(): number {
    return this.#followers;
  }

  get horizon(): Position {
    return this.#events.at(-1)?.position ?? { xid: 0n, seq: 0n };
  }

  /** Cursors of what a stream tells of after `after`, which is what a reader has to get. */
  matching(after: Position): readonly string[] {
    return this.#events
      .filter(({ position, matches }) => matches && comparePositions(position, after) > 0)
      .map(({ position }) => formatCursor(position));
  }

  append(matches: boolean): void {
    const { xid, seq } = this.horizon;
    const position = this.#dice() < 0.5 ? { xid, seq: seq + 1n } : { xid: xid + 1n, seq: 0n };
    this.#events.push({ position, matches });
    const wakes = this.#wakes;
    this.#wakes = [];
    for (const wake of wakes) wake();
  }

  expire(upTo: Position): void {
    this.#floor = upTo;
  }

  async serves(): Promise<boolean> {
    return true;
  }

  async *follow(signal: AbortSignal): AsyncGenerator<SourceItem, void, void> {
    this.#followers++;
    try {
      const from = this.horizon;
      await this.#dawdle();
      yield { kind: 'CAUGHT_UP', position: from };
      for await (const item of this.#live(from, signal)) if (item.kind === 'EVENT') yield item;
    } finally {
      this.#followers--;
    }
  }

  readonly history = {
    replay: (after: Position, signal: AbortSignal) => this.#replay(after, signal),
    position: async (): Promise<Position> => {
      const { horizon } = this;
      await this.#dawdle();
      return horizon;
    },
    opening: (position: Position): SourceEvent => this.#event(position, null),
  };

  async *#replay(after: Position, signal: AbortSignal): AsyncGenerator<SourceItem, void, void> {
    await this.#dawdle();
    const { horizon } = this;
    if (comparePositions(after, this.#floor) < 0) throw new ApiError('CURSOR_EXPIRED', 'too old');
    assertNotAhead(after, horizon);
    for (const event of [...this.#events]) {
      if (comparePositions(event.position, after) <= 0) continue;
      if (comparePositions(event.position, horizon) > 0) break;
      if (signal.aborted) return;
      yield this.#itemOf(event);
      if (this.#dice() < 0.05) await this.#dawdle();
    }
    yield { kind: 'CAUGHT_UP', position: horizon };
  }

  async *#live(from: Position, signal: AbortSignal): AsyncGenerator<SourceItem, void, void> {
    let reached = from;
    while (!signal.aborted) {
      const next = this.#events.find(({ position }) => comparePositions(position, reached) > 0);
      if (next === undefined) await this.#wait(signal);
      else {
        reached = next.position;
        yield this.#itemOf(next);
      }
    }
  }

  #itemOf({ position, matches }: { readonly position: Position; readonly matches: boolean }): SourceItem {
    return matches ? this.#event(position, formatCursor(position)) : { kind: 'PASSED', position, events: 1 };
  }

  #event(position: Position, id: string | null): SourceEvent {
    const primary = { kind: 'RESULT', result: { data: {} } } as const;
    return { kind: 'EVENT', position, cursor: formatCursor(position), id, primary };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wakes.push(done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }

  async #dawdle(): Promise<void> {
    for (let turns = Math.floor(this.#dice() * 4); turns > 0; turns--) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
}
