import type { Operation } from '../operation/operation.ts';

/** Of operations, as labels of metrics: each is some thirty lines in every scrape. */
export const OPERATION_NAMES_MAX = 100;
export const OPERATION_NAME_LENGTH_MAX = 64;

const OTHER = 'other';
const UNNAMED = 'unnamed';

/**
 * Names of operations that are fit to be labels. Clients choose them, so only the first ones are told apart; once as
 * many have been seen, each further one is `other` until the process starts again.
 */
export class OperationNames {
  readonly #max: number;
  readonly #seen = new Set<string>();

  constructor(max = OPERATION_NAMES_MAX) {
    this.#max = max;
  }

  labelOf({ name }: Pick<Operation, 'name'>): string {
    if (name === undefined) return UNNAMED;
    if (this.#seen.has(name)) return name;
    if (this.#seen.size >= this.#max || name.length > OPERATION_NAME_LENGTH_MAX) return OTHER;
    this.#seen.add(name);
    return name;
  }
}
