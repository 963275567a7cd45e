import type {
  QueryPlan as ApolloPlan,
  FetchDataRewrite,
  FetchNode,
  QueryPlanSelectionNode,
} from '@apollo/query-planner';
import type { QueryPlan as HivePlan, RequiresSelection } from '@graphql-hive/router-query-planner';

/** A plan of either planner, for the plain executor. Written apart from the router's own reading of plans. */
export type PlanStep =
  | { readonly kind: 'SEQUENCE' | 'PARALLEL'; readonly steps: readonly PlanStep[] }
  | {
      readonly kind: 'IF';
      readonly variable: string;
      readonly onTrue: PlanStep | null;
      readonly onFalse: PlanStep | null;
    }
  | FetchStep;

export interface FetchStep {
  readonly kind: 'FETCH';
  readonly subgraph: string;
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: readonly string[];
  /** Where the answer belongs, for a fetch of root fields. */
  readonly at: readonly PathPart[];
  /** Null for a fetch of root fields. */
  readonly lookUps: readonly LookUp[] | null;
  readonly outputRewrites: readonly PlainRewrite[];
}

/** One `_entities` field of a fetch. */
export interface LookUp {
  readonly responseName: string;
  readonly variable: string;
  readonly paths: readonly (readonly PathPart[])[];
  readonly requires: readonly Required[];
  readonly inputRewrites: readonly PlainRewrite[];
  readonly outputRewrites: readonly PlainRewrite[];
}

export type PathPart = { readonly field: string } | { readonly types: readonly string[] } | 'EACH';
export type Required =
  | { readonly field: string; readonly below: readonly Required[] | null }
  | { readonly type: string; readonly below: readonly Required[] };

export interface PlainRewrite {
  readonly path: readonly PathPart[];
  readonly last: string;
  readonly to: { readonly value: unknown } | { readonly name: string };
}

type ApolloNode = NonNullable<ApolloPlan['node']>;
type HiveNode = NonNullable<HivePlan['node']>;

export function fromApolloPlan({ node }: ApolloPlan): PlanStep | null {
  return node ? apolloStep(node, []) : null;
}

function apolloStep(node: ApolloNode, at: readonly PathPart[]): PlanStep {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return {
        kind: node.kind === 'Sequence' ? 'SEQUENCE' : 'PARALLEL',
        steps: node.nodes.map((one) => apolloStep(one, at)),
      };
    case 'Condition':
      return {
        kind: 'IF',
        variable: node.condition,
        onTrue: node.ifClause ? apolloStep(node.ifClause, at) : null,
        onFalse: node.elseClause ? apolloStep(node.elseClause, at) : null,
      };
    case 'Flatten':
      return apolloStep(node.node, [
        ...at,
        ...node.path.map((part): PathPart => (part === '@' ? 'EACH' : { field: String(part) })),
      ]);
    case 'Fetch':
      return apolloFetch(node, at);
    default:
      throw new Error(`a plan with ${node.kind}`);
  }
}

function apolloFetch(node: FetchNode, at: readonly PathPart[]): FetchStep {
  const outputRewrites = (node.outputRewrites ?? []).map(apolloRewrite);
  return {
    kind: 'FETCH',
    subgraph: node.serviceName,
    query: node.operation,
    operationName: node.operationName,
    variables: node.variableUsages ?? [],
    at,
    outputRewrites,
    lookUps: node.requires
      ? [
          {
            responseName: '_entities',
            variable: 'representations',
            paths: [at],
            requires: node.requires.map(apolloRequired),
            inputRewrites: (node.inputRewrites ?? []).map(apolloRewrite),
            outputRewrites,
          },
        ]
      : null,
  };
}

function apolloRequired(node: QueryPlanSelectionNode): Required {
  if (node.kind === 'InlineFragment')
    return { type: node.typeCondition ?? '', below: node.selections.map(apolloRequired) };
  return { field: node.alias ?? node.name, below: node.selections?.map(apolloRequired) ?? null };
}

function apolloRewrite(rewrite: FetchDataRewrite): PlainRewrite {
  const parts = rewrite.path.map(
    (part): PathPart =>
      part.startsWith('... on ') ? { types: [part.slice('... on '.length)] } : { field: part },
  );
  return {
    path: parts.slice(0, -1),
    last: rewrite.path.at(-1) ?? '',
    to: rewrite.kind === 'ValueSetter' ? { value: rewrite.setValueTo } : { name: rewrite.renameKeyTo },
  };
}

export function fromHivePlan({ node }: HivePlan): PlanStep | null {
  return node ? hiveStep(node, []) : null;
}

function hiveStep(node: HiveNode, at: readonly PathPart[]): PlanStep {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return {
        kind: node.kind === 'Sequence' ? 'SEQUENCE' : 'PARALLEL',
        steps: node.nodes.map((one) => hiveStep(one, at)),
      };
    case 'Condition':
      return {
        kind: 'IF',
        variable: node.condition,
        onTrue: node.ifClause ? hiveStep(node.ifClause, at) : null,
        onFalse: node.elseClause ? hiveStep(node.elseClause, at) : null,
      };
    case 'Flatten':
      return hiveStep(node.node, [...at, ...node.path.map(hivePart)]);
    case 'Fetch': {
      const lookUp = { responseName: '_entities', variable: 'representations', paths: [at] };
      return {
        ...hiveFetch(node, at),
        lookUps: node.requires ? [{ ...lookUp, ...hiveLookUp({ ...node, requires: node.requires }) }] : null,
      };
    }
    case 'BatchFetch':
      return {
        ...hiveFetch(node, at),
        lookUps: node.entityBatch.aliases.map((one) => ({
          responseName: one.alias,
          variable: one.representationsVariableName,
          paths: one.paths.map((path) => [...at, ...path.map(hivePart)]),
          ...hiveLookUp(one),
        })),
      };
    default:
      throw new Error(`a plan with ${node.kind}`);
  }
}

function hiveFetch(
  node: Extract<HiveNode, { kind: 'Fetch' | 'BatchFetch' }>,
  at: readonly PathPart[],
): Omit<FetchStep, 'lookUps'> {
  return {
    kind: 'FETCH',
    subgraph: node.serviceName,
    query: node.operation,
    operationName: node.operationName,
    variables: node.variableUsages ?? [],
    at,
    outputRewrites: node.kind === 'Fetch' ? hiveRewrites(node.outputRewrites) : [],
  };
}

interface HiveLookUp {
  readonly requires: readonly RequiresSelection[];
  readonly inputRewrites?: readonly HiveRewrite[];
  readonly outputRewrites?: readonly HiveRewrite[];
}

function hiveLookUp(from: HiveLookUp): Pick<LookUp, 'requires' | 'inputRewrites' | 'outputRewrites'> {
  return {
    requires: from.requires.map(hiveRequired),
    inputRewrites: hiveRewrites(from.inputRewrites),
    outputRewrites: hiveRewrites(from.outputRewrites),
  };
}

function hivePart(part: '@' | { Field: string } | { TypeCondition: string[] }): PathPart {
  if (part === '@') return 'EACH';
  return 'Field' in part ? { field: part.Field } : { types: part.TypeCondition };
}

function hiveRequired(node: RequiresSelection): Required {
  if (node.kind === 'InlineFragment') {
    if (node.skipIf ?? node.includeIf) throw new Error('a requirement with a condition');
    return { type: node.typeCondition, below: node.selections.map(hiveRequired) };
  }
  if (node.kind === 'FragmentSpread') throw new Error('a requirement with a fragment spread');
  return { field: node.alias ?? node.name, below: node.selections?.map(hiveRequired) ?? null };
}

type HivePathPart = { TypenameEquals: string[] } | { Key: string };
type HiveRewrite =
  | { ValueSetter: { path: HivePathPart[]; setValueTo: string } }
  | { KeyRenamer: { path: HivePathPart[]; renameKeyTo: string } }
  | { kind: 'ValueSetter'; path: HivePathPart[]; setValueTo: string };

function hiveRewrites(rewrites: readonly HiveRewrite[] | null | undefined): readonly PlainRewrite[] {
  return (rewrites ?? []).map((rewrite) => {
    if ('KeyRenamer' in rewrite)
      return hiveRewrite(rewrite.KeyRenamer.path, { name: rewrite.KeyRenamer.renameKeyTo });
    const setter = 'ValueSetter' in rewrite ? rewrite.ValueSetter : rewrite;
    return hiveRewrite(setter.path, { value: setter.setValueTo });
  });
}

function hiveRewrite(path: readonly HivePathPart[], to: PlainRewrite['to']): PlainRewrite {
  const parts = path.map(
    (part): PathPart => ('Key' in part ? { field: part.Key } : { types: part.TypenameEquals }),
  );
  const last = path.at(-1);
  return { path: parts.slice(0, -1), last: last !== undefined && 'Key' in last ? last.Key : '', to };
}
