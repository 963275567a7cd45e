import { type LabSubgraphs, openLab, pathsOf, runStock, shown } from './lab.ts';

interface Case {
  readonly name: string;
  readonly subgraphs: LabSubgraphs;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly expected?: unknown;
}

const byId = ({ id }: { id: string }) => ({ id });

/** `Media` is an interface in one subgraph and an object in two others. */
const interfaceObjects: LabSubgraphs = {
  library: {
    sdl: `type Query { all: [Media!]! } interface Media @key(fields: "id") { id: ID! title: String }
      type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
      type Film implements Media @key(fields: "id") { id: ID! title: String minutes: Int }`,
    resolvers: {
      Query: { all: () => MEDIA },
      Media: { __resolveReference: ({ id }: { id: string }) => MEDIA.find((one) => one.id === id) ?? null },
    },
  },
  ratings: {
    sdl: `type Query { best: Media worst: [Media] } type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int related: [Media!] }`,
    resolvers: {
      Query: { best: () => ({ id: 'f' }), worst: () => [{ id: 'b' }, { id: 'gone' }, { id: 'f' }] },
      Media: {
        stars: ({ id }: { id: string }) => id.charCodeAt(0) % 5,
        related: ({ id }: { id: string }) => [{ id: id === 'f' ? 'b' : 'f' }],
        __resolveReference: byId,
      },
    },
  },
  sales: {
    sdl: `type Media @key(fields: "id") @interfaceObject { id: ID! title: String @external stars: Int @external sold: Int
      blurb: String @requires(fields: "title stars") }`,
    resolvers: {
      Media: {
        sold: ({ id }: { id: string }) => id.length,
        blurb: ({ title, stars }: { title: string; stars: number }) => `${title} ${stars}`,
      },
    },
  },
  cinemas: {
    sdl: 'type Film @key(fields: "id") { id: ID! box: Int }',
    resolvers: { Film: { box: () => 9, __resolveReference: byId } },
  },
};
const MEDIA = [
  { __typename: 'Book', id: 'b', title: 'Emma', pages: 400 },
  { __typename: 'Film', id: 'f', title: 'Heat', minutes: 170 },
];

const provides: LabSubgraphs = {
  feed: {
    sdl: `type Query { feed: [Post] @provides(fields: "... on Photo { author { name } } ... on Text { body }") pinned: Linked @provides(fields: "... on Text { title }") }
      union Post = Photo | Text interface Linked { id: ID! title: String }
      type Photo implements Linked @key(fields: "id") { id: ID! title: String @external author: Author @external }
      type Text implements Linked @key(fields: "id") { id: ID! title: String @external body: String @external }
      type Author @key(fields: "id") { id: ID! name: String @external }`,
    resolvers: {
      Query: {
        feed: () => [
          { __typename: 'Photo', id: 'p', author: { id: 'a', name: 'from feed' } },
          { __typename: 'Text', id: 't', body: 'from feed' },
        ],
        pinned: () => ({ __typename: 'Text', id: 't', title: 'from feed' }),
      },
    },
  },
  posts: {
    sdl: `type Photo @key(fields: "id") { id: ID! title: String @shareable author: Author @shareable likes: Int }
      type Text @key(fields: "id") { id: ID! title: String @shareable body: String @shareable likes: Int } type Author @key(fields: "id") { id: ID! name: String @shareable born: Int }`,
    resolvers: {
      Photo: { title: () => 'from posts', author: () => ({ id: 'a' }), likes: () => 3 },
      Text: { title: () => 'from posts', body: () => 'from posts', likes: () => 4 },
      Author: { name: () => 'from posts', born: () => 1980 },
    },
  },
};

const keys: LabSubgraphs = {
  orders: {
    sdl: `type Query { orders: [Order] } type Order { line: Line! line2: Line }
      type Line @key(fields: "sku { code region { id } }") @key(fields: "ean", resolvable: false) { sku: Sku ean: String } type Sku { code: String region: Region } type Region { id: ID }`,
    resolvers: {
      Query: {
        orders: () => [
          { line: { sku: { code: 'x', region: { id: 'eu' } }, ean: '1' }, line2: null },
          { line: { sku: { code: 'y', region: null }, ean: '2' } },
          { line: { sku: null, ean: null }, line2: { sku: { code: 'x', region: { id: 'us' } }, ean: '3' } },
        ],
      },
    },
  },
  prices: {
    sdl: `type Line @key(fields: "sku { code region { id } }") { sku: Sku price: Int } type Sku @shareable { code: String region: Region } type Region @shareable { id: ID }`,
    resolvers: {
      Line: {
        price: ({ sku }: { sku: { code: string; region: { id: string } | null } }) =>
          sku.code.charCodeAt(0) + (sku.region?.id.length ?? 0),
      },
    },
  },
  names: {
    sdl: `type Line @key(fields: "ean") { ean: String name: String }`,
    resolvers: { Line: { name: ({ ean }: { ean: string }) => `line ${ean}` } },
  },
};
const sharedKeys = {
  ...keys,
  orders: {
    ...keys.orders,
    sdl: (keys.orders?.sdl ?? '')
      .replace('type Sku {', 'type Sku @shareable {')
      .replace('type Region {', 'type Region @shareable {'),
  },
} as LabSubgraphs;

const narrowed: LabSubgraphs = {
  one: {
    sdl: `type Query { color: Color paint(color: Color, want: Want): String colors: [Color] secret: Hidden open: Int @inaccessible }
      enum Color { RED GREEN BLUE @inaccessible } input Want { size: Int color: Color extra: Int } type Hidden @inaccessible { x: Int } `,
    resolvers: {
      Query: {
        color: () => 'RED',
        colors: () => ['RED', 'GREEN'],
        paint: (_: unknown, args: unknown) => JSON.stringify(args),
      },
    },
  },
  two: {
    sdl: `type Query { brush(want: Want): Int } input Want { size: Int color: Color } enum Color { RED GREEN BLUE }`,
    resolvers: { Query: { brush: (_: unknown, { want }: { want: { size: number } }) => want.size } },
  },
};
const narrowedApi = {
  ...narrowed,
  one: {
    ...narrowed.one,
    sdl: (narrowed.one?.sdl ?? '').replace('secret: Hidden', 'secret: Hidden @inaccessible'),
  },
} as LabSubgraphs;

/** What `zeds` says of an item depends on the holder that it is seen through. */
const tagged: LabSubgraphs = {
  holders: {
    sdl: `type Query { holders: [Holder] } type Holder { best: Item @provides(fields: "tag") } type Item @key(fields: "id") { id: ID! tag: String @external }`,
    resolvers: { Query: { holders: () => ['a', 'b', 'a'].map((tag) => ({ best: { id: '1', tag } })) } },
  },
  tags: { sdl: 'type Item @key(fields: "id") { id: ID! tag: String @shareable }' },
  exes: {
    sdl: 'type Item @key(fields: "id") { id: ID! info: Info @shareable } type Info { x: Int }',
    resolvers: { Item: { info: () => ({ x: 1 }) } },
  },
  zeds: {
    sdl: 'type Item @key(fields: "id") { id: ID! tag: String @external info: Info @shareable @requires(fields: "tag") } type Info { z: String }',
    resolvers: { Item: { info: ({ tag }: { tag: string }) => ({ z: `z of ${tag}` }) } },
  },
};

const CASES: readonly Case[] = [
  {
    name: 'fields of an interface object beside those of its types',
    subgraphs: interfaceObjects,
    query:
      '{ all { __typename id title stars sold ... on Film { minutes box } ... on Book { pages } related { id title } } }',
  },
  {
    name: 'an interface object whose type another subgraph has to tell',
    subgraphs: interfaceObjects,
    query:
      '{ best { __typename title ... on Film { box stars } ... on Book { pages } related { stars title __typename } } }',
  },
  {
    name: 'the same field of an interface object, asked of each type by itself',
    subgraphs: interfaceObjects,
    query:
      '{ best { ... on Book { stars } ... on Film { stars } } worst { ... on Film { sold } ... on Book { sold stars } } }',
    // The stock gateway forgets which type an object is of when another subgraph calls it by its interface.
    expected: { best: { stars: 2 }, worst: [{ sold: 1, stars: 3 }, {}, { sold: 1 }] },
  },
  {
    name: 'an interface object of which no type is asked',
    subgraphs: interfaceObjects,
    query: '{ best { stars sold } worst { id stars } }',
  },
  {
    name: 'an interface object that nobody knows is null',
    subgraphs: interfaceObjects,
    query: '{ worst { __typename id stars title } }',
  },
  {
    name: '@requires on an interface object',
    subgraphs: interfaceObjects,
    query: '{ all { blurb } best { blurb } }',
  },
  {
    name: '@provides on a union and on an interface',
    subgraphs: provides,
    query:
      '{ feed { ... on Photo { title author { name born } likes } ... on Text { body title } } pinned { title ... on Text { likes } } }',
    expected: {
      feed: [
        { title: 'from posts', author: { name: 'from feed', born: 1980 }, likes: 3 },
        { body: 'from feed', title: 'from posts' },
      ],
      pinned: { title: 'from feed', likes: 4 },
    },
  },
  {
    name: 'keys with objects in them, and with nulls',
    subgraphs: sharedKeys,
    query: '{ orders { line { price name ean } line2 { price name sku { code } } } }',
    expected: {
      orders: [
        { line: { price: 122, name: 'line 1', ean: '1' }, line2: null },
        { line: { price: 121, name: 'line 2', ean: '2' }, line2: null },
        {
          line: { price: null, name: null, ean: null },
          line2: { price: 122, name: 'line 3', sku: { code: 'x' } },
        },
      ],
    },
  },
  {
    name: 'enums and inputs that subgraphs know differently, and what is inaccessible',
    subgraphs: narrowedApi,
    query: 'query ($w: Want, $c: Color = GREEN) { color colors paint(color: $c, want: $w) brush(want: $w) }',
    variables: { w: { size: 3, color: 'RED' } },
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
          : await runStock(one.subgraphs, one.query, {
              ...(one.name.startsWith('enums') ? { c: 'GREEN' } : {}),
              ...variables,
            });
      expect(shown(result).data).toEqual(stock.data);
      expect(pathsOf(result.errors)).toEqual(stock.paths);
    } finally {
      await lab.close();
    }
  });

  test('entities with equal keys of several parts are asked for once', async () => {
    const twice = [0, 1].map(() => ({ line: { sku: { code: 'x', region: { id: 'eu' } }, ean: '1' } }));
    const orders = {
      ...sharedKeys.orders,
      sdl: sharedKeys.orders?.sdl ?? '',
      resolvers: { Query: { orders: () => twice } },
    };
    const lab = await openLab({ ...sharedKeys, orders }, { planner });
    try {
      await lab.run('{ orders { line { price } } }');
      expect(lab.asked.at(-1)?.variables.representations).toEqual([
        { __typename: 'Line', sku: { code: 'x', region: { id: 'eu' } } },
      ]);
    } finally {
      await lab.close();
    }
  });

  test('an object whose type is known stays of it when another subgraph calls it by its interface', async () => {
    const ratings = {
      ...interfaceObjects.ratings,
      sdl: interfaceObjects.ratings?.sdl ?? '',
      answer: () => ({
        data: {
          _entities: [
            { __typename: 'Media', stars: 1 },
            { __typename: 'Media', stars: 2 },
          ],
        },
      }),
    };
    const lab = await openLab({ ...interfaceObjects, ratings }, { planner });
    try {
      expect((await lab.run('{ all { __typename stars ... on Book { pages } } }')).data).toEqual({
        all: [
          { __typename: 'Book', stars: 1, pages: 400 },
          { __typename: 'Film', stars: 2 },
        ],
      });
    } finally {
      await lab.close();
    }
  });

  test('entities with equal keys that need different things do not get one another’s', async () => {
    const lab = await openLab(tagged, { planner });
    try {
      const { data, errors } = await lab.run('{ holders { best { id tag info { x z } } } }');
      expect(errors).toBeUndefined();
      expect(data).toEqual({
        holders: ['a', 'b', 'a'].map((tag) => ({ best: { id: '1', tag, info: { x: 1, z: `z of ${tag}` } } })),
      });
      const sent = lab.asked
        .filter(({ subgraph }) => subgraph === 'zeds')
        .flatMap(({ variables }) => variables.representations);
      expect(sent).toHaveLength(2);
    } finally {
      await lab.close();
    }
  });
});
