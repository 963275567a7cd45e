import { createHash } from 'node:crypto';
import { type FieldNode, Kind, visit } from 'graphql';
import type { Operation } from '../operation/operation.ts';
import type { Admitted } from '../pipeline.ts';
import { identityOfHeaders } from '../transport/headers.ts';

/**
 * Names the subscriptions whose messages are equal but for who receives them: the same operation and variables (but for
 * `after`, which says where a reader starts and not what it gets) over the same Graph, asked by callers who see the same,
 * with the same headers for the subgraphs. A digest, because variables may be long.
 */
export function shareKeyOf(admitted: Admitted, ignoredVariable: string | null): string {
  const { graph, operation, variables, mask, caller } = admitted;
  const kept = Object.entries(variables).filter(([name]) => name !== ignoredVariable);
  const parts = [
    graph.supergraph.id,
    operation.hash,
    operation.name ?? null,
    kept.sort(([one], [other]) => (one < other ? -1 : 1)),
    caller.identity.shareKey,
    mask?.key ?? null,
    identityOfHeaders(caller.headers),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

const known = new WeakMap<Operation, { readonly name: string | null }>();

/** The variable that is nothing but the root field's argument `after`; null when there is none. */
export function afterVariableOf(operation: Operation, field: FieldNode): string | null {
  const found = known.get(operation);
  if (found !== undefined) return found.name;
  const name = findAfterVariable(operation, field);
  known.set(operation, { name });
  return name;
}

function findAfterVariable({ definition, document }: Operation, field: FieldNode): string | null {
  const value = field.arguments?.find((argument) => argument.name.value === 'after')?.value;
  if (value?.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  let uses = 0;
  visit(document, {
    enter: (node) => {
      if (node.kind === Kind.VARIABLE && node.name.value === name) uses++;
    },
  });
  const isDeclared = definition.variableDefinitions?.some((one) => one.variable.name.value === name);
  // Its declaration and this argument. Where other operations of the document use the name too, nothing is shared.
  return isDeclared && uses === 2 ? name : null;
}
