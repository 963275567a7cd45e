import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { present } from '../../../platform/invariant.ts';
import type { EntityFetch, EntityGroup, RootFetch } from '../plan/plan.ts';
import { type Shape, shapeOf } from './merge.ts';
import { newNames } from './rewrite.ts';

/** The operation of a fetch. */
export interface ParsedFetch {
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

const parsedFetches = new WeakMap<object, ParsedFetch>();

/** Parsed once for each fetch of a plan. */
export function parseFetch(fetch: RootFetch | EntityFetch): ParsedFetch {
  const known = parsedFetches.get(fetch);
  if (known !== undefined) return known;
  const document = parse(fetch.text, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  let definition: OperationDefinitionNode | undefined;
  for (const one of document.definitions) {
    if (one.kind === Kind.OPERATION_DEFINITION) definition = one;
    else if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  }
  const parsed = { document, definition: present(definition, 'operation of a fetch'), fragments };
  parsedFetches.set(fetch, parsed);
  return parsed;
}

export function shapeOfRoot({ definition, fragments }: ParsedFetch, fetch: RootFetch): Shape {
  return shapeOf([definition.selectionSet], fragments, newNames(fetch.outputRewrites));
}

/** What is asked of the entities of a group. */
export function entitySelections(
  { definition }: ParsedFetch,
  group: EntityGroup,
): SelectionSetNode | undefined {
  const field = definition.selectionSet.selections.find(
    (node) => node.kind === Kind.FIELD && (node.alias ?? node.name).value === group.responseKey,
  );
  return field?.kind === Kind.FIELD ? field.selectionSet : undefined;
}

export function shapeOfGroup(parsed: ParsedFetch, group: EntityGroup): Shape {
  const { fragments } = parsed;
  const set = entitySelections(parsed, group);
  return set === undefined ? new Map() : shapeOf([set], fragments, newNames(group.outputRewrites));
}
