import { posix } from 'node:path';
import { type LockFile, missingPlatformPackages } from '../../scripts/lockFile.ts';
import { hits, lineAt, type Tree } from './tree.ts';

const DOCUMENT_PATTERN = /^((README|ARCHITECTURE|CONTRIBUTING|CHANGELOG)\.md|docs\/.+\.md)$/;
const FENCE_PATTERN = /^(```|~~~)[\s\S]*?^\1/gm;
const LINK_PATTERN = /\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g;
const CODE_PATTERN = /`([^`\n]+)`/g;

/** What looks like a path of ours: a folder's name first, or a file of a kind we have. No globs, no placeholders. */
const PATH_PATTERN = /^[\w.@-]+(\/[\w.@-]+)*\/?$/;
const FILE_PATTERN = /\.(ts|tsx|mjs|md|sql|graphql)$/;
/** Written by a run or an installation, so that a checkout does not have them. */
const MADE_LATER = /^(\.omsx|node_modules|dist)(\/|$)/;

/** Rule: a path in backticks is there. */
export function missingPaths(tree: Tree): readonly string[] {
  const { files, folders } = placesOf(tree);
  const tops = new Set([...folders].filter((folder) => !folder.includes('/')));
  return documentsOf(tree).flatMap(([path, text]) =>
    [...text.replace(FENCE_PATTERN, blankOut).matchAll(CODE_PATTERN)].flatMap((match) => {
      const named = (match[1] as string).replace(/^\.\//, '').replace(/:\d+$/, '');
      if (!named.includes('/') || !PATH_PATTERN.test(named) || MADE_LATER.test(named)) return [];
      if (!tops.has(named.split('/')[0] as string) && !FILE_PATTERN.test(named)) return [];
      const bare = named.replace(/\/$/, '');
      const isThere = files.has(bare) || folders.has(bare);
      return isThere ? [] : [`${path}:${lineAt(text, match.index)}: there is no ${named}`];
    }),
  );
}

/** Rule: a link to a file of ours leads somewhere. */
export function brokenLinks(tree: Tree): readonly string[] {
  const { files, folders } = placesOf(tree);
  return linksOf(tree)
    .filter(({ to }) => !files.has(to) && !folders.has(to))
    .map(({ from, to }) => `${from}: links to ${to}, which is not there`);
}

/** Rule: whoever starts at the README finds every document, by itself or by the folder it is in. */
export function unlinkedDocuments(tree: Tree): readonly string[] {
  const targets = new Set(linksOf(tree).map(({ to }) => to));
  return [...tree.keys()]
    .filter((path) => path.startsWith('docs/') && !targets.has(path) && !targets.has(posix.dirname(path)))
    .map((path) => `${path} is linked from no other document`);
}

/** Rule: `npm run x` in a document is a script of package.json. */
export function missingScripts(tree: Tree): readonly string[] {
  const scripts: Readonly<Record<string, string>> =
    JSON.parse(tree.get('package.json') ?? '{}').scripts ?? {};
  return documentsOf(tree).flatMap(([path, text]) =>
    hits(path, text, /\bnpm (?:run [\w:-]+|start\b|test\b)/g, (hit) => hit).filter((hit) => {
      const script = hit.split(' ').at(-1) as string;
      return scripts[script] === undefined;
    }),
  );
}

/** Rule: a document has one title. */
export function titles(tree: Tree): readonly string[] {
  return documentsOf(tree).flatMap(([path, text]) => {
    const count = [...text.replace(FENCE_PATTERN, blankOut).matchAll(/^# /gm)].length;
    return count === 1 ? [] : [`${path} has ${count} first-level headings`];
  });
}

/** Rule: each dependency has a written reason, and each reason a dependency. */
export function dependencyReasons(tree: Tree): readonly string[] {
  const manifest = JSON.parse(tree.get('package.json') ?? '{}');
  const names = new Set(
    ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}),
    ),
  );
  const rows = (tree.get('docs/dependencies.md') ?? '').split('\n').filter((line) => line.startsWith('| `'));
  const given = new Set(
    rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(CODE_PATTERN)].map((match) => match[1] as string),
    ),
  );
  return [
    ...[...names]
      .filter((name) => !given.has(name))
      .map((name) => `${name} has no line in docs/dependencies.md`),
    ...[...given]
      .filter((name) => !names.has(name))
      .map((name) => `docs/dependencies.md explains ${name}, which is no dependency`),
  ];
}

function documentsOf(tree: Tree): readonly (readonly [path: string, text: string])[] {
  return [...tree].filter(([path]) => DOCUMENT_PATTERN.test(path));
}

/** Links to files of ours, outside code; a document does not count as its own reader. */
function linksOf(tree: Tree): readonly { readonly from: string; readonly to: string }[] {
  return documentsOf(tree).flatMap(([path, text]) =>
    [...text.replace(FENCE_PATTERN, blankOut).matchAll(LINK_PATTERN)]
      .map((match) => match[1] as string)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => ({
        from: path,
        to: posix.join(posix.dirname(path), target).replace(/\/$/, ''),
      }))
      .filter(({ to }) => to !== path),
  );
}

function placesOf(tree: Tree): {
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
} {
  const files = new Set(tree.keys());
  const folders = new Set<string>();
  for (const path of files) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
  }
  return { files, folders };
}

function blankOut(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** `npm ci` refuses a lock file that leaves out the optional packages of other machines. */
export function unlockedPackages(tree: Tree): readonly string[] {
  const lock = JSON.parse(tree.get('package-lock.json') ?? '{"packages":{}}') as LockFile;
  return Object.keys(missingPlatformPackages(lock)).map(
    (path) => `package-lock.json has no ${path}: npm run lock`,
  );
}
