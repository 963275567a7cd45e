import { REPRESENTATIONS_MAX } from '../../../router/engine/fetch/entities.ts';
import { type Asked, type LabSubgraphs, openLab, runStock, shown } from './lab.ts';

const LINES = 2 * REPRESENTATIONS_MAX + 500;

const stock: LabSubgraphs = {
  orders: {
    sdl: `type Query { lines: [Line!]! pages: [Page] other: [Line] } type Page { lines: [Line] }
      type Line { product: Product twin: Product } type Product @key(fields: "sku") { sku: Int! } `,
    resolvers: {
      Query: {
        lines: () => Array.from({ length: LINES }, (_, index) => ({ product: { sku: index } })),
        pages: () => [
          {
            lines: [
              { product: { sku: 1 }, twin: { sku: 2 } },
              { product: { sku: 1 }, twin: { sku: 1 } },
            ],
          },
          null,
          { lines: [{ product: { sku: 3 } }, null] },
        ],
        other: () => [{ product: { sku: 1 }, twin: { sku: 2 } }],
      },
    },
  },
  catalogue: {
    sdl: `type Product @key(fields: "sku") { sku: Int! name: String maker: Maker owner: Maker makers: [Maker] @shareable } type Maker @key(fields: "id") { id: ID! city: City @shareable } type City @shareable { name: String }`,
    resolvers: {
      Product: {
        name: ({ sku }: { sku: number }) => `product ${sku}`,
        maker: ({ sku }: { sku: number }) => ({ id: sku % 2 }),
        owner: ({ sku }: { sku: number }) => ({ id: sku % 2 }),
        makers: () => [{ id: 0 }, { id: 1 }],
        __resolveReference: ({ sku }: { sku: number }) => (sku === LINES - 1 ? new Error('last') : { sku }),
      },
      Maker: { city: ({ id }: { id: string }) => ({ name: `city ${id}` }) },
    },
  },
  makers: {
    sdl: 'type Maker @key(fields: "id") { id: ID! name(upper: Boolean): String offices: [Office] } type Office { place: String }',
    resolvers: {
      Maker: {
        name: ({ id }: { id: string }, { upper }: { upper?: boolean }) =>
          upper ? `MAKER ${id}` : `maker ${id}`,
        offices: ({ id }: { id: string }) => [{ place: `place ${id}` }],
      },
    },
  },
};

function representations({ variables }: Asked): readonly unknown[][] {
  return Object.values(variables).filter((value): value is unknown[] => Array.isArray(value));
}

describe.each(['hive', 'apollo'] as const)('with the planner of %s', (planner) => {
  test('each distinct entity is asked for once and added wherever it stands', async () => {
    const lab = await openLab(stock, { planner });
    try {
      const text = '{ pages { lines { product { name maker { name } } twin { name } } } }';
      const result = await lab.run(text);
      expect(shown(result).data).toEqual((await runStock(stock, text)).data);
      for (const asked of lab.asked) {
        for (const list of representations(asked)) {
          expect(new Set(list.map((one) => JSON.stringify(one))).size).toBe(list.length);
        }
      }
      const ofProducts = lab.asked
        .filter(({ subgraph }) => subgraph === 'catalogue')
        .flatMap(representations);
      expect(ofProducts.flat()).toContainEqual({ __typename: 'Product', sku: 3 });
      expect(ofProducts.flat().length).toBeLessThanOrEqual(5);
    } finally {
      await lab.close();
    }
  });

  test('equal entities at different places may be asked for different things', async () => {
    const lab = await openLab(stock, { planner });
    try {
      const text = `{ pages { lines { product { maker { n: name } owner { n: name(upper: true) } makers { n: name offices { place } } } twin { maker { n: name(upper: true) city { name } } } } }
        other { product { maker { n: name(upper: true) } makers { n: name(upper: true) city { name } } } twin { makers { offices { place } } } } }`;
      expect(shown(await lab.run(text)).data).toEqual((await runStock(stock, text)).data);
    } finally {
      await lab.close();
    }
  });

  test('a long batch is split, and its errors stay in place', async () => {
    const lab = await openLab(stock, { planner });
    try {
      const { data, errors } = shown(await lab.run('{ lines { product { name } } }'));
      const lines = (data as { lines: { product: { name: string | null } }[] }).lines;
      expect(lines.map(({ product }) => product?.name)).toEqual(
        Array.from({ length: LINES }, (_, index) => (index === LINES - 1 ? null : `product ${index}`)),
      );
      expect(errors.map(({ path }) => path)).toEqual([['lines', LINES - 1, 'product']]);
      const sizes = lab.asked.slice(1).map((asked) => representations(asked)[0]?.length);
      expect(sizes).toEqual([REPRESENTATIONS_MAX, REPRESENTATIONS_MAX, 500]);
    } finally {
      await lab.close();
    }
  });

  test('nothing is asked about nulls', async () => {
    const nobody: LabSubgraphs = {
      ...stock,
      orders: {
        ...stock.orders,
        sdl: stock.orders?.sdl ?? '',
        resolvers: { Query: { pages: () => [null, { lines: [null, { product: null }] }] } },
      },
    };
    const lab = await openLab(nobody, { planner });
    try {
      expect((await lab.run('{ pages { lines { product { name maker { name } } } } }')).data).toEqual({
        pages: [null, { lines: [null, { product: null }] }],
      });
      expect(lab.asked).toHaveLength(1);
    } finally {
      await lab.close();
    }
  });

  test('an entity without a key or of no known type is not asked about', async () => {
    const keyless: LabSubgraphs = {
      ...stock,
      orders: {
        ...stock.orders,
        sdl: stock.orders?.sdl ?? '',
        answer: () => ({
          data: {
            other: [
              { product: { __typename: 'Product', sku: null } },
              { product: { sku: 1 } },
              { product: { __typename: 'Nobody', sku: 1 } },
              { product: { __typename: 'Product' } },
              { product: { __typename: 7, sku: 7 } },
              { product: { __typename: 'Product', sku: 7 } },
            ],
          },
        }),
      },
    };
    const lab = await openLab(keyless, { planner });
    try {
      const { data } = await lab.run('{ other { product { name } } }');
      expect(
        (data as { other: { product: { name: string } }[] }).other.map(({ product }) => product.name),
      ).toEqual([null, null, null, null, null, 'product 7']);
      expect(lab.asked.slice(1).flatMap(representations)).toEqual([[{ __typename: 'Product', sku: 7 }]]);
    } finally {
      await lab.close();
    }
  });

  test('a number and a text are different keys', async () => {
    const lab = await openLab(
      {
        ...stock,
        orders: {
          ...stock.orders,
          sdl: stock.orders?.sdl ?? '',
          answer: () => ({
            data: { other: ['1', 1, true].map((sku) => ({ product: { __typename: 'Product', sku } })) },
          }),
        },
        catalogue: {
          ...stock.catalogue,
          sdl: stock.catalogue?.sdl ?? '',
          answer: ({ variables }) => ({
            data: {
              _entities: (variables.representations as { sku: unknown }[]).map(({ sku }) => ({
                maker: { id: typeof sku },
              })),
            },
          }),
        },
      },
      { planner },
    );
    try {
      expect((await lab.run('{ other { product { maker { id } } } }')).data).toEqual({
        other: ['string', 'number', 'boolean'].map((name) => ({ product: { maker: { id: name } } })),
      });
    } finally {
      await lab.close();
    }
  });
});
