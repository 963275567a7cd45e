import {
  type ArgumentNode,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isLeafType,
  isListType,
} from 'graphql';
import { nodesOf } from '../supergraph/applied.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import { type Formula, SATURATED, sum } from './formula.ts';
import { argumentValue, hasVariable } from './values.ts';
import { weightOn } from './weights.ts';

/** The cost of what a client sends along with a field. */
export interface InputCosts {
  of(field: GraphQLField<unknown, unknown>, given: readonly ArgumentNode[]): Formula;
}

/**
 * Arguments and fields of input objects cost what `@cost` on them says, else what it says on their scalar or enum, once
 * for each value that is given; in a list, each of its items. Without `@cost` input is free.
 *
 * @see https://ibm.github.io/graphql-specs/cost-spec.html#sec-weight
 */
export function readInputCosts(supergraph: Supergraph): InputCosts {
  const directive = supergraph.directives.cost;
  if (directive === undefined) return { of: () => 0 };
  const priced = new Map<GraphQLNamedInputType, boolean>();

  /** Whether a value of the type may cost anything, by itself or by what it may hold. */
  function isPriced(type: GraphQLNamedInputType): boolean {
    const known = priced.get(type);
    if (known !== undefined) return known;
    let result = false;
    // Grows while it is walked; types may hold themselves.
    const reached = new Set([type]);
    for (const one of reached) {
      if (!isInputObjectType(one)) result ||= weightOn(nodesOf(one), directive) !== null;
      else
        for (const field of Object.values(one.getFields())) {
          result ||= weightOn([field.astNode], directive) !== null;
          reached.add(getNamedType(field.type));
        }
    }
    priced.set(type, result);
    return result;
  }

  function costOf(value: unknown, type: GraphQLInputType, weight: number | null): number {
    if (value === null || value === undefined) return 0;
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      const items = Array.isArray(value) ? value : [value];
      let cost = weight ?? 0;
      for (const item of items) cost = add(cost, costOf(item, nullable.ofType, null));
      return cost;
    }
    if (isLeafType(nullable)) return weight ?? weightOn(nodesOf(nullable), directive) ?? 0;
    if (!isInputObjectType(nullable) || typeof value !== 'object') return weight ?? 0;
    let cost = weight ?? 0;
    const fields = nullable.getFields();
    for (const [name, inner] of Object.entries(value)) {
      const field = fields[name];
      if (field) cost = add(cost, costOf(inner, field.type, weightOn([field.astNode], directive)));
    }
    return cost;
  }

  return {
    of(field, given) {
      const costs = given.map(({ name, value }): Formula => {
        const definition = field.args.find((argument) => argument.name === name.value);
        if (definition === undefined) return 0;
        const weight = weightOn([definition.astNode], directive);
        if (weight === null && !isPriced(getNamedType(definition.type))) return 0;
        if (!hasVariable(value)) return costOf(argumentValue(value, {}), definition.type, weight);
        return ({ variables }) => costOf(argumentValue(value, variables), definition.type, weight);
      });
      return sum(costs);
    },
  };
}

function add(left: number, right: number): number {
  return Math.min(left + right, SATURATED);
}
