import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { appliedArguments, nodesOf } from '../supergraph/applied.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';

/** What the parts of an answer weigh, as the supergraph's `@cost` says or by default. Integers of 0 and more. */
export interface Weights {
  /** Of one object of this type. 1 unless the type says otherwise. */
  ofType(typeName: string): number;
  /** Of a field beside what it returns: 0 unless the field says otherwise; 10 for a root field of a mutation. */
  ofField(typeName: string, fieldName: string): number;
}

export const OBJECT_WEIGHT = 1;
export const LEAF_WEIGHT = 0;
/** A change is a transaction of the database, locks and events. */
export const MUTATION_WEIGHT = 10;

/**
 * The weights of a supergraph. An interface or union weighs what the heaviest of its types weighs, a field of an
 * interface what the heaviest of its implementations weighs: which one it will be is not known before.
 *
 * @see https://ibm.github.io/graphql-specs/cost-spec.html
 */
export function readWeights(supergraph: Supergraph): Weights {
  const { schema, directives } = supergraph;
  const types = new Map<string, number>();
  const fields = new Map<string, number>();

  function weighType(type: GraphQLNamedType): number {
    if (isAbstractType(type)) return Math.max(0, ...schema.getPossibleTypes(type).map(weighType));
    return weightOn(nodesOf(type), directives.cost) ?? (isLeafType(type) ? LEAF_WEIGHT : OBJECT_WEIGHT);
  }

  function weighField(type: GraphQLNamedType, fieldName: string): number {
    if (!isObjectType(type) && !isInterfaceType(type)) return 0;
    const own = weightOn([type.getFields()[fieldName]?.astNode], directives.cost);
    if (isInterfaceType(type)) {
      return Math.max(own ?? 0, ...schema.getPossibleTypes(type).map((one) => weighField(one, fieldName)));
    }
    return own ?? (type === schema.getMutationType() ? MUTATION_WEIGHT : 0);
  }

  return {
    ofType: (typeName) => keep(types, typeName, () => weighNamed(schema, typeName, weighType, OBJECT_WEIGHT)),
    ofField: (typeName, fieldName) =>
      keep(fields, `${typeName}.${fieldName}`, () =>
        weighNamed(schema, typeName, (type) => weighField(type, fieldName), 0),
      ),
  };
}

/** The `@cost(weight:)` of a syntax node; null when there is none. Fractions are rounded up, negative ones count as 0. */
export function weightOn(
  nodes: Parameters<typeof appliedArguments>[0],
  directive: string | undefined,
): number | null {
  const weights = appliedArguments(nodes, directive).map(({ weight }) => Math.ceil(Number(weight)));
  const known = weights.filter((weight) => Number.isSafeInteger(weight));
  return known.length === 0 ? null : Math.max(0, ...known);
}

function weighNamed(
  schema: GraphQLSchema,
  typeName: string,
  weigh: (type: GraphQLNamedType) => number,
  otherwise: number,
): number {
  const type = schema.getType(typeName);
  return type === undefined ? otherwise : weigh(type);
}

function keep(known: Map<string, number>, key: string, work: () => number): number {
  const found = known.get(key);
  if (found !== undefined) return found;
  const value = work();
  known.set(key, value);
  return value;
}
