import { type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { ApiError } from '../../platform/errors.ts';
import type { Operation } from '../operation/operation.ts';

/** The one root field of a subscription, also inside fragments. @throws {ApiError} BAD_USER_INPUT without one */
export function rootFieldOf({ definition, document }: Operation): FieldNode {
  const seen = new Set<string>();
  const find = (set: SelectionSetNode): FieldNode | null => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) return selection;
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : spread(selection.name.value);
      const found = inner === null ? null : find(inner);
      if (found !== null) return found;
    }
    return null;
  };
  const spread = (name: string): SelectionSetNode | null => {
    if (seen.has(name)) return null;
    seen.add(name);
    const fragment = document.definitions.find(
      (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === name,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? fragment.selectionSet : null;
  };
  const field = find(definition.selectionSet);
  if (field !== null) return field;
  throw new ApiError('BAD_USER_INPUT', 'A subscription needs a field.');
}
