import { Kind, visit } from 'graphql';
import { ApiError } from '../../platform/errors.ts';
import { Lru } from '../../platform/lru.ts';
import type { Operation } from '../operation/operation.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import type { Occurrence } from './collectSelections.ts';
import { type CostModel, costFormula } from './costFormula.ts';
import { evaluate, type Formula, type Variables } from './formula.ts';
import { readInputCosts } from './inputCost.ts';
import { LIST_SIZES, type ListSizes, listRuleOf } from './listRules.ts';
import { schemaLists } from './schemaLists.ts';
import { propertyOf } from './values.ts';
import { readWeights, type Weights } from './weights.ts';

export interface DemandOptions {
  readonly costMax?: number;
  /** `enforce` refuses what is over the maximum; `measure` only tells what it would cost. */
  readonly mode?: 'enforce' | 'measure';
  /** Of lists of which neither the schema nor the operation says anything. */
  readonly listSizes?: Partial<ListSizes>;
}

/** What operations cost before they run, by `@cost` and `@listSize`. */
export interface Demand {
  /** For the cost of an answer, once it is known. */
  readonly weights: Weights;
  readonly costMax: number;
  /**
   * The cost at most of an operation with these variables, which are coerced. Saturates at 2^53 - 1.
   *
   * @throws {ApiError} in mode `enforce`: COST_LIMIT_EXCEEDED, with `estimate` and `maximum` in its extensions;
   *   BAD_USER_INPUT where `@listSize` asks for one slicing argument and not exactly one is given
   */
  estimate(operation: Operation, variables: Variables): number;
}

/** Ten pages of a hundred objects with ten parts each fit in; a hundred in a hundred with more than themselves do not. */
export const COST_MAX = 20_000;

/** Of `@skip` and `@include` that depend on variables. Beyond it all of them count as included. */
const CONDITIONS_MAX = 8;
/** Formulas that are kept of one operation, one for each combination of its conditions. */
const FORMULAS_MAX = 16;

/** @see https://www.apollographql.com/docs/graphos/routing/security/demand-control */
export function createDemand(supergraph: Supergraph, options: DemandOptions = {}): Demand {
  const { costMax = COST_MAX, mode = 'enforce' } = options;
  const model = modelOf(supergraph, { ...LIST_SIZES, ...options.listSizes }, mode);
  const estimators = new WeakMap<Operation, Estimator>();
  return {
    weights: model.weights,
    costMax,
    estimate(operation, variables) {
      const estimator = estimators.get(operation) ?? new Estimator(operation, model);
      estimators.set(operation, estimator);
      const estimate = estimator.estimate(variables);
      if (mode === 'enforce' && estimate > costMax) {
        throw new ApiError(
          'COST_LIMIT_EXCEEDED',
          `The operation would cost ${estimate}, more than ${costMax}: ask for shorter lists or fewer fields.`,
          { estimate, maximum: costMax },
        );
      }
      return estimate;
    },
  };
}

function modelOf(supergraph: Supergraph, sizes: ListSizes, mode: 'enforce' | 'measure'): CostModel {
  const rules = new Map<object, ReturnType<CostModel['listRule']>>();
  return {
    supergraph,
    weights: readWeights(supergraph),
    inputs: readInputCosts(supergraph),
    listRule: (parent, field) => {
      const rule = rules.get(field) ?? listRuleOf(supergraph, parent, field, sizes);
      rules.set(field, rule);
      return rule;
    },
    schemaLists: schemaLists(supergraph.apiSchema),
    listSize: sizes.list,
    onFault: (message) => {
      if (mode === 'enforce') throw new ApiError('BAD_USER_INPUT', message);
    },
  };
}

/** The formulas of one operation. */
class Estimator {
  readonly #operation: Operation;
  readonly #model: CostModel;
  /** Variables that `@skip` and `@include` depend on; null when there are too many to tell all cases apart. */
  readonly #conditions: readonly string[] | null;
  readonly #formulas = new Lru<string, Formula>(FORMULAS_MAX);

  constructor(operation: Operation, model: CostModel) {
    this.#operation = operation;
    this.#model = model;
    const conditions = conditionsOf(operation);
    this.#conditions = conditions.length > CONDITIONS_MAX ? null : conditions;
  }

  estimate(variables: Variables): number {
    const truths = this.#conditions?.map((name) => propertyOf(variables, name) === true) ?? null;
    const key = String(truths);
    let formula = this.#formulas.get(key);
    if (formula === undefined) {
      const byName = new Map(this.#conditions?.map((name, index) => [name, truths?.[index] ?? false]));
      formula = costFormula(this.#operation, this.#model, (selection) => isIncluded(selection, byName));
      this.#formulas.set(key, formula);
    }
    return evaluate(formula, variables);
  }
}

/** True also where it depends on a variable that `truths` does not have. */
function isIncluded(selection: Occurrence, truths: ReadonlyMap<string, boolean>): boolean {
  return (selection.directives ?? []).every(({ name, arguments: given }) => {
    const value = given?.find((argument) => argument.name.value === 'if')?.value;
    const excluding = name.value === 'skip' ? true : name.value === 'include' ? false : null;
    if (excluding === null || value === undefined) return true;
    if (value.kind === Kind.VARIABLE) return truths.get(value.name.value) !== excluding;
    return value.kind !== Kind.BOOLEAN || value.value !== excluding;
  });
}

function conditionsOf({ document }: Operation): readonly string[] {
  const names = new Set<string>();
  visit(document, {
    enter: (node) => {
      if (node.kind !== Kind.DIRECTIVE || !['skip', 'include'].includes(node.name.value)) return;
      const value = node.arguments?.find((argument) => argument.name.value === 'if')?.value;
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}
