/** An object as subgraphs answer with it. Its keys may be names such as `__proto__`. */
export type Tree = Record<string, unknown>;

/** A key's own value; `undefined` for whatever objects inherit. */
export function ownValue(tree: Tree, key: string): unknown {
  return Object.hasOwn(tree, key) ? tree[key] : undefined;
}

export interface Merging {
  /** Whether a name that was told of an object's type may take the place of the one that is known. */
  readonly replaces: (known: unknown, name: unknown) => boolean;
  /** Puts the later one of two lists in a list in the other's place, instead of bringing them together. */
  readonly isShallow: boolean;
}

const PLAIN: Merging = { replaces: () => true, isShallow: false };

/** Adds what `source` has to `target`, deeply. What comes later wins, nulls included. */
export function mergeInto(target: Tree, source: Tree, merging: Merging = PLAIN): void {
  for (const key of Object.keys(source)) {
    const [known, value] = [ownValue(target, key), source[key]];
    if (value === undefined || (key === '__typename' && !merging.replaces(known, value))) continue;
    if (isTree(known) && isTree(value)) mergeInto(known, value, merging);
    else if (isSameLength(known, value)) mergeLists(known, value as readonly unknown[], merging);
    else Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
  }
}

function mergeLists(known: unknown[], value: readonly unknown[], merging: Merging): void {
  for (const [index, item] of value.entries()) {
    const before = known[index];
    if (isTree(before) && isTree(item)) mergeInto(before, item, merging);
    else if (!merging.isShallow && isSameLength(before, item))
      mergeLists(before, item as readonly unknown[], merging);
    else known[index] = item;
  }
}

function isSameLength(known: unknown, value: unknown): known is unknown[] {
  return Array.isArray(known) && Array.isArray(value) && known.length === value.length;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
