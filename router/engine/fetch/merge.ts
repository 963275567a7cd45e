import { type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import type { TypeConditions } from '../types.ts';
import { isRaw, LIST_DEPTH_MAX, type Raw } from './raw.ts';

/**
 * The fields with selections that a fetch asks for, by the names that they have after rewriting. Whatever is not in it is a leaf, which is never merged into
 * and never changed: a scalar of the deployment's own may be an object that belongs to a subgraph in this process.
 */
export type Shape = ReadonlyMap<string, Shape>;

export function shapeOf(
  sets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  renames: ReadonlyMap<string, string>,
): Shape {
  const inner = new Map<string, SelectionSetNode[]>();
  const pending = [...sets];
  for (let set = pending.pop(); set !== undefined; set = pending.pop()) {
    for (const node of set.selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) pending.push(node.selectionSet);
      else if (node.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(node.name.value);
        if (fragment !== undefined) pending.push(fragment.selectionSet);
      } else if (node.selectionSet !== undefined) {
        const alias = (node.alias ?? node.name).value;
        const key = renames.get(alias) ?? alias;
        inner.set(key, [...(inner.get(key) ?? []), node.selectionSet]);
      }
    }
  }
  return new Map([...inner].map(([key, below]) => [key, shapeOf(below, fragments, renames)]));
}

/** Every place with selections below `prefix`, as dotted names. */
export function placesIn(shape: Shape, prefix: string): readonly string[] {
  return [...shape].flatMap(([key, below]) => {
    const place = `${prefix}.${key}`;
    return [place, ...placesIn(below, place)];
  });
}

/**
 * Adds what `source` knows to `target`, deeply where both have objects, lists by index. What is known is not forgotten
 * for a null: that says only that one subgraph could not tell.
 */
export function merge(target: Raw, source: Raw, shape: Shape, types: TypeConditions): void {
  for (const key in source) {
    const value = source[key];
    if (value === undefined) continue;
    const known = target[key];
    if (known === undefined || known === null || typeof known === 'function') {
      target[key] = value;
    } else if (value !== null) {
      const below = shape.get(key);
      if (below !== undefined) target[key] = mergeValue(known, value, below, types);
      else if (key !== '__typename' || types.isConcrete(value)) target[key] = value;
    }
  }
}

export function mergeValue(
  known: unknown,
  value: unknown,
  shape: Shape,
  types: TypeConditions,
  listDepth = 0,
): unknown {
  if (isRaw(known) && isRaw(value)) {
    if (known !== value) merge(known, value, shape, types);
    return known;
  }
  if (!Array.isArray(known) || !Array.isArray(value) || known.length !== value.length) return value;
  if (listDepth === LIST_DEPTH_MAX) return value;
  for (let index = 0; index < value.length; index++) {
    const [before, after]: [unknown, unknown] = [known[index], value[index]];
    if (after === null || after === undefined) continue;
    known[index] = before === null ? after : mergeValue(before, after, shape, types, listDepth + 1);
  }
  return known;
}

/** A copy as deep as `shape` goes; leaves are shared. */
export function copy<Value>(value: Value, shape: Shape, listDepth = 0): Value {
  if (Array.isArray(value)) {
    if (listDepth === LIST_DEPTH_MAX) return value;
    return value.map((element: unknown) => copy(element, shape, listDepth + 1)) as Value;
  }
  if (!isRaw(value)) return value;
  const copied: Raw = { ...value };
  for (const [key, below] of shape) {
    if (Object.hasOwn(copied, key)) copied[key] = copy(copied[key], below);
  }
  return copied as Value;
}
