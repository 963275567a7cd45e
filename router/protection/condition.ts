/** Something that a caller has to fulfil. The inner lists are to be held whole, one of them is enough. */
export type Condition =
  | { readonly kind: 'AUTHENTICATED' }
  | { readonly kind: 'SCOPES'; readonly anyOf: AnyOf }
  | { readonly kind: 'POLICIES'; readonly anyOf: AnyOf };

/** An OR of ANDs. An empty one is never fulfilled, one with an empty list always. */
export type AnyOf = readonly (readonly string[])[];

/** Beyond it a conjunction is not worked out. */
const CLAUSES_MAX = 1_000;

/** Equal for conditions that mean the same by the same lists. */
export function conditionKey(condition: Condition): string {
  return condition.kind === 'AUTHENTICATED'
    ? condition.kind
    : `${condition.kind} ${JSON.stringify(normalize(condition.anyOf))}`;
}

/** True when whoever fulfils all of `given` fulfils `wanted` too. False also when that is too much to work out. */
export function implies(given: readonly Condition[], wanted: Condition): boolean {
  if (wanted.kind === 'AUTHENTICATED') return given.some(({ kind }) => kind === 'AUTHENTICATED');
  const all = conjunction(
    given.flatMap((condition) => (condition.kind === wanted.kind ? [condition.anyOf] : [])),
  );
  // Null, too many, is false: then it is asked for again, which denies rather too much.
  return (
    all?.every((clause) => wanted.anyOf.some((one) => one.every((name) => clause.includes(name)))) ?? false
  );
}

/** One OR of ANDs that says what all of them say together; null when it has more than CLAUSES_MAX. */
export function conjunction(all: readonly AnyOf[]): AnyOf | null {
  let clauses: AnyOf = [[]];
  for (const anyOf of all) {
    if (clauses.length * anyOf.length > CLAUSES_MAX) return null;
    clauses = normalize(clauses.flatMap((left) => anyOf.map((right) => [...left, ...right])));
  }
  return clauses;
}

/** Sorted, without repetitions, and without lists that ask for more than another one does. */
function normalize(anyOf: AnyOf): AnyOf {
  const clauses = [...new Map(anyOf.map(sorted).map((clause) => [JSON.stringify(clause), clause])).values()];
  return clauses
    .filter(
      (clause) => !clauses.some((other) => other !== clause && other.every((one) => clause.includes(one))),
    )
    .sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
