import { blank } from './scan.ts';
import { hits, sourcesOf, type Tree } from './tree.ts';

/**
 * Where the environment may be read. Everything else gets its settings from platform/config.ts, which lists every
 * fault at once and can be called by a test.
 */
const ENVIRONMENT_READERS: readonly RegExp[] = [
  /^platform\/config\.ts$/,
  // Finds servers on the PATH before there is a configuration.
  /^platform\/embedded\/redis\.ts$/,
  /^(bin|bench|scripts|examples|test)\//,
  // How many random cases to run.
  /\.test\.ts$/,
];

/** Tools that ask for a default export. */
const DEFAULT_EXPORTERS = /(^|\/)(\w+\.config\.(ts|mjs)|codegen\.ts|globalSetup\.ts|globalTeardown\.ts)$/;

/** Unfinished work and switched-off checks. These files would name themselves. */
const SELF = /^test\/tidy(\/|\.test\.ts$)/;

/** Rule: the environment is read in one place. */
export function environmentReads(tree: Tree): readonly string[] {
  return sourcesOf(tree)
    .filter(([path]) => !SELF.test(path) && !ENVIRONMENT_READERS.some((reader) => reader.test(path)))
    .flatMap(([path, text]) =>
      hits(path, blank(text, 'comments and strings'), /\bprocess\s*\.\s*env\b/g, (hit) => `reads ${hit}`),
    );
}

/** A remainder or a few bits of a bigint make a digit, which is no amount. */
const FLOAT_PATTERN = /\b(?:parseFloat|Number)\s*\((?!\w+ [%&] \d{1,2}n\))/g;

/** Rule: money never passes through a binary float, so nothing near it makes one. */
export function floats(tree: Tree): readonly string[] {
  return sourcesOf(tree)
    .filter(([path]) => /^(ledger|subgraphs\/\w+\/domain)\//.test(path) && !path.endsWith('.test.ts'))
    .flatMap(([path, text]) =>
      hits(path, blank(text, 'comments and strings'), FLOAT_PATTERN, (hit) => `${hit}...) makes a float`),
    );
}

/** Rule: nothing is left for later or switched off. */
export function leftovers(tree: Tree): readonly string[] {
  return sourcesOf(tree)
    .filter(([path]) => !SELF.test(path))
    .flatMap(([path, text]) => [
      ...hits(path, text, /\b(?:TODO|FIXME)\b|@ts-(?:ignore|nocheck)/g, (hit) => `leaves a ${hit}`),
      ...hits(
        path,
        blank(text, 'comments and strings'),
        /\bas any\b|\b(?:test|it|describe)\.(?:only|skip|todo)(?:\.\w+)?\s*[(`]|\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(/g,
        (hit) => `leaves a ${hit}`,
      ),
    ]);
}

/** Rule: a thing has one name wherever it is imported, so nothing is exported as default. */
export function defaultExports(tree: Tree): readonly string[] {
  return sourcesOf(tree)
    .filter(([path]) => !DEFAULT_EXPORTERS.test(path))
    .flatMap(([path, text]) =>
      hits(
        path,
        blank(text, 'comments and strings'),
        /\bexport\s+default\b|\bas\s+default\b/g,
        () => 'exports as default',
      ),
    );
}
