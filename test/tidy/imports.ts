import { posix } from 'node:path';
import { blank } from './scan.ts';
import { lineAt, sourcesOf, type Tree } from './tree.ts';

/** One file's use of another file of ours. */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly line: number;
  /** Gone at run time. */
  readonly isType: boolean;
}

/** The clause, if any, and the file: `import type { A } from './a.ts'`, `export * from`, `import './a.ts'`, `import('./a.ts')`. */
const IMPORT_PATTERN =
  /(?:\b(?:import|export)\s+(type\s)?[\w\s{},*$]*?\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\2/g;

/** All imports of our own files, dynamic ones and those of types included. */
export function importsOf(tree: Tree): readonly Import[] {
  return sourcesOf(tree).flatMap(([path, text]) => {
    const code = blank(text, 'comments');
    return [...code.matchAll(IMPORT_PATTERN)].map((match) => ({
      from: path,
      to: posix.join(posix.dirname(path), match[3] as string),
      line: lineAt(code, match.index),
      isType: match[1] !== undefined,
    }));
  });
}

/** Rule: no file imports itself by way of others. Types do not count: they are gone when modules load one another. */
export function importCycles(tree: Tree): readonly string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to, isType } of importsOf(tree)) {
    if (!isType) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const cycles = new Map<string, string>();
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const members = trail.slice(start);
      cycles.set(members.toSorted().join(), [...members, path].join(' -> '));
    }
    if (start >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) walk(path, []);
  return [...cycles.values()];
}
