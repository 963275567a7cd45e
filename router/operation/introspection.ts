import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode, visit } from 'graphql';

const FRAGMENT_DEPTH_MAX = 1_000;

/** True when the operation asks for nothing but the schema itself. */
export function isIntrospection(operation: OperationDefinitionNode, document: DocumentNode): boolean {
  const seen = new Set<string>();
  const onlyMeta = (set: SelectionSetNode, depth: number): boolean =>
    depth <= FRAGMENT_DEPTH_MAX &&
    set.selections.every((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value.startsWith('__');
      if (selection.kind === Kind.INLINE_FRAGMENT) return onlyMeta(selection.selectionSet, depth + 1);
      // Once is enough, however often it is spread.
      if (seen.has(selection.name.value)) return true;
      seen.add(selection.name.value);
      const fragment = document.definitions.find(
        (definition) =>
          definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
      );
      return fragment?.kind === Kind.FRAGMENT_DEFINITION && onlyMeta(fragment.selectionSet, depth + 1);
    });
  return operation.operation === 'query' && onlyMeta(operation.selectionSet, 0);
}

/** True when the document reads the schema anywhere, beside whatever else it asks for. */
export function readsSchema(document: DocumentNode): boolean {
  let reads = false;
  visit(document, {
    enter: (node) => {
      if (node.kind === Kind.FIELD && (node.name.value === '__schema' || node.name.value === '__type'))
        reads = true;
    },
  });
  return reads;
}
