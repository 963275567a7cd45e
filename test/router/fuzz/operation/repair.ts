import {
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  specifiedRules,
  validate,
  visit,
} from 'graphql';

const ROUNDS_MAX = 12;

/**
 * A valid operation out of a nearly valid one: drops the fields that do not merge with others, and the fragments and
 * variables that nothing uses any more.
 *
 * @returns null when nothing is left of it
 */
export function repair(schema: GraphQLSchema, text: string): string | null {
  let document = parse(text);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const [error] = validate(schema, document, specifiedRules, { maxErrors: 1 });
    if (error === undefined) return print(document);
    const culprit = culpritOf(error.nodes ?? []);
    if (culprit === undefined) return null;
    const smaller = without(document, culprit);
    if (smaller === null) return null;
    document = parse(print(smaller));
  }
  return null;
}

/** The last field of a conflict; the definition that is not used. */
function culpritOf(nodes: readonly ASTNode[]): ASTNode | undefined {
  const removable: readonly string[] = [
    Kind.FIELD,
    Kind.FRAGMENT_DEFINITION,
    Kind.VARIABLE_DEFINITION,
    Kind.FRAGMENT_SPREAD,
    Kind.INLINE_FRAGMENT,
  ];
  return nodes.findLast((node) => removable.includes(node.kind));
}

/** The document without one of its nodes, and without the selections that stay empty. Null when it is empty itself. */
export function without(document: DocumentNode, node: ASTNode): DocumentNode | null {
  const pruned = visit(document, { enter: (one) => (one === node ? null : undefined) });
  return prune(pruned);
}

/** Drops empty selection sets with whatever holds them, and spreads of fragments that are gone. */
export function prune(document: DocumentNode): DocumentNode | null {
  let pruned = document;
  for (let isStable = false; !isStable; ) {
    isStable = true;
    const fragments = new Set(
      pruned.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [one.name.value] : [])),
    );
    pruned = visit(pruned, {
      leave: (node) => {
        const isGone = node.kind === Kind.FRAGMENT_SPREAD && !fragments.has(node.name.value);
        const isEmpty =
          'selectionSet' in node &&
          node.selectionSet !== undefined &&
          node.selectionSet.selections.length === 0;
        if (!isGone && !isEmpty) return undefined;
        isStable = false;
        return null;
      },
    });
  }
  return pruned.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION) ? pruned : null;
}
