import { GraphQLError, getIntrospectionQuery } from 'graphql';
import { COST_MAX, createDemand, type DemandOptions } from '../../../router/protection/cost.ts';
import { SATURATED } from '../../../router/protection/formula.ts';
import { readSupergraph } from '../../../router/supergraph/read.ts';
import type { Supergraph } from '../../../router/supergraph/supergraph.ts';
import { readSupergraph as readOurText } from '../../harness/supergraph.ts';
import { compose, composeSdl, operationOf } from './compose.ts';

const sdl = composeSdl({
  shop: `
    type Query {
      one: Item
      many: [Item!]!
      grid: [[Item]]
      names: [String]
      sized(first: Int, last: Int): [Item] @listSize(slicingArguments: ["first", "last"])
      loose(first: Int, last: Int = 3): [Item]
        @listSize(assumedSize: 7, slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
      always: [Item] @listSize(assumedSize: 50)
      deep(page: Page): [Item] @listSize(assumedSize: 10)
      search(first: Int): Results @listSize(slicingArguments: ["first"], sizedFields: ["hits", "extras"])
      items(first: Int, last: Int): ItemConnection
      byIds(ids: [ID!]!): [Item]
      limited(first: Int): [Item]
      either(first: Int = 5, last: Int): [Item] @listSize(slicingArguments: ["first", "last"])
      wrapped(in: Wrapper): Int
      shelves(first: Int): [Results] @listSize(slicingArguments: ["first"], sizedFields: ["hits"])
      heavy: Heavy
      heavies: [Heavy] @listSize(assumedSize: 2)
      dear: Int @cost(weight: 30)
      report(of: Report, tags: [String] @cost(weight: 2), raw: Raw, rawList: [Raw]): Int
      thing: Thing
      things: [Thing]
    }
    type Mutation { buy: Item free: Int @cost(weight: 0) slow: Int @cost(weight: 100) }
    type Subscription { item: Item }
    input Page { size: Int }
    input Wrapper { inside: Inside } input Inside { around: Wrapper report: Report }
    input Report { rows: Int @cost(weight: 5) more: [Report] note: String }
    scalar Raw @cost(weight: 4)
    type Item { id: ID! name: String parts: [Item] tags: [String] price: Price owner: Owner }
    enum Price @cost(weight: 3) { LOW HIGH }
    type Owner { id: ID! items(first: Int, last: Int): ItemConnection }
    type ItemConnection { edges: [ItemEdge] nodes: [Item] info: Owner }
    type ItemEdge { node: Item cursor: String }
    type Results { hits: [Item] extras: [Item] best: Item total: Int }
    type Heavy @cost(weight: 12) { id: ID! work: Int @cost(weight: 2) }
    interface Thing { id: ID! list(first: Int): [Item] cost: Int }
    type Light implements Thing { id: ID! list(first: Int): [Item] cost: Int light: Item }
    type Big implements Thing @cost(weight: 40) {
      id: ID! list(first: Int): [Item] @listSize(assumedSize: 60) cost: Int @cost(weight: 9) big: Item bigs: [Item] }`,
});
// The specification has paths, which this composition does not know.
const supergraph = readSupergraph(
  sdl.replace('@listSize(assumedSize: 10)', '@listSize(slicingArguments: ["page.size"])'),
);

function estimate(
  text: string,
  variables: Readonly<Record<string, unknown>> = {},
  options: DemandOptions = {},
  of: Supergraph = supergraph,
): number {
  return createDemand(of, { mode: 'measure', ...options }).estimate(operationOf(of, text), variables);
}

describe('weights', () => {
  test.each([
    ['an object is 1, a leaf nothing', '{ one { id name } }', 1],
    ['each object on the way counts', '{ one { owner { id } } }', 2],
    ['a list of unknown length is 10', '{ many { id } }', 10],
    ['a list in a list is 10 times 10', '{ grid { id } }', 100],
    ['a list of leaves is free', '{ names one { tags } }', 1],
    ['lists multiply', '{ many { parts { parts { id } } } }', 10 * (1 + 10 * (1 + 10))],
    ['a type may weigh more', '{ heavy { id } }', 12],
    ['the weight of a field is added for each object', '{ heavies { work } }', 2 * (12 + 2)],
    ['a leaf may weigh', '{ one { price } many { price } }', 1 + 3 + 10 * (1 + 3)],
    ['a field may weigh', '{ dear }', 30],
    ['a field of a mutation is 10', 'mutation { buy { id } again: buy { id } }', 22],
    ['unless it says otherwise', 'mutation { free slow }', 100],
    ['a subscription costs what one of its messages does', 'subscription { item { id } }', 1],
    ['an interface is as heavy as its heaviest type', '{ thing { id } }', 40],
    ['and so are its fields', '{ thing { cost } }', 49],
  ])('%s', (_, text, expected) => {
    expect(estimate(text)).toBe(expected);
  });

  test('input costs what is said of arguments, of input fields and of scalars', () => {
    expect(estimate('{ report }')).toBe(0);
    expect(estimate('{ report(of: { rows: 1, note: "x" }) }')).toBe(5);
    expect(
      estimate('{ report(of: { rows: 1, more: [{ rows: 2 }, { more: { rows: null } }, { rows: 3 }] }) }'),
    ).toBe(15);
    expect(estimate('{ report(tags: ["a", "b"]) }')).toBe(2);
    expect(estimate('{ report(raw: "x", rawList: [1, 2, 3]) }')).toBe(16);
    expect(estimate('{ wrapped(in: { inside: { around: { inside: { report: { rows: 1 } } } } }) }')).toBe(5);
    const text = 'query ($of: Report, $raw: Raw) { report(of: $of, raw: $raw) }';
    expect(estimate(text)).toBe(0);
    expect(estimate(text, { of: { rows: 1, more: [{ rows: 2 }] }, raw: { any: ['thing'] } })).toBe(14);
    expect(estimate('query ($n: Int) { report(of: { more: [{ rows: $n }] }) }', { n: 1 })).toBe(5);
  });

  test('weights and list sizes are known by the names that the supergraph gives them', () => {
    const renamed = compose({
      a: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
            import: [{ name: "@cost", as: "@price" }, { name: "@listSize", as: "@length" }])
          type Query { x: Int @price(weight: 5) list: [T] @length(assumedSize: 3) }
          type T { x: Int }`,
    });
    expect(estimate('{ x list { x } }', {}, {}, renamed)).toBe(8);
  });

  test('the dearest of several types counts, since an object is of one', () => {
    expect(
      estimate('{ thing { ... on Light { light { id } } ... on Big { bigs { id } big { id } } } }'),
    ).toBe(40 + 11);
    expect(estimate('{ things { id ... on Light { light { id } } ... on Thing { id } } }')).toBe(10 * 41);
  });

  test('the rule for a list of an implementation holds on its interface too', () => {
    expect(estimate('{ thing { list { id } } }')).toBe(40 + 60);
  });
});

describe('lists', () => {
  test.each([
    ['an argument says it', '{ sized(first: 5) { id } }', 5],
    ['of several the largest', '{ loose(first: 5, last: 9) { id } }', 9],
    ['the default of the schema', '{ loose { id } }', 3],
    ['assumed', '{ always { id } }', 50],
    ['null says nothing', '{ loose(last: null) { id } }', 7],
    ['inside an input object', '{ deep(page: { size: 4 }) { id } }', 4],
    [
      'of several fields of the object returned',
      '{ search(first: 4) { hits { id } extras { id } best { id } } }',
      1 + 4 + 4 + 1,
    ],
    ['none', '{ sized(first: 0) { owner { id } } }', 0],
    ['a connection by custom', '{ items(first: 30) { edges { node { id } } info { id } } }', 1 + 30 * 2 + 1],
    ['a connection that does not say', '{ items { nodes { id } } }', 21],
    ['as many as there are ids', '{ byIds(ids: ["a", "b", "c"]) { id } }', 3],
    ['first of a plain list by custom', '{ limited(first: 3) { id } x: limited { id } }', 13],
    [
      'through fragments',
      '{ items(first: 5) { ...F } } fragment F on ItemConnection { ... { edges { cursor } } }',
      6,
    ],
    ['a negative length says nothing', '{ items(first: -1000) { nodes { id } } }', 21],
    ['an argument given goes before the default of another', '{ either(last: 2) { id } }', 5],
    [
      'a list whose objects have the lists that are sized',
      '{ shelves(first: 3) { hits { id } } }',
      10 * (1 + 3),
    ],
  ])('%s', (_, text, expected) => {
    expect(estimate(text)).toBe(expected);
  });

  test('variables are looked at, each time', () => {
    const demand = createDemand(supergraph, { mode: 'measure' });
    const text =
      'query ($n: Int, $page: Page) { items(first: $n) { nodes { id } } deep(page: $page) { id } }';
    const operation = operationOf(supergraph, text);
    expect(demand.estimate(operation, { n: 3, page: { size: 2 } })).toBe(6);
    expect(demand.estimate(operation, { n: 100, page: { size: 1 } })).toBe(102);
    expect(demand.estimate(operation, {})).toBe(31);
    expect(demand.estimate(operation, { n: null, page: null })).toBe(31);
  });

  test('a variable of a name that objects inherit is not given unless it is', () => {
    const text =
      'query ($constructor: Int, $__proto__: Int) { a: sized(first: $constructor) { id } b: items(last: $__proto__) { nodes { id } } }';
    expect(estimate(text)).toBe(10 + 21);
    expect(() => estimate(text, {}, { mode: 'enforce' })).toThrow('0 are given');
    expect(estimate(text, JSON.parse('{ "constructor": 2, "__proto__": 3 }'))).toBe(2 + 4);
  });

  test('where one slicing argument is asked for, none or two are refused', () => {
    for (const [text, variables, count] of [
      ['{ sized { id } }', {}, 0],
      ['{ sized(first: 1, last: 1) { id } }', {}, 2],
      ['query ($n: Int) { sized(first: $n) { id } }', {}, 0],
      ['query ($n: Int) { sized(first: $n, last: 2) { id } }', { n: 3 }, 2],
      ['query ($n: Int) { sized(first: $n) { id } }', { n: null }, 0],
    ] as const) {
      expect(() => estimate(text, variables, { mode: 'enforce' })).toThrow(
        `Query.sized needs exactly one of its arguments first, last; ${count} are given.`,
      );
      expect(estimate(text, variables)).toBeGreaterThan(0);
    }
    expect(estimate('query ($n: Int) { sized(first: $n, last: 2) { id } }', {}, { mode: 'enforce' })).toBe(2);
    expect(estimate('{ either(last: 2) { id } }', {}, { mode: 'enforce' })).toBe(5);
    // What is skipped need not be right.
    expect(estimate('{ sized @skip(if: true) { id } }', {}, { mode: 'enforce' })).toBe(0);
  });
});

describe('formulas', () => {
  test('what is selected twice is counted once', () => {
    expect(
      estimate(
        '{ many { owner { id } } many { owner { id } ...F ...F } } fragment F on Item { owner { id } }',
      ),
    ).toBe(20);
    expect(estimate('{ a: many { id } b: many { id } }')).toBe(20);
  });

  test('skip and include are decided by the variables', () => {
    const text =
      'query ($a: Boolean!, $b: Boolean!) { one { id } many @include(if: $a) { ... @skip(if: $b) { owner { id } } } names @skip(if: true) }';
    for (const [a, b, expected] of [
      [false, false, 1],
      [true, false, 21],
      [true, true, 11],
    ] as const) {
      expect(estimate(text, { a, b })).toBe(expected);
    }
  });

  test('of very many conditions all count as included', () => {
    const names = Array.from({ length: 9 }, (_, i) => `v${i}`);
    const text = `query (${names.map((name) => `$${name}: Boolean!`).join(' ')}) {
      ${names.map((name) => `${name}: one @include(if: $${name}) { id }`).join(' ')} }`;
    expect(estimate(text, {})).toBe(9);
  });

  test('an operation whose fragments stand for 2^40 fields is worked out without filling them in', () => {
    const chain = (count: number, of: (next: string) => string) => {
      const fragments = Array.from(
        { length: count },
        (_, i) => `fragment F${i} on Item { ${of(`...F${i + 1}`)} }`,
      );
      return `query ($n: Int) { one { ...F0 } } ${fragments.join(' ')} fragment F${count} on Item { id }`;
    };
    const page = (next: string) => `owner { items(first: $n) { nodes { ${next} } } }`;
    const forked = (count: number) => chain(count, (next) => `a: ${page(next)} b: ${page(next)}`);
    expect(estimate(forked(2), { n: 1 })).toBe(1 + 2 * 3 + 4 * 3);
    expect(estimate(forked(40), { n: 1 })).toBe(1 + 3 * (2 ** 41 - 2));
    expect(estimate(forked(40), { n: 1e9 })).toBe(SATURATED);
    const twice = chain(40, (next) => `${next} ${next}`);
    expect(
      estimate(twice.replace('$n: Int', '$n: Boolean = false').replace('{ id }', '{ id @include(if: $n) }')),
    ).toBe(1);
  });

  test('a document of several operations costs what the one that runs costs', () => {
    const operation = operationOf(supergraph, 'query A { one { id } } query B { many { id } }', 'A');
    expect(createDemand(supergraph).estimate(operation, {})).toBe(1);
  });
});

describe('limits', () => {
  test('an operation over the maximum is refused with both numbers', () => {
    const refusal = (() => {
      try {
        estimate('{ many { parts { id } } }', {}, { mode: 'enforce', costMax: 109 });
        return null;
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(GraphQLError);
    expect(refusal).toMatchObject({
      extensions: { code: 'COST_LIMIT_EXCEEDED', estimate: 110, maximum: 109 },
    });
    expect(estimate('{ many { parts { id } } }', {}, { mode: 'enforce', costMax: 110 })).toBe(110);
  });

  test('measuring refuses nothing', () => {
    expect(estimate('{ many { parts { id } } }', {}, { costMax: 1 })).toBe(110);
  });

  test('reading the whole schema costs a tenth of its parts, and every alias costs it again', () => {
    const ours = readSupergraph(readOurText());
    const whole = estimate(
      getIntrospectionQuery({ inputValueDeprecation: true }),
      {},
      { mode: 'enforce' },
      ours,
    );
    expect(whole).toBeGreaterThan(500);
    // Developers' tools ask for all of it in one request.
    expect(whole).toBeLessThan(COST_MAX / 5);
    const types = 'types { fields { args { name } } }';
    const many = `{ __schema { ${Array.from({ length: 100 }, (_, i) => `a${i}: ${types}`).join(' ')} } }`;
    expect(() => estimate(many, {}, { mode: 'enforce' }, ours)).toThrow('ask for shorter lists');
  });

  test("a page of our own schema's connections costs by first", () => {
    const ours = readSupergraph(readOurText());
    const text = 'query ($n: Int) { transactions(first: $n) { edges { node { id } } } }';
    expect(estimate(text, { n: 100 }, { mode: 'enforce' }, ours)).toBe(201);
    expect(() => estimate(text, { n: 1e9 }, { mode: 'enforce' }, ours)).toThrow('2000000001');
  });
});
