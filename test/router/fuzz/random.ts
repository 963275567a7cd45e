/** 32 bits that depend on every character (FNV-1a with a final mix). The same on every machine and version. */
export function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  return mix(state);
}

function mix(value: number): number {
  let state = value ^ (value >>> 16);
  state = Math.imul(state, 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** A stream of pseudo-random choices that one seed decides. */
export class Random {
  #state: number;
  readonly seed: string;

  constructor(seed: string) {
    this.seed = seed;
    this.#state = hash(seed);
  }

  /** A stream of its own, so that what is drawn from it does not shift what is drawn from this one. */
  fork(label: string): Random {
    return new Random(`${this.seed}/${label}`);
  }

  /** From 0, below `limit`. */
  int(limit: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return mix(this.#state) % limit;
  }

  between(least: number, most: number): number {
    return least + this.int(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.int(1_000_000) < probability * 1_000_000;
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError(`nothing to pick from (${this.seed})`);
    return from[this.int(from.length)] as T;
  }

  /** Undefined when there is nothing. */
  maybe<T>(from: readonly T[]): T | undefined {
    return from.length === 0 ? undefined : this.pick(from);
  }

  shuffle<T>(from: readonly T[]): T[] {
    const left = [...from];
    const shuffled: T[] = [];
    while (left.length > 0) shuffled.push(...left.splice(this.int(left.length), 1));
    return shuffled;
  }

  /** Some of them in random order. */
  sample<T>(from: readonly T[], count: number): T[] {
    return this.shuffle(from).slice(0, count);
  }
}
