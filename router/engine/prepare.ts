import { type FragmentDefinitionNode, Kind } from 'graphql';
import { present } from '../../platform/invariant.ts';
import type { Operation } from '../operation/operation.ts';
import type { Mask } from '../protection/mask.ts';
import type { Weights } from '../protection/weights.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';
import type { Conditions } from './conditions.ts';
import { type CompiledPlan, compilePlan } from './fetch/compile.ts';
import type { FetchKit } from './fetch/kit.ts';
import { compileIntrospection, type Introspection } from './introspection.ts';
import { type Naming, PlannedNames, responseKey } from './names.ts';
import { toPlannedDocument } from './plan/document.ts';
import type { Plan } from './plan/plan.ts';
import type { Planner } from './plan/planner.ts';
import { missingFrom } from './plan/verify.ts';
import { compileShape, type ShapeObject } from './shape/object.ts';

/** An operation with all that is worked out once for it, its mask, its labels and its conditions. */
export interface Prepared {
  readonly plan: CompiledPlan;
  readonly shape: ShapeObject;
  readonly introspection: Introspection | null;
  /** Response keys of the root's `node` and `nodes`. */
  readonly lookUps: ReadonlySet<string>;
}

export interface PrepareKit extends Omit<FetchKit, 'names'> {
  readonly supergraph: Supergraph;
  readonly planner: Planner;
  readonly weights: Weights | undefined;
  readonly naming: Naming;
}

export interface Preparation {
  readonly operation: Operation;
  readonly mask: Mask | null;
  readonly labels: ReadonlySet<string>;
  readonly conditions: Conditions;
}

/** @throws {PlanError} when no planner can plan it */
export async function prepare(kit: PrepareKit, preparation: Preparation): Promise<Prepared> {
  const { operation, mask, labels, conditions } = preparation;
  const { apiSchema } = kit.supergraph;
  const { definition } = operation;
  const fragments = fragmentsOf(operation);
  const names = new PlannedNames(kit.naming);
  const document = toPlannedDocument(definition, {
    apiSchema,
    fragments,
    conditions,
    isDenied: (node) => mask?.denied.has(node) ?? false,
    names,
  });
  const root = present(apiSchema.getRootType(definition.operation), 'root type of a valid operation');
  const planning =
    document === null
      ? NO_PLAN
      : kit.planner.plan({
          query: document.text,
          operationName: operation.name,
          hash: operation.hash,
          labels,
          missingFrom: (one) =>
            missingFrom(one, { rootType: root.name, selectionSet: document.selectionSet }, kit),
        });
  // The planner's process works on it meanwhile; that it failed is told below.
  planning.catch(() => undefined);
  const shape = compileShape(root, [definition.selectionSet], {
    schema: apiSchema,
    fragments,
    conditions,
    names,
    mask,
    weights: kit.weights,
  });
  const plan = await planning;
  return {
    plan: compilePlan(plan, { ...kit, names }),
    shape,
    introspection: operation.readsSchema ? compileIntrospection(apiSchema, definition, fragments) : null,
    lookUps: lookUpsOf(operation),
  };
}

/** Nothing that a subgraph has to be asked for. */
const NO_PLAN: Promise<Plan> = Promise.resolve({ node: null, primary: null });

export function fragmentsOf({ document }: Operation): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  }
  return fragments;
}

/**
 * Response names of `node` and `nodes`. They promise only that an id is well-formed; that its subgraph then has no such
 * object is an answer, null, and not a fault.
 */
function lookUpsOf({ definition }: Operation): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const node of definition.selectionSet.selections) {
    if (node.kind !== Kind.FIELD) continue;
    if (node.name.value === 'node' || node.name.value === 'nodes') keys.add(responseKey(node));
  }
  return keys;
}
