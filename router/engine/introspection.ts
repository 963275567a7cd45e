import {
  type DocumentNode,
  type ExecutionResult,
  executeSync,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** What an operation asks about the schema itself, answered by graphql-js from the API schema. */
export interface Introspection {
  answer(variables: Readonly<Record<string, unknown>>): ExecutionResult;
}

/** Null for an operation that asks nothing of the kind. An answer without variables is kept. */
export function compileIntrospection(
  schema: GraphQLSchema,
  definition: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Introspection | null {
  const selectionSet = onlyIntrospection(definition.selectionSet, fragments);
  if (selectionSet === null) return null;
  const document = documentOf(definition, selectionSet, fragments);
  const used = new Set<string>();
  visit(document, {
    Variable(node) {
      used.add(node.name.value);
    },
  });
  const variableDefinitions = definition.variableDefinitions?.filter(({ variable }) =>
    used.has(variable.name.value),
  );
  const complete = documentOf(
    { ...definition, variableDefinitions: variableDefinitions ?? [] },
    selectionSet,
    fragments,
  );
  let kept: ExecutionResult | undefined;
  return {
    answer(variables) {
      if (used.size > 0) return executeSync({ schema, document: complete, variableValues: variables });
      kept ??= executeSync({ schema, document: complete });
      return kept;
    },
  };
}

function documentOf(
  definition: OperationDefinitionNode,
  selectionSet: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): DocumentNode {
  const used = new Map<string, FragmentDefinitionNode>();
  const pending: (SelectionSetNode | FragmentDefinitionNode)[] = [selectionSet];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    visit(node, {
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment === undefined || used.has(name.value)) return;
        used.set(name.value, fragment);
        pending.push(fragment);
      },
    });
  }
  return {
    kind: Kind.DOCUMENT,
    definitions: [{ ...definition, directives: [], selectionSet }, ...used.values()],
  };
}

/** Root fields about the schema, with fragments at the root written out. */
function onlyIntrospection(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): SelectionSetNode | null {
  const selections = set.selections.flatMap((node): SelectionNode[] => {
    if (node.kind === Kind.FIELD) return isSchemaField(node) ? [node] : [];
    const inner =
      node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : fragments.get(node.name.value)?.selectionSet;
    const kept = inner === undefined ? null : onlyIntrospection(inner, fragments);
    if (kept === null) return [];
    return [{ kind: Kind.INLINE_FRAGMENT, directives: node.directives ?? [], selectionSet: kept }];
  });
  return selections.length === 0 ? null : { kind: Kind.SELECTION_SET, selections };
}

function isSchemaField({ name }: FieldNode): boolean {
  return name.value === '__schema' || name.value === '__type';
}
