import { type Lab, type LabSubgraphs, openLab, pathsOf, runStock, shown } from './lab.ts';

const media = [
  { __typename: 'Book', id: '1', title: 'Emma', pages: 400 },
  { __typename: 'Film', id: '2', title: 'Heat', mins: 170 },
];
const subgraphs: LabSubgraphs = {
  a: {
    sdl: `type Query { media: [Media] me: User } interface Media @key(fields: "id") { id: ID! title: String }
      type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
      type Film implements Media @key(fields: "id") { id: ID! title: String mins: Int }
      type User @key(fields: "id") { id: ID! name: String fav: Media friends: [User!]! }`,
    resolvers: {
      Query: { media: () => media, me: () => ({ id: 'u1', name: 'Ann' }) },
      Media: { __resolveReference: ({ id }: { id: string }) => media.find((one) => one.id === id) },
      User: {
        fav: () => media[1],
        friends: () => [
          { id: 'u2', name: 'Bob' },
          { id: 'u1', name: 'Ann' },
        ],
        __resolveReference: ({ id }: { id: string }) => ({ id, name: `name ${id}` }),
      },
    },
  },
  b: {
    sdl: `type Query { topMedia: Media } type Media @key(fields: "id") @interfaceObject { id: ID! rating: Int reviews(first: Int): [Review!]! }
      type Review { text: String author: User } type User @key(fields: "id") { id: ID! score: Int }`,
    resolvers: {
      Query: { topMedia: () => ({ id: '1' }) },
      Media: {
        rating: ({ id }: { id: string }) => Number(id) * 2,
        reviews: ({ id }: { id: string }, { first }: { first: number }) =>
          Array.from({ length: first }, (_, index) => ({ text: `t${index}`, author: { id: `u${id}` } })),
        __resolveReference: ({ id }: { id: string }) => ({ id }),
      },
      User: {
        score: ({ id }: { id: string }) => id.length,
        __resolveReference: ({ id }: { id: string }) => ({ id }),
      },
    },
  },
  c: {
    sdl: `type User @key(fields: "id") { id: ID! email: String score: Int @external rank: Int @requires(fields: "score") }
      type Book @key(fields: "id") { id: ID! isbn: String }`,
    resolvers: {
      User: {
        email: ({ id }: { id: string }) => `${id}@example.com`,
        rank: ({ score }: { score: number }) => score * 10,
      },
      Book: { isbn: ({ id }: { id: string }) => `isbn${id}` },
    },
  },
};

const QUERIES: [string, Readonly<Record<string, unknown>>?][] = [
  [
    '{ media { __typename title rating reviews(first: 2) { text author { name rank } } ... on Book { pages isbn } } }',
  ],
  [
    `query Q($n: Int, $s: Boolean!) { me { fav { title ... on Film { mins rating } } friends @skip(if: $s) { rank email } }
       topMedia { title rating r: reviews(first: $n) { text } ... on Book { isbn } } }`,
    { n: 3, s: false },
  ],
  ['query Q($s: Boolean!) { me { name friends @skip(if: $s) { rank email } } }', { s: true }],
  ['{ me { a: name b: name __typename t: __typename friends { x: id id } } }'],
];

describe.each(['hive', 'apollo'] as const)('with the planner of %s', (planner) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab(subgraphs, { planner });
  });
  afterAll(() => lab.close());

  test.each<[string, Readonly<Record<string, unknown>>?]>(QUERIES)('%s', async (text, variables = {}) => {
    const result = await lab.run(text, { variables });
    const stock = await runStock(subgraphs, text, variables);
    expect(shown(result).data).toEqual(stock.data);
    expect(pathsOf(result.errors)).toEqual(stock.paths);
    expect(result.errors).toBeUndefined();
  });
});
