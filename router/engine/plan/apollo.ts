import type { FetchDataRewrite, FetchNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  type Path,
  type PathStep,
  type Plan,
  PlanError,
  type PlanNode,
  type Requirement,
  type Rewrite,
  type RewritePath,
  type RootFetch,
} from './plan.ts';

type ApolloNode = Exclude<NonNullable<QueryPlan['node']>, { kind: 'Subscription' }>;

/**
 * A plan of `@apollo/query-planner` in our terms.
 *
 * @throws {PlanError} for what is not carried out: `@defer`, and `@context` with its rewrites
 */
export function fromApollo({ node }: QueryPlan): Plan {
  if (node === undefined) return { node: null, primary: null };
  if (node.kind !== 'Subscription') return { node: toNode(node, []), primary: null };
  return {
    node: node.rest === undefined ? null : toNode(node.rest, []),
    primary: toRoot(node.primary, []),
  };
}

function toNode(node: ApolloNode, path: Path): PlanNode {
  switch (node.kind) {
    case 'Sequence':
      return { kind: 'SEQUENCE', nodes: node.nodes.map((one) => toNode(one, path)) };
    case 'Parallel':
      return { kind: 'PARALLEL', nodes: node.nodes.map((one) => toNode(one, path)) };
    case 'Flatten':
      return toNode(node.node, [...path, ...node.path.flatMap(toSteps)]);
    case 'Fetch':
      return node.requires === undefined ? toRoot(node, path) : toEntities(node, path);
    default:
      throw new PlanError(`a plan has a node of kind ${node.kind}, which is not carried out`);
  }
}

function toEntities(node: FetchNode, path: Path): PlanNode {
  return {
    ...fetchOf(node),
    kind: 'ENTITIES',
    groups: [
      {
        responseKey: '_entities',
        variable: 'representations',
        paths: [path],
        requires: (node.requires ?? []).map(toRequirement),
        inputRewrites: (node.inputRewrites ?? []).map(toRewrite),
        outputRewrites: (node.outputRewrites ?? []).map(toRewrite),
      },
    ],
  };
}

function toRoot(node: FetchNode, path: Path): RootFetch {
  const outputRewrites = (node.outputRewrites ?? []).map(toRewrite);
  return { ...fetchOf(node), kind: 'ROOT', path, outputRewrites };
}

function fetchOf(node: FetchNode): Omit<RootFetch, 'kind' | 'path' | 'outputRewrites'> {
  if (node.contextRewrites?.length) throw new PlanError('a plan sets contexts, which is not carried out');
  return {
    subgraph: node.serviceName,
    operationKind: node.operationKind,
    operationName: node.operationName,
    text: node.operation,
    variables: node.variableUsages ?? [],
  };
}

/** `field`, `@`, or either followed by `|[Type,Type]`. */
function toSteps(segment: string | number): readonly PathStep[] {
  const [name = '', types] = String(segment).split('|');
  const step: PathStep = name === '@' ? { kind: 'LIST' } : { kind: 'FIELD', name };
  if (types === undefined) return [step];
  return [step, { kind: 'TYPES', names: types.slice(1, -1).split(',') }];
}

function toRequirement(selection: QueryPlanSelectionNode): Requirement {
  if (selection.kind === 'Field') {
    const { name, alias, selections } = selection;
    return {
      kind: 'FIELD',
      from: alias ?? name,
      // A rewrite names it as the subgraph knows it.
      name: alias ?? name,
      selections: selections === undefined ? null : selections.map(toRequirement),
    };
  }
  if (selection.typeCondition === undefined)
    throw new PlanError('a requirement has a fragment without a type');
  const selections = selection.selections.map(toRequirement);
  return { kind: 'TYPE', typeName: selection.typeCondition, selections };
}

function toRewrite(rewrite: FetchDataRewrite): Rewrite {
  const path = toRewritePath(rewrite.path);
  return rewrite.kind === 'ValueSetter'
    ? { kind: 'SET', path, value: rewrite.setValueTo }
    : { kind: 'RENAME', path, name: rewrite.renameKeyTo };
}

const FRAGMENT_PREFIX = '... on ';

function toRewritePath(path: readonly string[]): RewritePath {
  return path.map((segment) =>
    segment.startsWith(FRAGMENT_PREFIX)
      ? { kind: 'TYPES', names: [segment.slice(FRAGMENT_PREFIX.length)] }
      : { kind: 'FIELD', name: segment },
  );
}
