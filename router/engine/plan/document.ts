import {
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { present } from '../../../platform/invariant.ts';
import type { PlannedNames } from '../names.ts';
import { type NormalizeOptions, Normalizer } from './normalize.ts';

/** What a planner is asked to plan. */
export interface PlannedDocument {
  readonly text: string;
  readonly selectionSet: SelectionSetNode;
}

/**
 * The operation without what is denied, left out by conditions, or answered by the router itself, and with planned names.
 * Null when nothing is left for subgraphs.
 *
 * @throws {GraphQLError} BAD_USER_INPUT for an operation that is too large with its fragments written out
 */
export function toPlannedDocument(
  definition: OperationDefinitionNode,
  options: NormalizeOptions,
): PlannedDocument | null {
  const root = present(options.apiSchema.getRootType(definition.operation), 'root type of a valid operation');
  const selectionSet = new Normalizer(options).normalize([definition.selectionSet], root);
  if (selectionSet === null) return null;
  const used = usedVariables(selectionSet);
  const variableDefinitions = (definition.variableDefinitions ?? []).filter(({ variable }) =>
    used.has(variable.name.value),
  );
  const document: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [{ ...definition, directives: [], variableDefinitions, selectionSet }],
  };
  return { text: print(withPlannedVariables(document, options.names)), selectionSet };
}

function usedVariables(set: SelectionSetNode): ReadonlySet<string> {
  const used = new Set<string>();
  visit(set, {
    Variable(node) {
      used.add(node.name.value);
    },
  });
  return used;
}

function withPlannedVariables(document: DocumentNode, names: PlannedNames): DocumentNode {
  return visit(document, {
    Variable(node) {
      const planned = names.ofVariable(node.name.value);
      return planned === node.name.value ? undefined : { ...node, name: { kind: Kind.NAME, value: planned } };
    },
  });
}
