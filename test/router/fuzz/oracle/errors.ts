import { type GraphQLError, type GraphQLFormattedError, Kind, parse } from 'graphql';
import type { Caller } from '../../../../router/caller.ts';

/** What is compared of an error: where it is, and its code. */
export interface CaseError {
  /** Null for one that says nothing of where. */
  readonly path: readonly (string | number)[] | null;
  readonly message: string;
}

export function errorsOf(
  errors: readonly (GraphQLError | GraphQLFormattedError)[] | undefined,
): readonly CaseError[] {
  return (errors ?? []).map(({ path, message }) => ({ path: path ?? null, message }));
}

export const UNAVAILABLE = 'does not answer';

/** What is told of a subgraph that does not answer: each place that stays empty. */
export function unavailable(
  query: string | null,
  paths: readonly (readonly (string | number)[])[],
): readonly CaseError[] {
  const names = query === null ? paths : rootNames(query).map((name) => [name]);
  if (names.length === 0) return [{ path: null, message: UNAVAILABLE }];
  return names.map((path) => ({ path, message: UNAVAILABLE }));
}

export function rootNames(query: string): readonly string[] {
  return parse(query).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? definition.selectionSet.selections.flatMap((selection) =>
          selection.kind === Kind.FIELD ? [(selection.alias ?? selection.name).value] : [],
        )
      : [],
  );
}

/** Nobody in particular: what a caller may do is not what is compared. */
export function callerOf(requestId: string): Caller {
  return {
    identity: {
      viewer: null,
      isAuthenticated: false,
      hasScope: () => true,
      shareKey: '',
      budgetKey: '',
      claims: {},
      expiresAtMs: null,
    },
    requestId,
    headers: {},
  };
}
