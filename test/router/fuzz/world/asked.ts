import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { stableText } from './values.ts';

/**
 * Notes what a fetch asks for, one line a field and object: `s1 query q10.f0` for root fields, `s1 {"id":"i4"} f0` for
 * entities.
 */
export function noteAsked(
  subgraph: string,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  asked: Set<string>,
): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions)
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const node of definition.selectionSet.selections) {
      if (node.kind !== Kind.FIELD) continue;
      for (const line of new Set(linesOf(node, placesIn(node.selectionSet, fragments), variables))) {
        asked.add(nthOf(`${subgraph} ${line}`, asked));
      }
    }
  }
}

function linesOf(
  node: FieldNode,
  places: readonly string[],
  variables: Readonly<Record<string, unknown>>,
): readonly string[] {
  if (node.name.value !== '_entities') return places.map((place) => `${node.name.value}${place}`);
  const variable = node.arguments?.[0]?.value;
  const representations = variable?.kind === Kind.VARIABLE ? variables[variable.name.value] : [];
  return (representations as readonly Record<string, unknown>[]).flatMap(({ __typename: _, ...key }) =>
    places.map((place) => `${stableText(key)}${place}`),
  );
}

/** The line with how many times it has been noted, as a set does not count. */
function nthOf(line: string, asked: ReadonlySet<string>): string {
  let count = 1;
  while (asked.has(`${line} #${count}`)) count++;
  return `${line} #${count}`;
}

/**
 * Paths to the leaves below a selection, by field names. `__typename` is told only where nothing else is asked for: beside
 * something else it makes no difference.
 */
function placesIn(
  set: SelectionSetNode | undefined,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly string[] {
  if (set === undefined) return [''];
  const places = set.selections.flatMap((node): readonly string[] => {
    if (node.kind === Kind.INLINE_FRAGMENT) return placesIn(node.selectionSet, fragments);
    if (node.kind === Kind.FRAGMENT_SPREAD)
      return placesIn(fragments.get(node.name.value)?.selectionSet, fragments);
    if (node.name.value === '__typename') return [];
    return placesIn(node.selectionSet, fragments).map((below) => `.${node.name.value}${below}`);
  });
  return places.length === 0 ? [' (its type)'] : [...new Set(places)];
}
