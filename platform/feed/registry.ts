import type { Positioned } from './outboxRows.ts';
import { shardOf } from './shard.ts';
import type { SubscriberBuffer } from './subscriber.ts';

/** Who wants live events, by organization: an event is offered to the subscribers of its organization only. */
export class SubscriberRegistry {
  readonly #byOrganization = new Map<string, Set<SubscriberBuffer>>();
  readonly #wantedByShard: number[];
  #size = 0;
  #registrations = 0;
  #overflows = 0;

  constructor(shards: number) {
    this.#wantedByShard = Array.from({ length: shards }, () => 0);
  }

  add(subscriber: SubscriberBuffer): void {
    const others = this.#byOrganization.get(subscriber.organizationId) ?? new Set();
    others.add(subscriber);
    this.#byOrganization.set(subscriber.organizationId, others);
    this.#count(subscriber.organizationId, 1);
    this.#registrations++;
  }

  remove(subscriber: SubscriberBuffer): void {
    const others = this.#byOrganization.get(subscriber.organizationId);
    if (!others?.delete(subscriber)) return;
    if (others.size === 0) this.#byOrganization.delete(subscriber.organizationId);
    this.#count(subscriber.organizationId, -1);
  }

  deliver(live: Positioned): void {
    for (const subscriber of this.#byOrganization.get(live.event.organizationId) ?? []) {
      if (!subscriber.push(live)) this.#overflows++;
    }
  }

  closeAll(): void {
    for (const subscribers of this.#byOrganization.values()) for (const one of subscribers) one.close();
  }

  isWanted(shard: number): boolean {
    return (this.#wantedByShard[shard] ?? 0) > 0;
  }

  get size(): number {
    return this.#size;
  }

  /** Grows with every `add`, so that a reader can tell whether somebody came while it awaited. */
  get registrations(): number {
    return this.#registrations;
  }

  get overflows(): number {
    return this.#overflows;
  }

  #count(organizationId: string, change: number): void {
    const shard = shardOf(organizationId, this.#wantedByShard.length);
    this.#wantedByShard[shard] = (this.#wantedByShard[shard] ?? 0) + change;
    this.#size += change;
  }
}
