import {
  brokenLinks,
  dependencyReasons,
  missingPaths,
  missingScripts,
  titles,
  unlinkedDocuments,
  unlockedPackages,
} from './docs.ts';
import { importCycles } from './imports.ts';
import { partImports, roleImports, subgraphShapes } from './layers.ts';
import { blank } from './scan.ts';
import { bannedNames, undescribed } from './sdl.ts';
import { longFiles, longFunctions } from './sizes.ts';
import type { Tree } from './tree.ts';
import { defaultExports, environmentReads, floats, leftovers } from './words.ts';

/** Goal: each rule of tidy finds an offender planted in a tree made up here, and leaves what is right alone. */
const treeOf = (files: Readonly<Record<string, string>>): Tree => new Map(Object.entries(files));
const lines = (count: number): string => '  work();\n'.repeat(count);

describe('imports', () => {
  test('a part that imports from above it is found, also through a type', () => {
    const tree = treeOf({
      'platform/money.ts': `import type { Transfer } from '../ledger/transfer.ts';`,
      'ledger/post.ts': `import { statement } from '../platform/statement.ts';`,
      'router/main.ts': `const late = await import('../subgraphs/wallets/main.ts');`,
      'bin/main.ts': `import { createWallets } from '../subgraphs/wallets/main.ts';`,
      'platform/money.test.ts': `import { createTestDatabase } from '../test/harness/database.ts';`,
    });
    expect(partImports(tree)).toEqual([
      'platform/money.ts:1: may not import ledger/transfer.ts',
      'router/main.ts:1: may not import subgraphs/wallets/main.ts',
    ]);
  });

  test('a subgraph that imports another is found', () => {
    const tree = treeOf({
      'subgraphs/payments/events.ts': `import type { W } from '../wallets/events.ts';\nimport { x } from './domain/x.ts';`,
    });
    expect(partImports(tree)).toEqual([
      'subgraphs/payments/events.ts:1: may not import subgraphs/wallets/events.ts',
    ]);
  });

  test('a role that imports from above it is found', () => {
    const tree = treeOf({
      'subgraphs/wallets/domain/rules.ts': `import { findWallets } from '../store/findWallets.ts';`,
      'subgraphs/wallets/commands/open.ts': `import { findWallets } from '../store/findWallets.ts';`,
      'subgraphs/wallets/main.ts': `import { resolvers } from './resolvers.ts';`,
    });
    expect(roleImports(tree)).toEqual([
      'subgraphs/wallets/domain/rules.ts:1: may not import subgraphs/wallets/store/findWallets.ts',
    ]);
  });

  test('an import in a comment or a string is none', () => {
    const tree = treeOf({
      'schema/events.ts': `// import { x } from '../ledger/x.ts';\n/* from '../ledger/x.ts' */ export {};`,
    });
    expect(partImports(tree)).toEqual([]);
  });

  test('a cycle is found once, with its way round', () => {
    const tree = treeOf({
      'ledger/a.ts': `import './b.ts';`,
      'ledger/b.ts': `export { c } from './c.ts';`,
      'ledger/c.ts': `import { type A, a } from './a.ts';`,
      'ledger/e.ts': `import type { F } from './f.ts';`,
      'ledger/f.ts': `import {\n  type E,\n  e,\n} from './e.ts';`,
      'ledger/d.ts': `import './a.ts';`,
    });
    expect(importCycles(tree)).toEqual(['ledger/a.ts -> ledger/b.ts -> ledger/c.ts -> ledger/a.ts']);
  });

  test('an entry of a subgraph that is no role is found', () => {
    const tree = treeOf({
      'subgraphs/wallets/services/wallet.ts': '',
      'subgraphs/wallets/utils.ts': '',
      'subgraphs/wallets/errors.test.ts': '',
      'subgraphs/wallets/store/rows.ts': '',
    });
    expect(subgraphShapes(tree).map((offender) => offender.split(' ')[0])).toEqual([
      'subgraphs/wallets/services',
      'subgraphs/wallets/utils.ts',
    ]);
  });
});

describe('sizes', () => {
  test('a long file is found, and so is an exception that is no longer needed', () => {
    const tree = treeOf({ 'ledger/a.ts': lines(301), 'ledger/b.ts': lines(320), 'ledger/c.ts': lines(10) });
    expect(longFiles(tree, { 'ledger/b.ts': 320, 'ledger/c.ts': 400, 'ledger/d.ts': 400 })).toEqual([
      'ledger/d.ts is gone: take it out of the exceptions',
      'ledger/a.ts has 301 lines, at most 300',
      'ledger/c.ts has 10 lines: take it out of the exceptions',
    ]);
  });

  test.each([
    ['a function', (body: string) => `function run(a: string): Promise<{ b: string }> {\n${body}}\n`],
    ['a generic function', (body: string) => `export async function run<T>(a: T): Promise<T> {\n${body}}\n`],
    ['an arrow', (body: string) => `const run = async (a: string): Promise<void> => {\n${body}};\n`],
    ['a method', (body: string) => `class A {\n  async #run(a = '}'): Promise<void> {\n${body}}\n}\n`],
    ['a method of an object', (body: string) => `const a = {\n  run(a) {\n${body}},\n};\n`],
    ['a constructor', (body: string) => `class A {\n  constructor() {\n${body}}\n}\n`],
  ])('%s of more than 70 lines is found', (_, write) => {
    const short = longFunctions(treeOf({ 'ledger/a.ts': write(lines(68)) }));
    const long = longFunctions(treeOf({ 'ledger/a.ts': write(lines(69)) }));
    expect(short).toEqual([]);
    expect(long).toEqual([expect.stringMatching(/^ledger\/a\.ts:[12]: a function of 71 lines, at most 70$/)]);
  });

  test('a long table, a long call and a long test are no long functions', () => {
    const tree = treeOf({
      'ledger/a.ts': `const table = {\n${'  a: [1],\n'.repeat(90)}};\nrun(\n${'  1,\n'.repeat(90)});\n`,
      'ledger/a.test.ts': `test('a', () => {\n${lines(90)}});\n`,
    });
    expect(longFunctions(tree)).toEqual([]);
  });
});

describe('words', () => {
  test('reading the environment outside the configuration is found', () => {
    const tree = treeOf({
      'ledger/a.ts': `const text = 'process.env';\nconst url = process.env.URL;`,
      'platform/config.ts': 'read(process.env);',
      'bin/main.ts': 'main(process.env);',
    });
    expect(environmentReads(tree)).toEqual(['ledger/a.ts:2: reads process.env']);
  });

  test('a float near money is found', () => {
    const tree = treeOf({
      'ledger/a.ts': 'const a = Number(text);',
      'subgraphs/payments/domain/quote.ts': 'const rate = parseFloat(text);',
      'subgraphs/payments/store/rows.ts': 'const a = Number(text);',
      'ledger/b.ts': '// Number(text) would be wrong\nconst a = BigInt(text) + LETTERS[Number(rest % 62n)];',
    });
    expect(floats(tree)).toEqual([
      'ledger/a.ts:1: Number(...) makes a float',
      'subgraphs/payments/domain/quote.ts:1: parseFloat(...) makes a float',
    ]);
  });

  test.each([
    '// TODO: later',
    '/* FIXME */',
    '// @ts-ignore',
    'const a = b as any;',
    `test.only('a', run);`,
    `describe.skip('a', run);`,
    `xit('a', run);`,
  ])('the leftover %s is found', (text) => {
    expect(leftovers(treeOf({ 'ledger/a.ts': text }))).toHaveLength(1);
  });

  test('what only looks like a leftover is none', () => {
    const text = `const exit = (code) => quit(code); rows.skip(1); const a = 'as any';`;
    expect(leftovers(treeOf({ 'ledger/a.ts': text }))).toEqual([]);
  });

  test('a default export is found, those that tools ask for are not', () => {
    const tree = treeOf({
      'ledger/a.ts': 'export default {};',
      'jest.config.mjs': 'export default {};',
      'test/harness/globalSetup.ts': 'export default run;',
    });
    expect(defaultExports(tree)).toEqual(['ledger/a.ts:1: exports as default']);
  });
});

describe('schema', () => {
  const sdl = `
    "A wallet."
    type Wallet { "Id." id: ID! name: String }
    enum Status { "On." ON OFF }
    "Input." input Filter { asset: String }
    type Query { "Wallets." wallets: [Wallet!]! }`;

  test('a type, field, input field or enum value without a description is found', () => {
    const tree = treeOf({
      'schema/wallets.graphql': sdl,
      'schema/payments.graphql': 'type Wallet @key(fields: "id") { "Id." id: ID! }',
      'schema/supergraph.graphql': 'type Undescribed { a: Int }',
    });
    expect(undescribed(tree)).toEqual(
      ['Wallet.name', 'Status', 'Status.OFF', 'Filter.asset'].map(
        (name) => `schema/wallets.graphql: ${name} has no description`,
      ),
    );
  });

  test('a word that the glossary rules out is found in types and fields, as a whole word', () => {
    const tree = treeOf({
      'docs/glossary.md':
        '| word | means | not |\n| --- | --- | --- |\n| Asset | code | `Currency`, unit |\n| Entry | x | `Line` |',
      'schema/wallets.graphql': 'type CurrencyPair { unit: Int deadline: Int lineTotal: Int }',
    });
    expect(bannedNames(tree)).toEqual([
      'schema/wallets.graphql: CurrencyPair says "currency", which the glossary rules out',
      'schema/wallets.graphql: CurrencyPair.lineTotal says "line", which the glossary rules out',
    ]);
  });
});

describe('documents', () => {
  const base = {
    'package.json':
      '{"scripts":{"start":"x","check":"y"},"dependencies":{"pg":"1"},"devDependencies":{"jest":"1"}}',
    'ledger/post.ts': '',
    'docs/a.md': '# A\n',
    'docs/dependencies.md': '# D\n',
  };

  test('a path that is not there is found; globs, placeholders and what a run makes are none', () => {
    const tree = treeOf({
      ...base,
      'README.md':
        '# R\n`ledger/post.ts` `ledger/` `ledger/psot.ts` `lib/gone.ts:3`\n`ledger/*.ts` `.omsx/data` `a/b` `subgraphs/<name>/x.ts`\n```\n`ledger/none.ts`\n```\n',
    });
    expect(missingPaths(tree)).toEqual([
      'README.md:2: there is no ledger/psot.ts',
      'README.md:2: there is no lib/gone.ts',
    ]);
  });

  test('a link that leads nowhere is found', () => {
    const tree = treeOf({
      ...base,
      'docs/a.md': '# A\n[post](../ledger/post.ts#L1) [gone](gone.md) [far](https://example.org/x.md)\n',
    });
    expect(brokenLinks(tree)).toEqual(['docs/a.md: links to docs/gone.md, which is not there']);
  });

  test('a document that no other links to is found', () => {
    const tree = treeOf({
      ...base,
      'docs/a.md': '# A\n[itself](a.md)\n',
      'docs/decisions/0001-x.md': '# X\n',
      'README.md': '# R\n[reasons](docs/dependencies.md) [decisions](docs/decisions/)\n',
    });
    expect(unlinkedDocuments(tree)).toEqual(['docs/a.md is linked from no other document']);
  });

  test('a script that package.json does not have is found', () => {
    const tree = treeOf({
      ...base,
      'README.md': '# R\n`npm start`, `npm run check`\n```\nnpm run chekc\nnpm test\n```\n',
    });
    expect(missingScripts(tree)).toEqual(['README.md:4: npm run chekc', 'README.md:5: npm test']);
  });

  test('a document with two titles or none is found; a comment in code is no title', () => {
    const tree = treeOf({
      'docs/two.md': '# A\n# B\n',
      'docs/none.md': '## A\n',
      'docs/one.md': '# A\n```\n# B\n```\n',
    });
    expect(titles(tree)).toEqual([
      'docs/two.md has 2 first-level headings',
      'docs/none.md has 0 first-level headings',
    ]);
  });

  test('a dependency without a reason is found, and a reason without a dependency', () => {
    const tree = treeOf({
      ...base,
      'docs/dependencies.md': '# D\n| package | why |\n| --- | --- |\n| `pg` | x |\n| `knex` | x |\n',
    });
    expect(dependencyReasons(tree)).toEqual([
      'jest has no line in docs/dependencies.md',
      'docs/dependencies.md explains knex, which is no dependency',
    ]);
  });

  test('a package of another platform that the lock file leaves out is found, at whichever level it would be', () => {
    const parent = { optionalDependencies: { 'fast-linux-x64': '1.0.0', 'fast-darwin-arm64': '1.0.0' } };
    const held = {
      'node_modules/fast-linux-x64': {},
      'node_modules/fast/node_modules/fast-darwin-arm64': {},
    };
    const lockOf = (packages: object): Tree => treeOf({ 'package-lock.json': JSON.stringify({ packages }) });
    expect(unlockedPackages(lockOf({ 'node_modules/fast': parent, ...held }))).toEqual([]);
    expect(unlockedPackages(lockOf({ 'node_modules/other': parent, ...held }))).toEqual([
      'package-lock.json has no node_modules/fast-darwin-arm64: npm run lock',
    ]);
  });
});

describe('scanner', () => {
  test.each([
    [`a('}') + "{" /* { */ // {`, `a('}') + "{"`, `a(   ) +`],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the program text to be scanned
    ['`a ${b({ c: `}` })} d` + e', '`a ${b({ c: `}` })} d` + e', '     b({ c:     })     + e'],
    ["x = /[/'`{]\\//g; y", "x = /[/'`{]\\//g; y", 'x =           g; y'],
    ["a / b / 'c'", "a / b / 'c'", 'a / b /'],
  ])('%s', (text, withoutComments, code) => {
    expect(blank(text, 'comments').trimEnd()).toBe(withoutComments);
    expect(blank(text, 'comments and strings').trimEnd()).toBe(code);
    expect(blank(text, 'comments and strings')).toHaveLength(text.length);
  });
});
