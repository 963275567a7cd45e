import { type GraphQLSchema, Kind, type SelectionSetNode } from 'graphql';
import { entitySelections, parseFetch } from '../fetch/parsed.ts';
import { newNames } from '../fetch/rewrite.ts';
import { partsFor, type RequiredField } from '../fetch/select.ts';
import type { Joins } from '../join.ts';
import type { TypeConditions } from '../types.ts';
import { conflictIn } from './conflicts.ts';
import { Known, Learner, type Place, TooLarge } from './known.ts';
import type { EntityFetch, EntityGroup, Path, Plan, PlanNode, RootFetch } from './plan.ts';

/** What is needed to look into plans. */
export interface VerifyKit {
  readonly schema: GraphQLSchema;
  readonly joins: Joins;
  readonly types: TypeConditions;
}

/**
 * Follows a plan without carrying it out, and tells the first field that was asked for and that it does not bring for
 * some type, or that a subgraph would refuse to bring; null when it brings everything. Planners lose fields: Hive's 0.0.38 plans `... on A { x } ... on B { x }` on
 * an interface that a subgraph knows as an object for B alone, and nothing would tell the client from null.
 */
export function missingFrom(
  plan: Plan,
  asked: { readonly rootType: string; readonly selectionSet: SelectionSetNode },
  kit: VerifyKit,
): string | null {
  const conflict = conflictIn(plan, kit);
  if (conflict !== null) return conflict;
  const root = new Known([asked.rootType]);
  try {
    const verifier = new Verifier(root, kit);
    if (plan.primary !== null) verifier.follow(plan.primary);
    if (plan.node !== null) verifier.follow(plan.node);
  } catch (error) {
    if (error instanceof TooLarge) return null;
    throw error;
  }
  return missingAt(root, asked.selectionSet, kit.types, '');
}

class Verifier {
  readonly #root: Known;
  readonly #types: TypeConditions;
  readonly #learner: Learner;

  constructor(root: Known, { schema, joins, types }: VerifyKit) {
    this.#root = root;
    this.#types = types;
    this.#learner = new Learner(schema, joins, types);
  }

  follow(node: PlanNode): void {
    if (node.kind === 'ROOT') this.#followRoot(node);
    else if (node.kind === 'ENTITIES') this.#followEntities(node);
    else for (const one of node.nodes) this.follow(one);
  }

  #followRoot(fetch: RootFetch): void {
    const { definition, fragments } = parseFetch(fetch);
    const asked = { subgraph: fetch.subgraph, fragments, renames: newNames(fetch.outputRewrites) };
    for (const place of this.#places(fetch.path)) {
      this.#learner.learn(place, definition.selectionSet, asked);
    }
  }

  #followEntities(fetch: EntityFetch): void {
    const parsed = parseFetch(fetch);
    for (const group of fetch.groups) {
      const set = entitySelections(parsed, group);
      if (set === undefined) continue;
      const renames = newNames(group.outputRewrites);
      const asked = { subgraph: fetch.subgraph, fragments: parsed.fragments, renames };
      for (const { known, types } of group.paths.flatMap((path) => this.#places(path))) {
        const told = types.filter((type) => this.#isRepresented(known, type, group));
        this.#learner.learn({ known, types: told }, set, asked);
      }
    }
  }

  #places(path: Path): readonly Place[] {
    let places: readonly Place[] = [{ known: this.#root, types: [...this.#root.types.keys()] }];
    for (const step of path) {
      if (step.kind === 'TYPES') {
        const admitted = this.#types.admittedByAny(step.names);
        places = places.map(({ known, types }) => ({
          known,
          types: types.filter((type) => admitted.has(type)),
        }));
      } else if (step.kind === 'FIELD') {
        const inner = new Set<Known>();
        for (const { known, types } of places) {
          for (const type of types) {
            const child = known.types.get(type)?.get(step.name);
            if (child) inner.add(child);
          }
        }
        places = [...inner].map((known) => ({ known, types: [...known.types.keys()] }));
      }
    }
    return places;
  }

  #isRepresented(known: Known, type: string, group: EntityGroup): boolean {
    return partsFor(type, group.requires, this.#types).some((part) => this.#has(known, type, part));
  }

  #has(known: Known, type: string, fields: readonly RequiredField[]): boolean {
    return fields.every(({ from, selections }) => {
      const child = known.types.get(type)?.get(from);
      if (child === undefined) return false;
      if (child === null || selections === null) return true;
      return [...child.types.keys()].some((inner) =>
        partsFor(inner, selections, this.#types).every((part) => this.#has(child, inner, part)),
      );
    });
  }
}

/** @param set in the one form that planners get: fields, and fragments with fields */
function missingAt(known: Known, set: SelectionSetNode, types: TypeConditions, path: string): string | null {
  for (const [type, fields] of known.types) {
    for (const node of set.selections) {
      const isFragment = node.kind === Kind.INLINE_FRAGMENT;
      const condition = isFragment ? node.typeCondition?.name.value : undefined;
      if (condition !== undefined && !types.admittedBy(condition).has(type)) continue;
      for (const field of isFragment ? node.selectionSet.selections : [node]) {
        if (field.kind !== Kind.FIELD) continue;
        const key = (field.alias ?? field.name).value;
        const child = fields.get(key);
        if (child === undefined) return `${path}${field.name.value} of ${type}`;
        const { selectionSet } = field;
        const missing =
          child && selectionSet ? missingAt(child, selectionSet, types, `${path}${key}.`) : null;
        if (missing !== null) return missing;
      }
    }
  }
  return null;
}
