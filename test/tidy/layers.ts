import { type Import, importsOf } from './imports.ts';
import { isTest, type Tree } from './tree.ts';

/** What each part of the repository may import besides itself (DESIGN, section 3). Parts that are not listed see all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  platform: ['schema'],
  migrations: ['schema', 'platform'],
  ledger: ['schema', 'platform'],
  rails: ['schema', 'platform', 'ledger'],
  subgraphs: ['schema', 'platform', 'ledger', 'rails'],
  router: ['schema', 'platform'],
  dashboard: ['schema'],
};

/** Words that whatever is above domain speaks: rows, failures, events, what GraphQL resolves from. */
const VOCABULARY = ['domain', 'store', 'errors', 'events', 'views'];
const BELOW_COMMANDS = [...VOCABULARY, 'adapters', 'loaders', 'context', 'generated'];

/**
 * What each role inside a subgraph may import besides itself, `main` all of it. The order that DESIGN decides is
 * `domain <- store, adapters <- commands <- resolvers, workers <- main`; what it does not name (what a request
 * carries: loaders, context, generated types) stands below resolvers, beside commands.
 */
const ROLE_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  store: VOCABULARY,
  adapters: VOCABULARY,
  errors: VOCABULARY,
  events: VOCABULARY,
  views: VOCABULARY,
  loaders: [...BELOW_COMMANDS, 'commands'],
  context: [...BELOW_COMMANDS, 'commands'],
  generated: [...BELOW_COMMANDS, 'commands'],
  commands: BELOW_COMMANDS,
  workers: [...BELOW_COMMANDS, 'commands'],
  resolvers: [...BELOW_COMMANDS, 'commands'],
};
const ROLES: ReadonlySet<string> = new Set([...Object.keys(ROLE_MAY_IMPORT), 'main']);

/** Rule: `schema <- platform <- ledger <- rails <- subgraphs`, and no subgraph sees another. */
export function partImports(tree: Tree): readonly string[] {
  return importsOf(tree)
    .filter(({ from, to }) => !isTest(from) && !mayImport(from.split('/'), to.split('/')))
    .map(describeImport);
}

function mayImport(from: readonly string[], to: readonly string[]): boolean {
  const [part, name] = from;
  const allowed = MAY_IMPORT[part ?? ''];
  if (allowed === undefined || from.length === 1) return true;
  if (part !== to[0]) return allowed.includes(to[0] ?? '');
  return part !== 'subgraphs' || name === to[1];
}

/** Rule: inside a subgraph the roles see one another in one direction only. */
export function roleImports(tree: Tree): readonly string[] {
  return importsOf(tree)
    .filter(({ from, to }) => {
      const [fromRole, toRole] = [roleOf(from), roleOf(to)];
      if (isTest(from) || fromRole === null || toRole === null || fromRole === toRole) return false;
      return fromRole !== 'main' && !ROLE_MAY_IMPORT[fromRole]?.includes(toRole);
    })
    .map(describeImport);
}

/** Rule: every subgraph consists of the same roles, each a file or a folder. */
export function subgraphShapes(tree: Tree): readonly string[] {
  const entries = [...tree.keys()].filter((path) => path.startsWith('subgraphs/'));
  const strangers = entries.filter((path) => {
    const role = roleOf(path);
    return role === null || !ROLES.has(role);
  });
  return [...new Set(strangers.map((path) => path.split('/').slice(0, 3).join('/')))].map(
    (entry) => `${entry} is none of the roles ${[...ROLES].join(', ')}`,
  );
}

/** `commands` for subgraphs/wallets/commands/lane.ts; null outside the subgraphs. */
function roleOf(path: string): string | null {
  const [part, , entry] = path.split('/');
  return part === 'subgraphs' && entry !== undefined ? entry.replace(/(\.test)?\.ts$/, '') : null;
}

function describeImport({ from, to, line }: Import): string {
  return `${from}:${line}: may not import ${to}`;
}
