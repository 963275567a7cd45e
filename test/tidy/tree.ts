import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of a checkout by their path from its root, with `/`. Rules look at nothing else, so that a test can make one up. */
export type Tree = ReadonlyMap<string, string>;

/** Not ours, or made by a run. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['node_modules', '.git', '.omsx', 'dist', 'coverage']);
const TEXT_PATTERN = /\.(ts|tsx|mjs|md|sql|graphql|json|sol|csv|yml)$|^\.ci\/|^\.git(ignore|attributes)$/;
const FILES_MAX = 10_000;

export function readTree(root: string): Tree {
  const tree = new Map<string, string>();
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) folders.push(path);
      if (entry.isFile() && TEXT_PATTERN.test(path)) tree.set(path, readFileSync(join(root, path), 'utf8'));
    }
    if (tree.size > FILES_MAX) throw new Error(`${root} has more than ${FILES_MAX} files`);
  }
  return tree;
}

/** Written by a generator. */
function isGenerated(path: string): boolean {
  return path.includes('/generated/') || path.startsWith('rails/onchain/contracts/');
}

/** Our own program text: not generated, in a language that imports. */
export function sourcesOf(tree: Tree): readonly (readonly [path: string, text: string])[] {
  return [...tree].filter(([path]) => /\.(ts|tsx|mjs)$/.test(path) && !isGenerated(path));
}

export function isTest(path: string): boolean {
  return path.startsWith('test/') || /\.test\.tsx?$/.test(path);
}

/** A pattern's hits as `path:line: what`. */
export function hits(
  path: string,
  text: string,
  pattern: RegExp,
  say: (hit: string) => string,
): readonly string[] {
  return [...text.matchAll(pattern)].map(
    (match) => `${path}:${lineAt(text, match.index)}: ${say(match[0].trim())}`,
  );
}

/** Line number of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
