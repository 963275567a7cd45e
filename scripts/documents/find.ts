import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const PASSED_OVER: ReadonlySet<string> = new Set(['node_modules', '.git', '.omsx']);
const SPECIAL = /[*?{]/;

/**
 * Files that patterns name, sorted, each once. A pattern knows `*`, `**`, `?` and `{a,b}`; a folder stands for everything
 * below it. Shells that know `**` may have spelled it out already.
 *
 * @throws when a pattern names no file
 */
export function findFiles(patterns: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const files = filesOf(pattern.replace(/^\.\//, '').replace(/\/+$/, ''));
    if (files.length === 0) throw new Error(`${pattern}: there is no such file`);
    for (const file of files) found.add(file);
  }
  return [...found].sort();
}

function filesOf(pattern: string): readonly string[] {
  if (!SPECIAL.test(pattern)) {
    const state = statSync(pattern, { throwIfNoEntry: false });
    if (state === undefined) return [];
    return state.isDirectory() ? filesBelow(pattern) : [pattern];
  }
  const parts = pattern.split('/');
  const firstSpecial = parts.findIndex((part) => SPECIAL.test(part));
  const folder = parts.slice(0, firstSpecial).join('/') || (pattern.startsWith('/') ? '/' : '.');
  const expression = new RegExp(`^${toExpression(pattern)}$`);
  return filesBelow(folder).filter((file) => expression.test(file));
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '.' ? entry.name : join(folder, entry.name);
    if (entry.isDirectory()) return PASSED_OVER.has(entry.name) ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

const EXPRESSIONS: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
  '{': '(?:',
  ',': '|',
  '}': ')',
};

function toExpression(pattern: string): string {
  const inBraces = pattern.includes('{');
  return pattern.replace(/\*\*\/|\*\*|[*?{},]|[.+^$()|[\]\\]/g, (part) => {
    if (part === ',' && !inBraces) return part;
    return EXPRESSIONS[part] ?? `\\${part}`;
  });
}
