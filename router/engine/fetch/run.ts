import type { GraphQLFormattedError } from 'graphql';
import type { EngineRequest } from '../port.ts';
import type { Raw } from './raw.ts';

/** One execution of a plan. */
export interface Run {
  readonly request: EngineRequest;
  /** What subgraphs answered so far, merged, from the root down. */
  readonly data: Raw;
  /** Fit to be shown, with the client's paths. */
  readonly errors: GraphQLFormattedError[];
  isReplay: boolean;
}

/** Carries out a part of a plan; gives nothing when it is done already. Never rejects. */
export type Step = (run: Run) => Promise<void> | undefined;

/** Errors in one answer. A client learns nothing from more. */
const ERRORS_MAX = 1_000;

export function addError(run: Run, error: GraphQLFormattedError): void {
  if (!isFull(run)) run.errors.push(error);
}

export function isFull(run: Run): boolean {
  return run.errors.length >= ERRORS_MAX;
}
