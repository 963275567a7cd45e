/** How much an Lru holds beside the number of its entries. */
export interface Weighing<Value> {
  readonly weightMax: number;
  readonly weigh: (value: Value) => number;
}

/** A map that forgets what was used longest ago once it holds `entriesMax`, or more than it may weigh. */
export class Lru<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #entriesMax: number;
  readonly #weighing: Weighing<Value> | undefined;
  #weight = 0;

  constructor(entriesMax: number, weighing?: Weighing<Value>) {
    this.#entriesMax = entriesMax;
    this.#weighing = weighing;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** What alone weighs more than all may is not kept. */
  set(key: Key, value: Value): void {
    this.delete(key);
    const weight = this.#weighing?.weigh(value) ?? 0;
    const weightMax = this.#weighing?.weightMax ?? 0;
    if (weight > weightMax) return;
    this.#entries.set(key, value);
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#entriesMax && this.#weight <= weightMax) return;
      this.delete(oldest);
    }
  }

  /** Used longest ago first. */
  values(): IterableIterator<Value> {
    return this.#entries.values();
  }

  delete(key: Key): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#weight -= this.#weighing?.weigh(value) ?? 0;
  }
}
