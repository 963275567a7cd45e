import {
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { appliedArguments, nodesOf } from '../supergraph/applied.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { type AnyOf, type Condition, conditionKey, implies } from './condition.ts';

/** What a caller has to fulfil for a field of a type. Equal conditions are the same object. */
export interface Requirements {
  /** Empty when everyone may have it. */
  of(parent: GraphQLObjectType | GraphQLInterfaceType, fieldName: string): readonly Condition[];
}

/**
 * Reads `@authenticated`, `@requiresScopes` and `@policy` by the names that the supergraph gives them; null when it
 * links none of them. A field needs what stands on it, on its type, and on the type it returns.
 *
 * On an interface it needs in addition what the field and its type need in each implementation, because the answer may
 * hold any of them. Where a supergraph has a directive on the interface itself, its implementations need it too, unless
 * their own directives say as much already: composition from 2.12 on puts on an interface what its implementations need,
 * and that must not come back to those of them that are free for everyone.
 *
 * @see https://www.apollographql.com/docs/graphos/routing/security/authorization
 * @see https://github.com/advisories/GHSA-mx7m-j9xf-62hw
 */
export function readRequirements(supergraph: Supergraph): Requirements | null {
  const { authenticated, requiresScopes, policy } = supergraph.directives;
  if (authenticated === undefined && requiresScopes === undefined && policy === undefined) return null;
  const reader = new Reader(supergraph);
  const known = new Map<string, readonly Condition[]>();
  return {
    of(parent, fieldName) {
      const coordinate = `${parent.name}.${fieldName}`;
      const conditions = known.get(coordinate) ?? reader.needed(parent, fieldName);
      known.set(coordinate, conditions);
      return conditions;
    },
  };
}

type Composite = GraphQLObjectType | GraphQLInterfaceType;

class Reader {
  readonly #supergraph: Supergraph;
  readonly #conditions = new Map<string, Condition>();

  constructor(supergraph: Supergraph) {
    this.#supergraph = supergraph;
  }

  needed(parent: Composite, fieldName: string): readonly Condition[] {
    const here = this.#ofSelection(parent, fieldName);
    if (!isInterfaceType(parent)) return [...new Set(here)];
    const { objects, interfaces } = this.#supergraph.schema.getImplementations(parent);
    const there = [...objects, ...interfaces].flatMap((type) => this.#ofSelection(type, fieldName));
    return [...new Set([...here, ...there])];
  }

  #ofSelection(type: Composite, fieldName: string): readonly Condition[] {
    const field = type.getFields()[fieldName];
    if (field === undefined) return [];
    return [...this.#ofType(type), ...this.#ofField(type, field), ...this.#ofType(getNamedType(field.type))];
  }

  #ofType(type: GraphQLNamedType): readonly Condition[] {
    const own = this.#read(nodesOf(type));
    if (!isObjectType(type)) return own;
    return [...own, ...type.getInterfaces().flatMap((one) => this.#declaredOn(one))];
  }

  #ofField(type: Composite, field: GraphQLField<unknown, unknown>): readonly Condition[] {
    const own = this.#read([field.astNode]);
    if (!isObjectType(type)) return own;
    return [...own, ...type.getInterfaces().flatMap((one) => this.#declaredOn(one, field.name))];
  }

  /** What an interface, or a field of it, asks for by itself and not on account of its implementations. */
  #declaredOn(type: GraphQLInterfaceType, fieldName?: string): readonly Condition[] {
    const own = this.#read(partOf(type, fieldName));
    if (own.length === 0) return own;
    const { objects } = this.#supergraph.schema.getImplementations(type);
    const implemented = objects.flatMap((object) => this.#read(partOf(object, fieldName)));
    return own.filter((condition) => !implies(implemented, condition));
  }

  #read(nodes: Parameters<typeof appliedArguments>[0]): readonly Condition[] {
    const { authenticated, requiresScopes, policy } = this.#supergraph.directives;
    return [
      ...appliedArguments(nodes, authenticated).map((): Condition => ({ kind: 'AUTHENTICATED' })),
      ...appliedArguments(nodes, requiresScopes).map(
        ({ scopes }): Condition => ({ kind: 'SCOPES', anyOf: listsOf(scopes) }),
      ),
      ...appliedArguments(nodes, policy).map(
        ({ policies }): Condition => ({ kind: 'POLICIES', anyOf: listsOf(policies) }),
      ),
    ].map((condition) => {
      const key = conditionKey(condition);
      const known = this.#conditions.get(key) ?? condition;
      this.#conditions.set(key, known);
      return known;
    });
  }
}

function partOf(type: Composite, fieldName: string | undefined): Parameters<typeof appliedArguments>[0] {
  return fieldName === undefined ? nodesOf(type) : [type.getFields()[fieldName]?.astNode];
}

/** A value that is no list stands for a list of it, as GraphQL has it for input. */
function listsOf(value: unknown): AnyOf {
  const outer = Array.isArray(value) ? value : [value];
  return outer.map((inner) => (Array.isArray(inner) ? inner : [inner]).map(String));
}
