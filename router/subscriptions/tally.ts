import { ApiError } from '../../platform/errors.ts';
import type { StreamMetrics } from '../observability/streamMetrics.ts';
import type { StreamLimits } from './limits.ts';

/** Counts open subscriptions, in all and by budget key, and says when there are enough. */
export class Tally {
  readonly #limits: StreamLimits;
  readonly #metrics: Pick<StreamMetrics, 'subscriptionOpened' | 'subscriptionClosed'>;
  readonly #byKey = new Map<string, number>();
  #size = 0;

  constructor(
    limits: StreamLimits,
    metrics: Pick<StreamMetrics, 'subscriptionOpened' | 'subscriptionClosed'>,
  ) {
    this.#limits = limits;
    this.#metrics = metrics;
  }

  get size(): number {
    return this.#size;
  }

  /** @throws {ApiError} OVERLOADED, and it is not counted */
  add(budgetKey: string): void {
    const { subscriptionsMax, subscriptionsPerKeyMax } = this.#limits;
    const ofKey = this.#byKey.get(budgetKey) ?? 0;
    if (this.#size >= subscriptionsMax) {
      throw new ApiError(
        'OVERLOADED',
        'This router has all the subscriptions that it takes; retry elsewhere.',
      );
    }
    if (ofKey >= subscriptionsPerKeyMax) {
      throw new ApiError(
        'OVERLOADED',
        `These credentials have ${ofKey} subscriptions open here, at most ${subscriptionsPerKeyMax}.`,
      );
    }
    this.#byKey.set(budgetKey, ofKey + 1);
    this.#size++;
    this.#metrics.subscriptionOpened();
  }

  remove(budgetKey: string): void {
    this.#change(budgetKey, -1);
    this.#size--;
    this.#metrics.subscriptionClosed();
  }

  /** A subscription goes on under another key. */
  move(from: string, to: string): void {
    if (from === to) return;
    this.#change(from, -1);
    this.#change(to, 1);
  }

  #change(budgetKey: string, by: number): void {
    const left = (this.#byKey.get(budgetKey) ?? 0) + by;
    if (left > 0) this.#byKey.set(budgetKey, left);
    else this.#byKey.delete(budgetKey);
  }
}
