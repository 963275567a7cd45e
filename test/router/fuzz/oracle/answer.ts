import type { CaseError } from './errors.ts';

/** An answer, as far as answers are compared. */
export interface Answer {
  readonly data: unknown;
  readonly errors: readonly CaseError[];
  /** Places where a value did not fit the schema that clients see, though no subgraph told of an error. */
  readonly misfits: readonly CaseError[];
  /** Mutations in the order in which they were made. */
  readonly diary: readonly string[];
  /** Fetches that their subgraphs refused as not valid. */
  readonly invalid: readonly string[];
  /** See `Session`. */
  readonly asked: ReadonlySet<string>;
}
