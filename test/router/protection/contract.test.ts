import { execFile } from 'node:child_process';
import { ROUTER_SUPPORTED_SUPERGRAPH_FEATURES, Supergraph } from '@apollo/federation-internals';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { projectRoot } from '../../../platform/paths.ts';
import { ContractError, type ContractOptions, contractOf } from '../../../router/supergraph/contract.ts';
import { readSupergraph } from '../../../router/supergraph/read.ts';
import { SupergraphError } from '../../../router/supergraph/supergraph.ts';
import { composeSdl } from './compose.ts';

const sdl = composeSdl({
  a: `
    type Query {
      me: User
      secret(by: String): Secret @tag(name: "internal")
      find(text: String, deep: Boolean @tag(name: "internal"), mode: Mode = FAST, how: How): [Found]
      node: Node
    }
    type Mutation { reset: Boolean @tag(name: "internal") }
    interface Node { id: ID! note: String @tag(name: "internal") }
    type User implements Node @key(fields: "id") {
      id: ID!
      name: String
      note: String @tag(name: "internal")
      salary: Money @tag(name: "internal")
    }
    type Secret @tag(name: "internal") { word: String }
    type Wholly { one: Int @tag(name: "internal") two: Int @tag(name: "internal") }
    type Thing { id: ID! whole: Wholly @tag(name: "internal") }
    union Found = User | Secret | Thing
    union Hidden = Secret | Wholly
    enum Mode { FAST SLOW @tag(name: "internal") }
    input How { limit: Int trace: Boolean @tag(name: "internal") }
    scalar Money @tag(name: "internal")`,
  b: `
    type Query { other: Int }
    type User @key(fields: "id") { id: ID! age: Int @tag(name: "partner") }`,
});

const exclude = (tag: string): ContractOptions => ({ include: [], exclude: [tag] });
const include = (tag: string): ContractOptions => ({ include: [tag], exclude: [] });

/** `Type: parts` of what clients see, by both readers of supergraphs, which have to agree. */
function seen(contract: string): Readonly<Record<string, string>> {
  const ours = readSupergraph(contract).apiSchema;
  const theirs = Supergraph.build(contract, {
    supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
  }).apiSchema();
  const types = Object.values(ours.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  const names = types
    .map(({ name }) => name)
    .filter((name) => !BUILT_IN.has(name))
    .sort();
  expect(
    [...theirs.types()]
      .map(({ name }) => name)
      .filter((name) => !BUILT_IN.has(name))
      .sort(),
  ).toEqual(names);
  return Object.fromEntries(names.map((name) => [name, partsOf(ours.getType(name))]));
}

const BUILT_IN = new Set(['String', 'Int', 'Float', 'Boolean', 'ID']);

function partsOf(type?: GraphQLNamedType): string {
  if (isObjectType(type) || isInterfaceType(type)) {
    return Object.values(type.getFields())
      .map(({ name, args }) => (args.length === 0 ? name : `${name}(${args.map((one) => one.name)})`))
      .join(' ');
  }
  if (isInputObjectType(type)) return Object.keys(type.getFields()).join(' ');
  if (isUnionType(type)) return type.getTypes().join(' ');
  return isEnumType(type)
    ? type
        .getValues()
        .map(({ name }) => name)
        .join(' ')
    : '';
}

function faultsOf(text: string, options: ContractOptions): readonly string[] {
  try {
    contractOf(text, options);
    return [];
  } catch (error) {
    if (error instanceof ContractError) return error.faults;
    throw error;
  }
}

test('what has a tag to leave out is not seen: fields, types, arguments, values, input fields, scalars, members', () => {
  expect(seen(contractOf(sdl, exclude('internal')))).toEqual({
    Query: 'me find(text,mode,how) node other',
    Node: 'id',
    User: 'id name age',
    Thing: 'id',
    Found: 'User Thing',
    Mode: 'FAST',
    How: 'limit',
  });
});

test('the contract is a supergraph that has everything for plans, and of which a contract can be made again', () => {
  const contract = contractOf(sdl, exclude('internal'));
  const read = readSupergraph(contract);
  expect(read.directives.inaccessible).toBe('inaccessible');
  expect(Object.keys(read.schema.getTypeMap())).toEqual(
    expect.arrayContaining(['Secret', 'Wholly', 'Hidden', 'Money', 'join__Graph']),
  );
  expect([...read.subgraphs.keys()]).toEqual(['a', 'b']);
  expect(contractOf(contract, exclude('internal'))).toBe(contract);
  expect(seen(contractOf(contract, exclude('partner')))).toMatchObject({ User: 'id name' });
});

test('marks that are there stay, under the name that the supergraph gives them', () => {
  const marked = composeSdl({
    a: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
          import: [{ name: "@tag", as: "@label" }, { name: "@inaccessible", as: "@hidden" }])
        type Query { a: Int b: Int @hidden c: Int @label(name: "x") @hidden d: Int @label(name: "x") }`,
  });
  const contract = contractOf(marked, exclude('x'));
  expect(seen(contract)).toEqual({ Query: 'a' });
  expect(contract.match(/c: Int.*/)?.[0].match(/@hidden/g)).toHaveLength(1);
  expect(contract).not.toContain('directive @inaccessible');
});

describe('tags to keep', () => {
  const tagged = composeSdl({
    a: `
      type Query { open: Open @tag(name: "p") closed: Int half(x: Int, y: Int @tag(name: "q")): Half @tag(name: "p") any: Any @tag(name: "p") }
      type Open @tag(name: "p") { a: Int b: Int @tag(name: "q") mode: Mode }
      type Half { kept: Int @tag(name: "p") gone: Int }
      type Gone { gone: Int }
      union Any @tag(name: "p") = Open | Half | Gone
      union Other = Open | Half
      enum Mode { A B }
      input Unused { x: Int }`,
  });

  test('fields need one, or their type does; types are kept that have a field left; the rest is kept', () => {
    expect(seen(contractOf(tagged, include('p')))).toEqual({
      Query: 'open half(x,y) any',
      Open: 'a b mode',
      Half: 'kept',
      Any: 'Open Half',
      Mode: 'A B',
      Unused: 'x',
    });
  });

  test('a tag to leave out goes before one to keep', () => {
    expect(seen(contractOf(tagged, { include: ['p'], exclude: ['q'] }))).toMatchObject({
      Query: 'open half(x) any',
      Open: 'a mode',
    });
  });
});

describe('types that nothing leads to', () => {
  const reach = composeSdl({
    a: `
      type Query { a: A gone: B @tag(name: "x") i: I f(in: In): U }
      type A implements J { id: Int e: E j: C }
      interface J { id: Int j: K }
      interface K { id: Int }
      type C implements K { id: Int }
      type Lost implements J { id: Int j: K }
      interface I { id: Int }
      type M implements I { id: Int only: S }
      type B { id: Int deep: D }
      type D { id: Int }
      union U = N
      type N { id: Int @tag(name: "kept") }
      union V @tag(name: "kept") = N
      enum E { X }
      input In { in: Inner }
      input Inner { e: F }
      enum F { Y }
      scalar S`,
  });

  test('are hidden when asked for, but not what stands behind an interface or in an input', () => {
    const all = Object.keys(seen(contractOf(reach, exclude('x'))));
    expect(all).toEqual(expect.arrayContaining(['B', 'D', 'Lost', 'V']));
    const some = Object.keys(seen(contractOf(reach, { ...exclude('x'), hideUnreachable: true })));
    expect(all.filter((name) => !some.includes(name)).sort()).toEqual(['B', 'D', 'Lost', 'V']);
  });

  test('are kept when they have a tag to keep', () => {
    const some = contractOf(
      composeSdl({
        a: `type Query { a: Int @tag(name: "k") } enum Kept @tag(name: "k") { X } enum Lost { X }
            type Free @tag(name: "k") { x: Int }`,
      }),
      { ...include('k'), hideUnreachable: true },
    );
    expect(Object.keys(seen(some))).toEqual(['Free', 'Kept', 'Query']);
  });
});

describe('what makes no contract', () => {
  const one = (schema: string): string => composeSdl({ a: schema });
  const x = '@tag(name: "x")';

  test.each<[string, string, readonly string[]]>([
    [
      'a field of a type that is left out',
      `type Query { a: Int s: S l: [S!]! } type S ${x} { i: Int }`,
      [
        'Query.s is kept but of type S, which is left out.',
        'Query.l is kept but of type S, which is left out.',
      ],
    ],
    [
      'a type of which all fields are left out',
      `type Query { a: Int s: S } type S { i: Int ${x} }`,
      ['Query.s is kept but of type S, which is left out.'],
    ],
    [
      'a type of which the rest was inaccessible before',
      `type Query { a: Int s: S } type S { i: Int ${x} j: Int @inaccessible }`,
      ['Query.s is kept but of type S, which is left out.'],
    ],
    [
      'a union of which all members are left out',
      `type Query { a: Int u: U } type S ${x} { i: Int } union U = S`,
      ['Query.u is kept but of type U, which is left out.'],
    ],
    [
      'an enum of which all values are left out',
      `type Query { a(e: E): Int } enum E { A ${x} B ${x} }`,
      ['Query.a(e:) is kept but of type E, which is left out.'],
    ],
    ['no query at all', `type Query { a: Int ${x} } type S { i: Int }`, ['Query would have no fields.']],
    [
      'a required argument',
      `type Query { a(r: Int! ${x}, o: Int! = 1 ${x}): Int }`,
      ['Query.a(r:) is left out but required: nobody could give it.'],
    ],
    [
      'a required input field',
      `type Query { a(i: I): Int } input I { r: Int! ${x} o: Int ${x} k: Int }`,
      ['I.r is left out but required: nobody could give it.'],
    ],
    [
      'an input of a type that is left out',
      `type Query { a(i: I, s: S): Int } input I { s: S k: Int } scalar S ${x}`,
      [
        'I.s is kept but of type S, which is left out.',
        'Query.a(s:) is kept but of type S, which is left out.',
      ],
    ],
    [
      'a default that is left out',
      `type Query { a(e: [E] = [A, B], i: I = { j: { k: 1, l: 2 } }): Int }
      enum E { A B ${x} } input I { j: J } input J { k: Int l: Int ${x} }`,
      [
        'Query.a(e:) is B by default, which is left out.',
        'Query.a(i:) sets l by default, which is left out.',
      ],
    ],
    [
      'an implementation that lacks a field',
      `type Query { n: N } interface N { a: Int b(c: Int, d: Int): Int }
      type T implements N { a: Int ${x} b(c: Int ${x}, d: Int): Int }`,
      ['T.a is left out, but N.a is kept.', 'T.b(c:) is left out, but N.b(c:) is kept.'],
    ],
    [
      'an implementation with a required argument of its own',
      `type Query { n: N } interface N { b(c: Int! = 1 ${x}): Int }
      type T implements N { b(c: Int!): Int }`,
      ['T.b(c:) is required, but N.b(c:) is left out.'],
    ],
  ])('%s', (_, schema, faults) => {
    expect([...faultsOf(one(schema), exclude('x'))].sort()).toEqual([...faults].sort());
  });

  test('tags that nothing has, that are given twice or not at all', () => {
    const text = one(`type Query { a: Int b: Int ${x} }`);
    expect(faultsOf(text, exclude('y'))).toEqual(['Nothing is tagged "y"; there are: x.']);
    expect(faultsOf(text, { include: ['x'], exclude: ['x'] })).toEqual([
      '"x" cannot be both included and excluded.',
    ]);
    expect(faultsOf(text, { include: [], exclude: [] })).toEqual([
      'No tag is given to include or to exclude.',
    ]);
    expect(faultsOf(one('type Query { a: Int }'), exclude('x'))[0]).toMatch('does not link');
    expect(() => contractOf('type Query { a: Int }', exclude('x'))).toThrow(SupergraphError);
  });
});

describe('npm run contract', () => {
  async function run(
    args: readonly string[],
    input: string,
  ): Promise<{ code: number; out: string; err: string }> {
    return await new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        ['node_modules/tsx/dist/cli.mjs', 'scripts/contract.ts', ...args],
        { cwd: projectRoot },
        (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
      child.stdin?.end(input);
    });
  }

  test('writes the contract, or says what is wrong and ends with 1', async () => {
    const [good, bad, nonsense] = await Promise.all([
      run(['--exclude', 'internal', '--hide-unreachable'], sdl),
      run(['--exclude', 'internl'], sdl),
      run(['--nonsense'], sdl),
    ]);
    expect(good).toEqual({
      code: 0,
      err: '',
      out: contractOf(sdl, { ...exclude('internal'), hideUnreachable: true }),
    });
    expect(bad).toEqual({
      code: 1,
      out: '',
      err: 'Nothing is tagged "internl"; there are: internal, partner.\n',
    });
    expect(nonsense).toMatchObject({ code: 1, out: '', err: expect.stringContaining('--nonsense') });
  });
});
