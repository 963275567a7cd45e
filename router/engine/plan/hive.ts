import type {
  FetchNode,
  FetchRewrite,
  FlattenNodePathSegment,
  QueryPlan,
  RequiresSelection,
} from '@graphql-hive/router-query-planner';
import type { OperationTypeNode } from 'graphql';
import {
  type EntityGroup,
  type Path,
  type Plan,
  PlanError,
  type PlanNode,
  type Requirement,
  type Rewrite,
  type RewritePath,
  type RootFetch,
} from './plan.ts';

type HiveNode = NonNullable<QueryPlan['node']>;

/**
 * A plan of `@graphql-hive/router-query-planner` in our terms.
 *
 * @throws {PlanError} for a kind of node that is not known here
 */
export function fromHive({ node }: QueryPlan): Plan {
  if (node === undefined || node === null) return { node: null, primary: null };
  const [first, ...rest] = node.kind === 'Sequence' ? node.nodes : [node];
  if (first?.kind !== 'Subscription') return { node: toNode(node, []), primary: null };
  const nodes = rest.map((one) => toNode(one, []));
  return {
    node: nodes.length === 0 ? null : { kind: 'SEQUENCE', nodes },
    primary: toRoot(first.primary, []),
  };
}

function toNode(node: HiveNode, path: Path): PlanNode {
  switch (node.kind) {
    case 'Sequence':
      return { kind: 'SEQUENCE', nodes: node.nodes.map((one) => toNode(one, path)) };
    case 'Parallel':
      return { kind: 'PARALLEL', nodes: node.nodes.map((one) => toNode(one, path)) };
    case 'Flatten':
      return toNode(node.node, [...path, ...toPath(node.path)]);
    case 'Fetch':
      return node.requires === undefined || node.requires === null
        ? toRoot(node, path)
        : { ...fetchOf(node), kind: 'ENTITIES', groups: [groupOf(node, path)] };
    case 'BatchFetch':
      return {
        ...fetchOf(node),
        kind: 'ENTITIES',
        groups: node.entityBatch.aliases.map((batch) => ({
          responseKey: batch.alias,
          variable: batch.representationsVariableName,
          paths: batch.paths.map((one) => [...path, ...toPath(one)]),
          requires: batch.requires.map(toRequirement),
          inputRewrites: toRewrites(batch.inputRewrites),
          outputRewrites: toRewrites(batch.outputRewrites),
        })),
      };
    default:
      throw new PlanError(`a plan has a node of kind ${node.kind}, which is not carried out`);
  }
}

function groupOf(node: FetchNode, path: Path): EntityGroup {
  return {
    responseKey: '_entities',
    variable: 'representations',
    paths: [path],
    requires: (node.requires ?? []).map(toRequirement),
    inputRewrites: toRewrites(node.inputRewrites),
    outputRewrites: toRewrites(node.outputRewrites),
  };
}

function toRoot(node: FetchNode, path: Path): RootFetch {
  return { ...fetchOf(node), kind: 'ROOT', path, outputRewrites: toRewrites(node.outputRewrites) };
}

function fetchOf(node: {
  readonly serviceName: string;
  readonly operation: string;
  readonly operationKind?: string;
  readonly operationName?: string;
  readonly variableUsages?: readonly string[];
}): Omit<RootFetch, 'kind' | 'path' | 'outputRewrites'> {
  return {
    subgraph: node.serviceName,
    operationKind: (node.operationKind ?? 'query') as OperationTypeNode,
    operationName: node.operationName ?? undefined,
    text: node.operation,
    variables: node.variableUsages ?? [],
  };
}

function toPath(path: readonly FlattenNodePathSegment[]): Path {
  return path.map((segment) => {
    if (segment === '@') return { kind: 'LIST' };
    if ('Field' in segment) return { kind: 'FIELD', name: segment.Field };
    return { kind: 'TYPES', names: segment.TypeCondition };
  });
}

function toRequirement(selection: RequiresSelection): Requirement {
  switch (selection.kind) {
    case 'Field':
      return {
        kind: 'FIELD',
        // The planner fetched it as `name` because that response key was taken otherwise.
        from: selection.name,
        name: selection.alias ?? selection.name,
        selections: selection.selections?.length ? selection.selections.map(toRequirement) : null,
      };
    case 'InlineFragment':
      if (selection.skipIf || selection.includeIf) {
        throw new PlanError('a requirement has a condition, although planned operations have none');
      }
      return {
        kind: 'TYPE',
        typeName: selection.typeCondition,
        selections: selection.selections.map(toRequirement),
      };
    default:
      throw new PlanError(`a requirement is of kind ${selection.kind}, which is not carried out`);
  }
}

function toRewrites(rewrites: readonly FetchRewrite[] | undefined | null): readonly Rewrite[] {
  return (rewrites ?? []).map((rewrite): Rewrite => {
    if ('KeyRenamer' in rewrite) {
      const { path, renameKeyTo } = rewrite.KeyRenamer;
      return { kind: 'RENAME', path: toRewritePath(path), name: renameKeyTo };
    }
    const { path, setValueTo } = 'ValueSetter' in rewrite ? rewrite.ValueSetter : rewrite;
    return { kind: 'SET', path: toRewritePath(path), value: setValueTo };
  });
}

function toRewritePath(
  path: readonly ({ readonly TypenameEquals: string[] } | { readonly Key: string })[],
): RewritePath {
  return path.map((segment) =>
    'Key' in segment
      ? { kind: 'FIELD', name: segment.Key }
      : { kind: 'TYPES', names: segment.TypenameEquals },
  );
}
