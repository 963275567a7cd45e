import type { Denial } from '../../protection/mask.ts';

/** A path in the answer: names as they are, lists as the number of the index that says where. */
export type PlacePattern = readonly (string | number)[];

/** What is wrong at one place of the answer. */
export interface ShapeFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface ShownDenial {
  readonly path: readonly (string | number)[];
  readonly denial: Denial;
}

/** Told in one answer; a list of wrong values would tell the same again and again. */
const FAULTS_MAX = 100;

/** One answer being shaped. */
export class Shaping {
  /** Where in its list each list on the way to the current place is. */
  readonly at: number[] = [];
  readonly faults: ShapeFault[] = [];
  readonly denials: ShownDenial[] = [];
  /** Answers of the router itself, by response key. */
  readonly introspection: Readonly<Record<string, unknown>>;
  cost = 0;

  constructor(introspection: Readonly<Record<string, unknown>>) {
    this.introspection = introspection;
  }

  /** Gives null, which takes the place of what is wrong. */
  fault(pattern: PlacePattern, message: string): null {
    if (this.faults.length < FAULTS_MAX) this.faults.push({ path: this.#path(pattern), message });
    return null;
  }

  deny(pattern: PlacePattern, denial: Denial): null {
    if (this.denials.length < FAULTS_MAX) this.denials.push({ path: this.#path(pattern), denial });
    return null;
  }

  #path(pattern: PlacePattern): readonly (string | number)[] {
    return pattern.map((part) => (typeof part === 'number' ? (this.at[part] ?? 0) : part));
  }
}
