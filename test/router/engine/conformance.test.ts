import { type LabSubgraphs, openLab, pathsOf, runStock, shown } from './lab.ts';

interface Case {
  readonly name: string;
  readonly subgraphs: LabSubgraphs;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Where the stock executor cannot run it, or is known to be wrong. */
  readonly expected?: unknown;
}

const byId = ({ id }: { id: string }) => ({ id });

const animals: LabSubgraphs = {
  pets: {
    sdl: `type Query { pets: [Pet!] pet: Pet things: [Thing] }
      interface Pet { id: ID! name: String owner: Owner }
      type Cat implements Pet @key(fields: "id") { id: ID! name: String owner: Owner lives: Int }
      type Dog implements Pet @key(fields: "id") { id: ID! name: String owner: Owner tricks: [String!]! }
      type Owner @key(fields: "id") { id: ID! }
      union Thing = Cat | Dog | Stone
      type Stone { weight: Float }`,
    resolvers: {
      Query: {
        pets: () => PETS,
        pet: () => PETS[1],
        things: () => [PETS[0], { __typename: 'Stone', weight: 1.5 }, null, PETS[1]],
      },
    },
  },
  vets: {
    sdl: `type Cat @key(fields: "id") { id: ID! visits: [Visit] } type Dog @key(fields: "id") { id: ID! visits: [Visit] chip: String! }
      type Visit { at: String cost: Int }
      type Owner @key(fields: "id") { id: ID! phone: String }`,
    resolvers: {
      Cat: { visits: ({ id }: { id: string }) => [{ at: `cat ${id}`, cost: 1 }] },
      Dog: { visits: () => null, chip: ({ id }: { id: string }) => `chip ${id}` },
      Owner: { phone: ({ id }: { id: string }) => `+${id}` },
    },
  },
};
const PETS = [
  { __typename: 'Cat', id: 'c1', name: 'Tom', lives: 7, owner: { id: '1' } },
  { __typename: 'Dog', id: 'd1', name: 'Rex', tricks: ['sit', 'roll'], owner: { id: '2' } },
  { __typename: 'Dog', id: 'd2', name: null, tricks: [], owner: null },
];

const shop: LabSubgraphs = {
  goods: {
    sdl: `type Query { item: Item items: [Item!]! grid: [[Item]] }
      type Item @key(fields: "id") { id: ID! price(currency: Currency! = EUR): Int dims: Dims tags: [Tag!] parts: [Part] }
      type Dims { size: Int unit(of: String): String } type Tag { key: String value: String }
      interface Part { id: ID! } type Bolt implements Part { id: ID! thread: String } type Nut implements Part { id: ID! sides: Int }
      enum Currency { EUR USD }`,
    resolvers: {
      Query: {
        item: () => ({ id: '1' }),
        items: () => [{ id: '1' }, { id: '2' }],
        grid: () => [[{ id: '1' }, null], null, [], [{ id: '2' }, { id: '1' }]],
      },
      Item: {
        price: ({ id }: { id: string }, { currency }: { currency: string }) =>
          Number(id) * (currency === 'USD' ? 100 : 10),
        dims: ({ id }: { id: string }) => ({ size: Number(id) }),
        tags: () => [
          { key: 'a', value: '1' },
          { key: 'b', value: null },
        ],
        parts: () => [
          { __typename: 'Bolt', id: 'b', thread: 'M8' },
          { __typename: 'Nut', id: 'n', sides: 6 },
        ],
        __resolveReference: byId,
      },
      Dims: { unit: (_: unknown, { of }: { of: string }) => `unit of ${of}` },
    },
  },
  freight: {
    sdl: `type Item @key(fields: "id") { id: ID! price(currency: Currency! = EUR): Int @external dims: Dims @external
        tags: [Tag!] @external parts: [Part] @external
        freight: String @requires(fields: "price(currency: USD) dims { size unit(of: \\"cm\\") }")
        label: String @requires(fields: "tags { key value }")
        screws: String @requires(fields: "parts { id ... on Bolt { thread } ... on Nut { sides } }") }
      type Dims @shareable { size: Int unit(of: String): String } type Tag @shareable { key: String value: String }
      interface Part { id: ID! } type Bolt implements Part @shareable { id: ID! thread: String } type Nut implements Part @shareable { id: ID! sides: Int }
      enum Currency { EUR USD }`,
    resolvers: {
      Item: {
        freight: (item: { price: number; dims: unknown }) => `${item.price} ${JSON.stringify(item.dims)}`,
        label: (item: { tags: unknown }) => JSON.stringify(item.tags),
        screws: (item: { parts: { id: string; thread?: string; sides?: number }[] }) =>
          item.parts.map(({ id, thread, sides }) => `${id}${thread ?? ''}${sides ?? ''}`).join(),
      },
    },
  },
};
const goodsShared = {
  ...shop,
  goods: {
    ...shop.goods,
    sdl: (shop.goods?.sdl ?? '')
      .replace('type Dims {', 'type Dims @shareable {')
      .replace('type Tag {', 'type Tag @shareable {')
      .replace('type Bolt implements Part {', 'type Bolt implements Part @shareable {')
      .replace('type Nut implements Part {', 'type Nut implements Part @shareable {'),
  },
} as LabSubgraphs;

const shared: LabSubgraphs = {
  left: {
    sdl: `type Query @shareable { me: Me! both: Both list: [Both] } type Me @shareable { name: String } type Both @shareable { deep: Deep same: Int } type Deep { l: Int } `,
    resolvers: {
      Query: {
        me: () => ({ name: 'l' }),
        both: () => ({ deep: { l: 1 }, same: 1 }),
        list: () => [{ deep: { l: 1 } }, { deep: { l: 2 } }],
      },
    },
  },
  right: {
    sdl: `type Query @shareable { both: Both list: [Both] } type Both @shareable { other: Int! same: Int extra: Extra } type Extra { r: String }`,
    resolvers: {
      Query: {
        both: () => ({ other: 2, same: 1, extra: { r: 'r' } }),
        list: () => [{ other: 1 }, { other: 2, extra: { r: 'x' } }],
      },
    },
  },
};

const CASES: readonly Case[] = [
  {
    name: 'fragments on abstract types, by runtime type',
    subgraphs: animals,
    query: `{ pets { __typename ... on Pet { id name } ... on Cat { lives visits { at } } ... on Dog { tricks visits { cost } chip } owner { phone } }
      things { ... on Stone { weight } ... on Pet { name } ...D } } fragment D on Dog { chip tag: chip }`,
  },
  {
    name: 'the same name for different fields of different types',
    subgraphs: animals,
    query:
      '{ pets { ... on Cat { x: name y: visits { z: at } } ... on Dog { x: name y: visits { z: at } } } things { ... on Cat { x: id } ... on Stone { x: __typename } } }',
  },
  {
    name: 'an abstract type without its type name',
    subgraphs: animals,
    query: '{ pet { name owner { phone } } things { ... on Cat { visits { at } } } }',
  },
  {
    name: 'a fragment that asks for nothing but the type',
    subgraphs: animals,
    query:
      '{ pets { ... on Cat { __typename } name ...D } things { ... on Dog { t: __typename } } } fragment D on Dog { u: __typename }',
  },
  {
    name: '@requires with arguments, nested',
    subgraphs: goodsShared,
    query: '{ items { id freight } }',
  },
  {
    name: '@requires of a list of values',
    subgraphs: goodsShared,
    query: '{ items { label } item { label tags { key } } }',
  },
  {
    name: '@requires with fragments on an abstract type',
    subgraphs: goodsShared,
    query: '{ item { screws parts { __typename } } }',
  },
  {
    name: '@requires whose fields the client asks for with other arguments and under their own names',
    subgraphs: goodsShared,
    query:
      '{ item { price dollars: price(currency: USD) dims { size: unit(of: "in") x: size unit } freight tags { value: key } label } }',
    // The stock gateway hands on what the client happened to ask for under these names: 10, and "unit of in".
    expected: {
      item: {
        price: 10,
        dollars: 100,
        dims: { size: 'unit of in', x: 1, unit: 'unit of undefined' },
        freight: '100 {"size":1,"unit":"unit of cm"}',
        tags: [{ value: 'a' }, { value: 'b' }],
        label: '[{"key":"a","value":"1"},{"key":"b","value":null}]',
      },
    },
  },
  {
    name: 'lists of lists, with nulls',
    subgraphs: goodsShared,
    query: '{ grid { id freight price(currency: USD) } }',
  },
  {
    name: 'root fields and values that several subgraphs share',
    subgraphs: shared,
    query: '{ both { deep { l } other extra { r } same } list { deep { l } other extra { r } } me { name } }',
  },
];

describe.each(['hive', 'apollo'] as const)('with the planner of %s', (planner) => {
  test.each(CASES.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const lab = await openLab(one.subgraphs, { planner });
    try {
      const variables = one.variables ?? {};
      const result = await lab.run(one.query, { variables });
      const stock =
        'expected' in one
          ? { data: one.expected, paths: [] }
          : await runStock(one.subgraphs, one.query, variables);
      expect(shown(result).data).toEqual(stock.data);
      expect(pathsOf(result.errors)).toEqual(stock.paths);
    } finally {
      await lab.close();
    }
  });
});
