import { type GraphQLSchema, isAbstractType, isObjectType } from 'graphql';
import type { Transport } from '../../../../router/transport/port.ts';
import { type CaseError, callerOf, errorsOf, unavailable } from './errors.ts';
import { type Merging, mergeInto, ownValue, type Tree } from './merge.ts';
import type { FetchStep, LookUp, PathPart, PlainRewrite, PlanStep, Required } from './plan.ts';

/** An object of the data and where it stands. */
interface Found {
  readonly object: Tree;
  readonly path: readonly (string | number)[];
}

/** What the fetches of a plan brought together, before it is shaped for the client. */
export interface Gathered {
  readonly data: Tree;
  readonly errors: readonly CaseError[];
}

/**
 * Carries a plan out step by step, in the plainest way: one request a fetch, no sharing, nothing worked out ahead. Unlike
 * Apollo's executor it knows where an object stands whose lookup failed, and the types in the paths of Hive's plans.
 */
export class PlainExecutor {
  readonly #schema: GraphQLSchema;
  readonly #transports: ReadonlyMap<string, Transport>;

  readonly #merging: Merging;

  readonly #isFaulty: boolean;
  readonly #knows: (subgraph: string, typeName: string) => boolean;

  /**
   * @param knows whether a subgraph has a type
   * @param isFaulty lets an interface's name take the place of an object's type, loses values such as `false` when it gives
   *   them back their names, and does not bring together lists in lists and what had two names, as Apollo's executor does
   */
  constructor(
    schema: GraphQLSchema,
    transports: readonly Transport[],
    knows: (subgraph: string, typeName: string) => boolean,
    isFaulty: boolean,
  ) {
    this.#schema = schema;
    this.#knows = knows;
    this.#isFaulty = isFaulty;
    this.#merging = {
      isShallow: isFaulty,
      replaces: (known, name) =>
        isFaulty ||
        !isObjectType(schema.getType(String(known))) ||
        isObjectType(schema.getType(String(name))),
    };
    this.#transports = new Map(transports.map((transport) => [transport.name, transport]));
  }

  async run(
    plan: PlanStep | null,
    variables: Readonly<Record<string, unknown>>,
    requestId: string,
  ): Promise<Gathered> {
    const state: State = { data: Object.create(null), errors: [], variables, requestId };
    if (plan !== null) await this.#step(plan, state);
    return state;
  }

  async #step(step: PlanStep, state: State): Promise<void> {
    switch (step.kind) {
      case 'SEQUENCE':
        for (const one of step.steps) await this.#step(one, state);
        return;
      case 'PARALLEL':
        await Promise.all(step.steps.map((one) => this.#step(one, state)));
        return;
      case 'IF': {
        const branch = state.variables[step.variable] === true ? step.onTrue : step.onFalse;
        if (branch !== null) await this.#step(branch, state);
        return;
      }
      case 'FETCH':
        await (step.lookUps === null
          ? this.#fetchRoot(step, state)
          : this.#fetchEntities(step, step.lookUps, state));
    }
  }

  async #fetchRoot(step: FetchStep, state: State): Promise<void> {
    const targets = this.#find(state.data, step.at);
    if (targets.length === 0) return;
    const answer = await this.#send(step, variablesOf(step, state), state);
    if (answer === null) {
      state.errors.push(...unavailable(step.query, []));
      return;
    }
    state.errors.push(...answer.errors.map((error) => renamed(error, step.outputRewrites)));
    const data = answer.data;
    if (data === null) return;
    for (const rewrite of step.outputRewrites) this.#rewrite(rewrite, data);
    for (const { object } of targets) mergeInto(object, data, this.#merging);
  }

  async #fetchEntities(step: FetchStep, lookUps: readonly LookUp[], state: State): Promise<void> {
    const variables = variablesOf(step, state);
    const asked = lookUps.map((lookUp) => {
      const pairs = lookUp.paths
        .flatMap((path) => this.#find(state.data, path))
        .flatMap((found) => {
          const representation = this.#represent(found.object, lookUp.requires);
          if (representation === null || !representation.__typename) return [];
          for (const rewrite of lookUp.inputRewrites) this.#rewrite(rewrite, representation);
          this.#tellKnownType(step.subgraph, lookUp, representation);
          return [{ found, representation }];
        });
      variables[lookUp.variable] = pairs.map(({ representation }) => representation);
      return { lookUp, found: pairs.map((pair) => pair.found) };
    });
    if (asked.every(({ found }) => found.length === 0)) return;
    const answer = await this.#send(step, variables, state);
    const paths = new Map(
      asked.map(({ lookUp, found }) => [lookUp.responseName, found.map(({ path }) => path)]),
    );
    if (answer === null) {
      state.errors.push(...unavailable(null, [...paths.values()].flat()));
      return;
    }
    const rewrites = lookUps.flatMap((lookUp) => lookUp.outputRewrites);
    for (const error of answer.errors)
      state.errors.push(renamed({ ...error, path: placed(error.path, paths) }, rewrites));
    if (answer.data === null) return;
    for (const { lookUp, found } of asked)
      this.#add(lookUp, found, ownValue(answer.data, lookUp.responseName));
  }

  #add(lookUp: LookUp, found: readonly Found[], entities: unknown): void {
    if (!Array.isArray(entities)) return;
    found.forEach(({ object }, index) => {
      const entity: unknown = entities[index];
      if (typeof entity !== 'object' || entity === null) return;
      const tree = entity as Tree;
      tree.__typename ||= object.__typename;
      for (const rewrite of lookUp.outputRewrites) this.#rewrite(rewrite, tree);
      mergeInto(object, tree, this.#merging);
    });
  }

  /** To a subgraph that has the interface as an object only, the object's own type means nothing. */
  #tellKnownType(subgraph: string, { requires }: LookUp, representation: Tree): void {
    if (this.#knows(subgraph, String(representation.__typename))) return;
    const known = requires.find((one) => 'type' in one && this.#knows(subgraph, one.type));
    if (known !== undefined && 'type' in known) representation.__typename = known.type;
  }

  async #send(
    step: FetchStep,
    variables: Readonly<Record<string, unknown>>,
    state: State,
  ): Promise<{ readonly data: Tree | null; readonly errors: readonly CaseError[] } | null> {
    const transport = this.#transports.get(step.subgraph);
    if (transport === undefined) throw new Error(`no transport for ${step.subgraph}`);
    try {
      const answer = await transport.execute({
        kind: 'query' as never,
        query: step.query,
        variables,
        caller: callerOf(state.requestId),
        ...(step.operationName === undefined ? {} : { operationName: step.operationName }),
      });
      return { data: (answer.data as Tree | null | undefined) ?? null, errors: errorsOf(answer.errors) };
    } catch {
      return null;
    }
  }

  #find(data: Tree, path: readonly PathPart[]): readonly Found[] {
    let places: Place[] = [{ value: data, path: [] }];
    for (const part of path) {
      if (part !== 'EACH') places = places.flatMap(unfolded);
      places = places.flatMap((place): readonly Place[] => {
        if (part === 'EACH') return itemsOf(place);
        const { value } = place;
        if ('types' in part) return this.#isOf(value as Tree, part.types, true) ? [place] : [];
        return [{ value: ownValue(value as Tree, part.field), path: [...place.path, part.field] }];
      });
    }
    return places.flatMap(unfolded).map(({ value, path: at }) => ({ object: value as Tree, path: at }));
  }

  #represent(object: unknown, requires: readonly Required[]): Tree | null {
    if (object === null || object === undefined) return null;
    const source = object as Tree;
    const result: Tree = Object.create(null);
    for (const one of requires) {
      if ('type' in one) {
        if (!this.#isOf(source, [one.type], false)) continue;
        const part = this.#represent(source, one.below);
        if (part !== null) mergeInto(result, part);
        continue;
      }
      const value = ownValue(source, one.field);
      if (value === undefined) return null;
      const { below } = one;
      if (below === null) result[one.field] = value;
      else
        result[one.field] = Array.isArray(value)
          ? value.map((item) => this.#represent(item, below))
          : this.#represent(value, below);
    }
    return result;
  }

  #isOf(object: Tree, conditions: readonly string[], whenUnknown: boolean): boolean {
    const name = object.__typename;
    if (typeof name !== 'string') return whenUnknown;
    const type = this.#schema.getType(name);
    return conditions.some((one) => {
      const condition = this.#schema.getType(one);
      if (name === one) return true;
      return (
        isAbstractType(condition) && type !== undefined && this.#schema.isSubType(condition, type as never)
      );
    });
  }

  #rewrite({ path, last, to }: PlainRewrite, tree: Tree): void {
    const [part, ...rest] = path;
    if (part === undefined) {
      if ('value' in to) tree[last] = to.value;
      else if (this.#isFaulty ? ownValue(tree, last) : ownValue(tree, last) !== undefined) {
        const part = { [to.name]: tree[last] };
        delete tree[last];
        if (this.#isFaulty) Object.assign(tree, part);
        else mergeInto(tree, part, this.#merging);
      }
      return;
    }
    if (part !== 'EACH' && 'types' in part) {
      if (this.#isOf(tree, part.types, true)) this.#rewrite({ path: rest, last, to }, tree);
      return;
    }
    const value = part === 'EACH' ? tree : ownValue(tree, part.field);
    for (const one of (Array.isArray(value)
      ? value.flat(Number.POSITIVE_INFINITY)
      : [value]) as readonly unknown[]) {
      if (typeof one === 'object' && one !== null) this.#rewrite({ path: rest, last, to }, one as Tree);
    }
  }
}

interface Place {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
}

function itemsOf({ value, path }: Place): Place[] {
  return Array.isArray(value) ? value.map((item, index) => ({ value: item, path: [...path, index] })) : [];
}

/** Hive's planner has one `@` for a list of lists, Apollo's has two. What is not there is left out. */
function unfolded(place: Place): Place[] {
  if (place.value === null || place.value === undefined) return [];
  return Array.isArray(place.value) ? itemsOf(place).flatMap(unfolded) : [place];
}

interface State {
  readonly data: Tree;
  readonly errors: CaseError[];
  readonly variables: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

function variablesOf(step: FetchStep, state: State): Record<string, unknown> {
  const variables: Record<string, unknown> = Object.create(null);
  for (const name of step.variables) {
    const value = Object.hasOwn(state.variables, name) ? state.variables[name] : undefined;
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

/** With the client's names for those that a planner gave to avoid a conflict. */
function renamed(error: CaseError, rewrites: readonly PlainRewrite[]): CaseError {
  const names = new Map(rewrites.flatMap(({ last, to }) => ('name' in to ? [[last, to.name] as const] : [])));
  if (error.path === null || names.size === 0) return error;
  return { ...error, path: error.path.map((part) => names.get(String(part)) ?? part) };
}

/** `['_entities', 3, 'name']` -> where the fourth entity stands, and `name`. */
function placed(
  path: CaseError['path'],
  paths: ReadonlyMap<string, readonly (readonly (string | number)[])[]>,
): CaseError['path'] {
  const [name, index, ...rest] = path ?? [];
  const place = typeof index === 'number' ? paths.get(String(name))?.[index] : undefined;
  return place === undefined ? null : [...place, ...rest];
}
