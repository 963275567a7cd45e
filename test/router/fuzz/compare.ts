import type { Answer } from './oracle/answer.ts';
import type { CaseError } from './oracle/errors.ts';

/** A place where two answers are not the same. */
export interface Difference {
  readonly path: readonly (string | number)[];
  readonly what: string;
}

/**
 * What counts as equal for answers of the same plan:
 * - data is the same value for value; in which order objects have their keys is not looked at, as Apollo's planner moves
 *   `__typename` to the front and brings fragments together, which section 6.3.2 of the GraphQL specification does not
 *   allow (see `misordered`);
 * - errors of subgraphs are at the same set of places. How many there are at one place, and their words, may differ: the
 *   same field may be asked for along several ways, and words are masked. Where a null was passed up, any place below it
 *   stands for it: which of several failed fields is told depends on their order in a fetch;
 * - where no subgraph told of an error, values that do not fit the schema are at the same places;
 * - the same mutations were made in the same order.
 */
export function differences(ours: Answer, theirs: Answer): readonly Difference[] {
  return [
    ...differingData(ours.data, theirs.data, []),
    ...differingPlaces('error', reached(ours.errors, ours.data), reached(theirs.errors, ours.data)),
    ...(theirs.errors.length > 0 || ours.errors.length > 0
      ? []
      : differingPlaces('misfit', ours.misfits, theirs.misfits)),
    ...differingDiaries(ours, theirs),
  ];
}

/**
 * What counts as equal for an answer and the monolith's, which has no plan: data is the same, but where either has an
 * error. A failed field takes with it what was fetched together with it, which depends on the plan; so below the object
 * that the error is in, and at it, anything goes. Everywhere else there may be no difference.
 */
export function differencesFromMonolith(ours: Answer, monolith: Answer): readonly Difference[] {
  const errors = [...ours.errors, ...monolith.errors];
  const reaches = errors.flatMap(({ path }) => (path === null ? [] : [reachOfFault(path)]));
  const excused = ({ path }: Difference) =>
    reaches.some((reach) => startsWith(path, reach) || startsWith(reach, path));
  const unexplained = differingData(ours.data, monolith.data, []).filter((one) => !excused(one));
  return [...unexplained, ...differingDiaries(ours, monolith)];
}

/** The object that a failed field is in; at the root, where fetches do not depend on one another, the field alone. */
function reachOfFault(path: Difference['path']): Difference['path'] {
  return path.length > 1 && typeof path.at(-1) === 'string' ? path.slice(0, -1) : path;
}

function differingDiaries(ours: Answer, theirs: Answer): readonly Difference[] {
  const [a, b] = [ours.diary.join(' '), theirs.diary.join(' ')];
  // When nothing of the answer is left, further mutations may be made or not (section 6.4.4 of the specification).
  const isCutShort = ours.data === null && theirs.data === null && a.startsWith(b);
  return a === b || isCutShort
    ? []
    : [{ path: [], what: `mutations ${a || 'none'} instead of ${b || 'none'}` }];
}

function startsWith(path: Difference['path'], start: Difference['path']): boolean {
  return start.every((part, index) => path[index] === part);
}

/** Errors at the null that they explain. Those at fields that only the plan needs are left out. */
function reached(errors: readonly CaseError[], data: unknown): readonly CaseError[] {
  return errors.flatMap((error) => {
    const path = error.path === null ? null : reachOf(error.path, data);
    return path === undefined ? [] : [{ ...error, path }];
  });
}

/** The part of the path that is in the data. Undefined when it leads to a field that was not asked for. */
function reachOf(path: Difference['path'], data: unknown): Difference['path'] | undefined {
  let value = data;
  for (const [index, part] of path.entries()) {
    if (value === null) return path.slice(0, index);
    if (typeof value !== 'object' || !Object.hasOwn(value as object, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return path;
}

function differingPlaces(
  what: string,
  ours: readonly CaseError[],
  theirs: readonly CaseError[],
): readonly Difference[] {
  const [a, b] = [placesOf(ours), placesOf(theirs)];
  return [
    ...[...a]
      .filter(([key]) => !b.has(key))
      .map(([, path]) => ({ path: path ?? [], what: `${what} only in ours${path ? '' : ' (no path)'}` })),
    ...[...b]
      .filter(([key]) => !a.has(key))
      .map(([, path]) => ({ path: path ?? [], what: `${what} missing in ours${path ? '' : ' (no path)'}` })),
  ];
}

function placesOf(errors: readonly CaseError[]): ReadonlyMap<string, CaseError['path']> {
  return new Map(errors.map(({ path }) => [JSON.stringify(path), path]));
}

/** Differences at the highest places where they show. */
export function differingData(
  ours: unknown,
  theirs: unknown,
  path: Difference['path'],
): readonly Difference[] {
  if (Object.is(ours, theirs)) return [];
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    if (ours.length !== theirs.length)
      return [{ path, what: `${ours.length} items instead of ${theirs.length}` }];
    return ours.flatMap((item, index) => differingData(item, theirs[index], [...path, index]));
  }
  if (isObject(ours) && isObject(theirs)) {
    const [a, b] = [Object.keys(ours), Object.keys(theirs)];
    if ([...a].sort().join() !== [...b].sort().join())
      return [{ path, what: `keys [${a}] instead of [${b}]` }];
    return a.flatMap((key) => differingData(ours[key], theirs[key], [...path, key]));
  }
  return [{ path, what: `${short(ours)} instead of ${short(theirs)}` }];
}

/** Objects whose keys are not in the order in which graphql-js has them, where it has an object with the same keys. */
export function misordered(
  ours: unknown,
  monolith: unknown,
  path: Difference['path'] = [],
): readonly Difference[] {
  if (Array.isArray(ours) && Array.isArray(monolith)) {
    return ours.flatMap((item, index) => misordered(item, monolith[index], [...path, index]));
  }
  if (!isObject(ours) || !isObject(monolith)) return [];
  const [a, b] = [Object.keys(ours), Object.keys(monolith)];
  const isSame = a.length === b.length && a.every((key) => b.includes(key));
  return [
    ...(isSame && a.join() !== b.join() ? [{ path, what: `order of keys [${a}] instead of [${b}]` }] : []),
    ...a.flatMap((key) => misordered(ours[key], monolith[key], [...path, key])),
  ];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}
