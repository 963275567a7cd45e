import {
  type FieldNode,
  type GraphQLSchema,
  Kind,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Joins } from '../join.ts';
import { isRaw, type Raw } from './raw.ts';

/** Leaves of a `@key(fields:)`, each as the names that lead to it. */
export type Key = readonly (readonly string[])[];

/** The keys by which a subgraph knows an entity, as the supergraph's `@join__type(key:)` says. */
export function keysOf(
  { schema, joins }: { readonly schema: GraphQLSchema; readonly joins: Joins },
  subgraph: string,
  typeName: string,
): readonly Key[] {
  const type = schema.getType(typeName);
  if (type === undefined) return [];
  return joins
    .of(subgraph, type, 'type')
    .flatMap(({ key }) => (typeof key === 'string' ? [leavesOf(key)] : []));
}

function leavesOf(fields: string): Key {
  const [definition] = parse(`{${fields}}`, { noLocation: true }).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? leavesBelow(definition.selectionSet, []) : [];
}

function leavesBelow(set: SelectionSetNode, path: readonly string[]): Key {
  return set.selections
    .filter((node: SelectionNode): node is FieldNode => node.kind === Kind.FIELD)
    .flatMap(({ name, selectionSet }) =>
      selectionSet === undefined ? [[...path, name.value]] : leavesBelow(selectionSet, [...path, name.value]),
    );
}

/**
 * Tells whether a key that a representation has is more than nulls: nobody is known by null.
 *
 * @param names of the fields that the representation has
 */
export function keyGuard(keys: readonly Key[], names: ReadonlySet<string>): (value: Raw) => boolean {
  const present = keys.filter((key) => key.every(([name = '']) => names.has(name)));
  if (present.length === 0) return () => true;
  const [first] = present;
  const [leaf] = first ?? [];
  if (present.length === 1 && first?.length === 1 && leaf?.length === 1) {
    const [name = ''] = leaf;
    return (value) => value[name] !== null;
  }
  return (value) => present.some((key) => key.some((path) => valueAt(value, path) !== null));
}

function valueAt(value: Raw, path: readonly string[]): unknown {
  let found: unknown = value;
  for (const name of path) {
    if (Array.isArray(found)) return found.length === 0 ? null : found;
    if (!isRaw(found)) return null;
    found = found[name] ?? null;
  }
  return found;
}
