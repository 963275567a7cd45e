import { type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

/**
 * Pairs of fields that share a response key at the same place of the answer: what the validation rule "overlapping
 * fields can be merged" has to compare, so that its work is the square of the text. Counting ends beyond `enough`.
 *
 * A spread is followed once for each place, as validation does. The document is within the limit of selections and has
 * no cycles: this walks what its fragments stand for.
 *
 * @see https://spec.graphql.org/October2021/#sec-Field-Selection-Merging
 */
export function countComparisons(
  root: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  enough: number,
): number {
  let pairs = 0;
  const places: (readonly SelectionSetNode[])[] = [[root]];
  for (let sets = places.pop(); sets !== undefined && pairs <= enough; sets = places.pop()) {
    for (const fields of fieldsByKey(sets, fragments).values()) {
      pairs += (fields.length * (fields.length - 1)) / 2;
      const inner = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (inner.length > 0) places.push(inner);
    }
  }
  return pairs;
}

function fieldsByKey(
  sets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): ReadonlyMap<string, readonly FieldNode[]> {
  const byKey = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  const collect = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const fields = byKey.get(key);
        if (fields === undefined) byKey.set(key, [selection]);
        else fields.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) collect(fragment.selectionSet);
      }
    }
  };
  for (const set of sets) collect(set);
  return byKey;
}
