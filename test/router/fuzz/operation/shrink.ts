import {
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  type SelectionNode,
  validate,
  visit,
} from 'graphql';
import { prune, without } from './repair.ts';

/** Tries of one round; a document has no more parts that matter. */
const TRIES_MAX = 400;
const ROUNDS_MAX = 12;

/**
 * The smallest operation that this comes to by leaving out one part after the other, as long as `stillFails`.
 *
 * @param text an operation for which `stillFails` holds
 */
export async function shrinkOperation(
  schema: GraphQLSchema,
  text: string,
  stillFails: (text: string) => Promise<boolean>,
): Promise<string> {
  let best = text;
  let tries = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const before = best;
    for (let at = 0; tries < TRIES_MAX; at++) {
      const smaller = candidate(best, at);
      if (smaller === undefined) break;
      if (smaller === null || validate(schema, parse(smaller)).length > 0) continue;
      tries++;
      if (await stillFails(smaller)) {
        best = smaller;
        at--;
      }
    }
    if (best === before) break;
  }
  return best;
}

/** The text with its `at`th part left out; null when that leaves nothing, undefined when there are no more parts. */
function candidate(text: string, at: number): string | null | undefined {
  const document = parse(text, { noLocation: true });
  const parts = partsOf(document);
  const part = parts[at];
  if (part === undefined) return undefined;
  const smaller = part(document);
  return smaller === null ? null : tidied(smaller);
}

type Part = (document: DocumentNode) => DocumentNode | null;

/** Large parts first. Each is a way to make the document smaller. */
function partsOf(document: DocumentNode): readonly Part[] {
  const removed: ASTNode[] = [];
  const opened: (readonly [ASTNode, readonly SelectionNode[]])[] = [];
  visit(document, {
    enter: (node) => {
      switch (node.kind) {
        case Kind.FIELD:
        case Kind.FRAGMENT_SPREAD:
        case Kind.ARGUMENT:
        case Kind.DIRECTIVE:
          removed.push(node);
          break;
        case Kind.INLINE_FRAGMENT:
          removed.push(node);
          opened.push([node, node.selectionSet.selections]);
          break;
        case Kind.VARIABLE_DEFINITION:
          if (node.defaultValue) removed.push(node.defaultValue);
          break;
      }
    },
  });
  const spreads = document.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [one] : []));
  return [
    ...removed.map(
      (node): Part =>
        (whole) =>
          without(whole, node),
    ),
    ...opened.map(
      ([node, inner]): Part =>
        (whole) =>
          prune(openedAt(whole, node, inner)),
    ),
    ...spreads.map(
      (fragment): Part =>
        (whole) =>
          inlined(whole, fragment.name.value, fragment.selectionSet.selections),
    ),
    withoutAliases,
  ];
}

/** Puts the selections of a fragment in its place. */
function openedAt(document: DocumentNode, at: ASTNode, inner: readonly SelectionNode[]): DocumentNode {
  return visit(document, {
    SelectionSet(set) {
      if (!set.selections.some((one) => one === at)) return undefined;
      return { ...set, selections: set.selections.flatMap((one) => (one === at ? inner : [one])) };
    },
  });
}

function inlined(document: DocumentNode, name: string, inner: readonly SelectionNode[]): DocumentNode | null {
  const found = document.definitions.find(
    (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === name,
  );
  if (found?.kind !== Kind.FRAGMENT_DEFINITION) return null;
  const replaced = visit(document, {
    FragmentSpread(spread) {
      if (spread.name.value !== name) return undefined;
      return {
        kind: Kind.INLINE_FRAGMENT,
        typeCondition: found.typeCondition,
        directives: spread.directives ?? [],
        selectionSet: { kind: Kind.SELECTION_SET, selections: inner },
      };
    },
  });
  return prune(replaced);
}

function withoutAliases(document: DocumentNode): DocumentNode | null {
  let changed = false;
  const plain = visit(document, {
    Field(node) {
      if (!node.alias) return undefined;
      changed = true;
      const { alias: _, ...rest } = node;
      return rest;
    },
  });
  return changed ? plain : null;
}

/** Without fragments and variables that nothing uses any more. */
function tidied(document: DocumentNode): string {
  let text = print(document);
  for (let before = ''; before !== text; ) {
    before = text;
    const current = parse(text, { noLocation: true });
    const used = usedNames(current);
    const next = visit(current, {
      FragmentDefinition(node) {
        return used.has(`...${node.name.value}`) ? undefined : null;
      },
      VariableDefinition(node) {
        return used.has(`$${node.variable.name.value}`) ? undefined : null;
      },
    });
    text = print(next);
  }
  return text;
}

/** `...Fragment` and `$variable`, as they are used. */
function usedNames(document: DocumentNode): ReadonlySet<string> {
  const used = new Set<string>();
  visit(document, {
    FragmentSpread(node) {
      used.add(`...${node.name.value}`);
    },
    VariableDefinition() {
      return false;
    },
    Variable(node) {
      used.add(`$${node.name.value}`);
    },
  });
  return used;
}
