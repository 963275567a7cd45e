import {
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isLeafType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { parseFetch } from '../fetch/parsed.ts';
import { fieldOf } from '../fieldOf.ts';
import type { Joins } from '../join.ts';
import type { EntityFetch, Plan, PlanNode, RootFetch } from './plan.ts';

/** A field of a fetch with the type whose field it is. */
interface Asked {
  readonly parent: string;
  readonly name: string;
  readonly below: SelectionSetNode | undefined;
}

/** Selections of one place, each with the type that they are of. */
type Sets = readonly (readonly [parent: string, set: SelectionSetNode])[];

interface Looking {
  readonly schema: GraphQLSchema;
  readonly joins: Joins;
  readonly subgraph: string;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/**
 * The first field of a plan that its subgraph would refuse, as another type in the same place has a field of the same
 * response name and another shape (section 5.3.2 of the specification, SameResponseShape); null when there is none.
 * Hive's planner 0.0.38 writes out fields of an interface for each of the types that implement it without giving them
 * names of their own where one of them promises more than the others.
 */
export function conflictIn(
  plan: Plan,
  { schema, joins }: { readonly schema: GraphQLSchema; readonly joins: Joins },
): string | null {
  for (const fetch of fetchesOf(plan)) {
    const { definition, fragments } = parseFetch(fetch);
    const root = schema.getRootType(definition.operation)?.name ?? '';
    const looking: Looking = { schema, joins, subgraph: fetch.subgraph, fragments };
    const conflict = conflictAt([[root, definition.selectionSet]], looking);
    if (conflict !== null) return `${conflict} conflicts in a fetch of ${fetch.subgraph}`;
  }
  return null;
}

function fetchesOf({ node, primary }: Plan): readonly (RootFetch | EntityFetch)[] {
  const below = (one: PlanNode): readonly (RootFetch | EntityFetch)[] =>
    one.kind === 'SEQUENCE' || one.kind === 'PARALLEL' ? one.nodes.flatMap(below) : [one];
  return [...(primary === null ? [] : [primary]), ...(node === null ? [] : below(node))];
}

function conflictAt(sets: Sets, looking: Looking): string | null {
  const [only, ...others] = sets;
  if (only !== undefined && others.length === 0 && hasPlainFields(only[1]))
    return conflictBelow(only, looking);
  const fields = new Map<string, Asked[]>();
  for (const [parent, set] of sets) gather(parent, set, fields, looking);
  for (const [key, asked] of fields) {
    if (asked.length > 1) {
      const shapes = new Set(asked.flatMap((one) => shapeOf(one, looking) ?? []));
      if (shapes.size > 1) return key;
    }
    const below = asked.flatMap(({ parent, name, below }) =>
      below === undefined ? [] : [[innerType(parent, name, looking), below] as const],
    );
    const conflict = below.length === 0 ? null : conflictAt(below, looking);
    if (conflict !== null) return `${key}.${conflict}`;
  }
  return null;
}

/** One field for each name and no fragments: nothing there can conflict, only what is below. */
function hasPlainFields({ selections }: SelectionSetNode): boolean {
  const keys = new Set<string>();
  for (const node of selections) {
    if (node.kind !== Kind.FIELD) return false;
    keys.add((node.alias ?? node.name).value);
  }
  return keys.size === selections.length;
}

function conflictBelow([parent, { selections }]: Sets[number], looking: Looking): string | null {
  for (const node of selections) {
    if (node.kind !== Kind.FIELD || node.selectionSet === undefined) continue;
    const inner = innerType(parent, node.name.value, looking);
    const conflict = conflictAt([[inner, node.selectionSet]], looking);
    if (conflict !== null) return `${(node.alias ?? node.name).value}.${conflict}`;
  }
  return null;
}

function gather(parent: string, set: SelectionSetNode, into: Map<string, Asked[]>, looking: Looking): void {
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) {
      const key = (node.alias ?? node.name).value;
      const asked = into.get(key) ?? [];
      asked.push({ parent, name: node.name.value, below: node.selectionSet });
      into.set(key, asked);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      gather(node.typeCondition?.name.value ?? parent, node.selectionSet, into, looking);
    } else {
      const fragment = looking.fragments.get(node.name.value);
      if (fragment !== undefined)
        gather(fragment.typeCondition.name.value, fragment.selectionSet, into, looking);
    }
  }
}

/** Lists and non-null, with the name of a leaf: objects are told apart by what is selected of them. */
function shapeOf({ parent, name }: Asked, { schema, joins, subgraph }: Looking): string | undefined {
  const text = joins.fieldType(subgraph, parent, name);
  if (text === undefined) return undefined;
  const inner = /\w+/.exec(text)?.[0] ?? '';
  return isLeafType(schema.getType(inner)) ? text : text.replace(inner, '');
}

function innerType(parent: string, name: string, { schema }: Looking): string {
  const field = fieldOf(schema, parent, name);
  return field === undefined ? '' : getNamedType(field.type).name;
}
