import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../platform/paths.ts';
import { readManifest } from '../../../router/operation/manifest.ts';
import { collect } from '../../../scripts/documents/collect.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-extraction-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

interface Ran {
  readonly out: string;
  readonly code: number;
}

const listed = (): string => join(folder, 'list.json');

/** What `npm run documents` does with patterns below the folder. */
async function run(...args: readonly string[]): Promise<Ran> {
  const texts: string[] = [];
  const say = (text: string): void => void texts.push(text);
  try {
    const code = collect(['--out', listed(), ...args], { out: say, err: say });
    return { out: texts.join(''), code };
  } catch (error) {
    return { out: (error as Error).message, code: 1 };
  }
}

/** The same as a process, which takes a second to start. */
async function runProcess(...args: readonly string[]): Promise<Ran> {
  const script = ['node_modules/tsx/dist/cli.mjs', 'scripts/documents.ts', '--out', listed()];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...script, ...args], {
      cwd: projectRoot,
    });
    return { out: stdout, code: 0 };
  } catch (error) {
    const { stderr, code } = error as { readonly stderr: string; readonly code: number };
    return { out: stderr, code };
  }
}

const read = async (): Promise<{
  readonly operations: readonly { name: string; type: string; body: string }[];
}> => JSON.parse(await readFile(join(folder, 'list.json'), 'utf8'));

test('operations of all kinds of sources are listed with the fragments they use, sorted', async () => {
  await write(
    'b.graphql',
    'query Zebra { organization { ...Names } }\nfragment Names on Organization { name }',
  );
  await write(
    'deep/er/a.tsx',
    [
      "import { gql } from 'x';",
      `const used = gql\`query Apple($id: ID!) { account(id: $id) { ...Part } } \${PART}\`;`,
      'export const PART = gql(/* GraphQL */ `fragment Part on Account { id asset { ...Whole } }`);',
      'const c = /* GraphQL */ `mutation Cancel($i: CancelTransactionInput!) { cancelTransaction(input: $i) { __typename } }`;',
      'const none = `query Not { thing }`;',
    ].join('\n'),
  );
  await write('deep/whole.gql', 'fragment Whole on Asset { code scale }');
  await write('deep/node_modules/x/skipped.graphql', 'query Skipped { organization { name } }');
  expect(await runProcess(`${folder}/**/*.{graphql,gql,tsx}`)).toEqual({
    out: `${join(folder, 'list.json')}: 3 operations\n`,
    code: 0,
  });
  const { operations } = await read();
  expect(operations.map(({ name, type }) => [name, type])).toEqual([
    ['Apple', 'query'],
    ['Cancel', 'mutation'],
    ['Zebra', 'query'],
  ]);
  expect(operations[0]?.body.replace(/\s+/g, ' ')).toBe(
    'query Apple($id: ID!) { account(id: $id) { ...Part } } fragment Part on Account { id asset { ...Whole } } fragment Whole on Asset { code scale }',
  );
  const text = await readFile(join(folder, 'list.json'), 'utf8');
  expect(readManifest(text).size).toBe(3);
  expect((await run('--check', `${folder}/deep`, `${folder}/b.graphql`)).code).toBe(0);
  await run(`${folder}/deep`, `${folder}/b.graphql`);
  expect(await readFile(join(folder, 'list.json'), 'utf8')).toBe(text);
});

test('a stale list is told by --check', async () => {
  await write('a.graphql', 'query A { organization { name } }');
  expect(await runProcess('--check', folder)).toEqual({ out: expect.stringContaining('is stale'), code: 1 });
});

test('__typename is added below the root where it is asked for', async () => {
  await write(
    'a.graphql',
    'query A { organization { name } account(id: "a") { __typename ... on Account { id } } }',
  );
  await run('--add-typename', `${folder}/a.graphql`);
  const [operation] = (await read()).operations;
  expect(operation?.body.replace(/\s+/g, ' ')).toBe(
    'query A { organization { name __typename } account(id: "a") { __typename ... on Account { id __typename } } }',
  );
});

test.each([
  ['query A { nothing }', 'A: Cannot query field "nothing" on type "Query".'],
  ['{ organization { name } }', 'an operation has no name'],
  ['query A { organization { name } } query A { __typename }', 'operation A is another in'],
  ['query A { organization { ...Gone } }', 'A: Unknown fragment "Gone".'],
  ['query A {', 'a.graphql: Syntax Error'],
])('%s is refused and says why', async (text, message) => {
  await write('a.graphql', text);
  expect(await run(folder)).toEqual({ out: expect.stringContaining(message), code: 1 });
  await expect(read()).rejects.toThrow('ENOENT');
});

test('a pattern without files is refused', async () => {
  expect(await runProcess(`${folder}/*.graphql`)).toEqual({
    out: expect.stringContaining('there is no such file'),
    code: 1,
  });
});
