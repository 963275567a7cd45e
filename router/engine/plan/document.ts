import type { OperationDefinitionNode, SelectionSetNode } from 'graphql';
import { present } from '../../../platform/invariant.ts';
import { type NormalizeOptions, Normalizer } from './normalize.ts';
import { writeOperation } from './write.ts';

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
  const text = writeOperation(definition, selectionSet, (name) => options.names.ofVariable(name));
  return { text, selectionSet };
}
