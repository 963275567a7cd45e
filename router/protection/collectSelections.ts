import {
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** Wherever `@skip` and `@include` may stand. */
export type Occurrence = FieldNode | FragmentSpreadNode | InlineFragmentNode;

/** Fields that are selected of a type under one response key. */
export interface Selected {
  readonly typeName: string;
  readonly fields: readonly FieldNode[];
}

/**
 * What sets select together, with their fragments filled in, by the type that a fragment names (`typeName` outside of
 * them) and by response key. A fragment counts once, however often it is spread here.
 *
 * @see https://spec.graphql.org/October2021/#CollectFields()
 */
export function collectSelections(
  sets: readonly SelectionSetNode[],
  typeName: string,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  isIncluded: (selection: Occurrence) => boolean,
): readonly Selected[] {
  const groups = new Map<string, { readonly typeName: string; readonly fields: FieldNode[] }>();
  const spread = new Set<string>();
  const collect = (set: SelectionSetNode, type: string): void => {
    for (const selection of set.selections) {
      if (!isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = `${type} ${(selection.alias ?? selection.name).value}`;
        const group = groups.get(key);
        if (group === undefined) groups.set(key, { typeName: type, fields: [selection] });
        else group.fields.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet, selection.typeCondition?.name.value ?? type);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) collect(fragment.selectionSet, fragment.typeCondition.name.value);
      }
    }
  };
  for (const set of sets) collect(set, typeName);
  return [...groups.values()];
}
