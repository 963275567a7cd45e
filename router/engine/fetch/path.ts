import type { Path } from '../plan/plan.ts';
import type { TypeConditions } from '../types.ts';
import { isRaw, LIST_DEPTH_MAX, type Raw } from './raw.ts';

interface Step {
  readonly field: string;
  readonly isList: boolean;
  readonly types: readonly ReadonlySet<string>[];
}

/** Finds the objects at a place of a plan, one level of the path at a time. */
export class ObjectPath {
  readonly #steps: readonly Step[];
  readonly #rootTypes: readonly ReadonlySet<string>[];

  constructor(path: Path, conditions: TypeConditions) {
    const steps: { field: string; isList: boolean; types: ReadonlySet<string>[] }[] = [];
    const rootTypes: ReadonlySet<string>[] = [];
    for (const step of path) {
      const last = steps.at(-1);
      if (step.kind === 'FIELD') steps.push({ field: step.name, isList: false, types: [] });
      else if (step.kind === 'TYPES') {
        (last?.types ?? rootTypes).push(conditions.admittedByAny(step.names));
      } else if (last !== undefined) last.isList = true;
    }
    this.#steps = steps;
    this.#rootTypes = rootTypes;
  }

  /** Names of the fields on the way, without lists and types. */
  get fields(): readonly string[] {
    return this.#steps.map(({ field }) => field);
  }

  /** The part before the first list, as a path in an answer. */
  get beforeLists(): readonly string[] {
    const end = this.#steps.findIndex(({ isList }) => isList);
    return this.fields.slice(0, end === -1 ? undefined : end + 1);
  }

  collect(root: Raw): Raw[] {
    let objects: Raw[] = isOfTypes(root, this.#rootTypes) ? [root] : [];
    for (const { field, types } of this.#steps) {
      const next: Raw[] = [];
      for (const object of objects) pushObjects(object[field], types, next, 0);
      objects = next;
    }
    return objects;
  }

  /**
   * Where each of `objects` stands. They are what `collect` gave earlier, so they are met in the same order even if
   * more has been merged meanwhile.
   */
  locate(root: Raw, objects: readonly Raw[]): readonly (readonly (string | number)[])[] {
    let places: Place[] = [{ value: root, path: [] }];
    for (const { field, types } of this.#steps) {
      const next: Place[] = [];
      for (const { value, path } of places) {
        if (isRaw(value)) pushPlaces({ value: value[field], path: [...path, field] }, types, next, 0);
      }
      places = next;
    }
    let at = 0;
    return objects.map((object) => {
      while (at < places.length && places[at]?.value !== object) at++;
      return places[at++]?.path ?? this.beforeLists;
    });
  }
}

interface Place {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
}

function pushPlaces(place: Place, types: Step['types'], into: Place[], depth: number): void {
  const { value, path } = place;
  if (isRaw(value)) {
    if (isOfTypes(value, types)) into.push(place);
  } else if (Array.isArray(value) && depth < LIST_DEPTH_MAX) {
    for (let index = 0; index < value.length; index++) {
      pushPlaces({ value: value[index], path: [...path, index] }, types, into, depth + 1);
    }
  }
}

/** Planners tell that there is a list, but not all of them how many are in each other. */
function pushObjects(value: unknown, types: Step['types'], into: Raw[], depth: number): void {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) {
    if (types.length === 0 || isOfTypes(value as Raw, types)) into.push(value as Raw);
  } else if (depth < LIST_DEPTH_MAX) {
    for (let index = 0; index < value.length; index++) pushObjects(value[index], types, into, depth + 1);
  }
}

/** An object that does not tell its type passes: its representation decides. */
function isOfTypes(object: Raw, types: readonly ReadonlySet<string>[]): boolean {
  for (let index = 0; index < types.length; index++) {
    const name = object.__typename;
    if (typeof name === 'string' && types[index]?.has(name) === false) return false;
  }
  return true;
}
