import { GraphQLError } from 'graphql';
import { SubgraphUnavailableError } from '../../../router/transport/port.ts';
import { type Lab, type LabSubgraphs, openLab, pathsOf, runStock, shown } from './lab.ts';

const coded = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'FORBIDDEN', hint: 'h' } });

/** Ten users that share three teams; `broken` decides what goes wrong in `teams`. */
function company(broken: LabSubgraphs[string]['answer'] = undefined): LabSubgraphs {
  return {
    users: {
      sdl: `type Query { users: [User!] user: User strict: User! greeting: String node(id: ID!): Team }
        type User @key(fields: "id") { id: ID! name: String! team: Team squad: Team! } type Team @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          users: () => Array.from({ length: 10 }, (_, index) => ({ id: String(index) })),
          user: () => ({ id: '4' }),
          strict: () => ({ id: '5' }),
          greeting: () => 'hello',
          node: (_: unknown, { id }: { id: string }) => ({ id }),
        },
        User: {
          name: ({ id }: { id: string }) => `user ${id}`,
          team: ({ id }: { id: string }) => (id === '9' ? null : { id: String(Number(id) % 3) }),
          squad: ({ id }: { id: string }) => ({ id }),
        },
      },
    },
    teams: {
      sdl: `type Query { teamCount: Int } type Team @key(fields: "id") { id: ID! title: String rank: Int! lead: Person words: [String!] } type Person { name: String! age: Int }`,
      resolvers: {
        Query: { teamCount: () => 3 },
        Team: {
          title: ({ id }: { id: string }) => (id === '1' ? coded('no title for you') : `team ${id}`),
          rank: ({ id }: { id: string }) => (id === '2' ? coded('no rank') : Number(id)),
          lead: ({ id }: { id: string }) => ({ name: id === '0' ? coded('no name') : 'Ann', age: 50 }),
          words: () => ['a', coded('no word'), 'c'],
          __resolveReference: ({ id }: { id: string }) => (id === '7' ? null : { id }),
        },
      },
      ...(broken === undefined ? {} : { answer: broken }),
    },
  };
}

const QUERIES = [
  '{ users { name team { title } } }',
  '{ users { team { rank lead { name age } } } }',
  '{ user { team { title words } } teamCount }',
  '{ users { team { l: lead { n: name } } squad { id } } }',
  '{ strict { squad { rank } } greeting }',
];

describe.each(['hive', 'apollo'] as const)('with the planner of %s', (planner) => {
  let lab: Lab | undefined;
  afterEach(() => lab?.close());

  async function open(broken?: LabSubgraphs[string]['answer']): Promise<Lab> {
    lab = await openLab(company(broken), { planner });
    return lab;
  }

  test.each(QUERIES)('errors stand where the client sees them: %s', async (text) => {
    const result = await (await open()).run(text);
    const stock = await runStock(company(), text);
    expect(shown(result).data).toEqual(stock.data);
    expect(pathsOf(result.errors)).toEqual(stock.paths);
    expect(stock.paths.length + Number(text.includes('strict'))).toBeGreaterThan(0);
  });

  test('an error names its subgraph and keeps the words that are fit to be shown', async () => {
    const { errors } = await (await open()).run('{ user { team { title } } }');
    expect(JSON.parse(JSON.stringify(errors))).toEqual([
      {
        message: 'no title for you',
        path: ['user', 'team', 'title'],
        extensions: { code: 'FORBIDDEN', hint: 'h', requestId: 'test', subgraph: 'teams' },
      },
    ]);
  });

  test('what no code says is fit to be shown is masked', async () => {
    const { run } = await open(async (_, own) => ({
      ...(await own()),
      errors: [
        { message: 'SELECT secrets', path: ['_entities', 0, 'title'], locations: [{ line: 1, column: 1 }] },
      ],
    }));
    const { errors } = await run('{ user { team { title } } }');
    expect(JSON.stringify(errors)).not.toContain('SELECT');
    expect(shown({ data: null, errors: errors ?? [], isReplay: false }).errors).toEqual([
      { path: ['user', 'team', 'title'], code: 'INTERNAL_SERVER_ERROR', subgraph: 'teams' },
    ]);
  });

  test('a subgraph that does not answer leaves nulls with errors, and the rest answers', async () => {
    const { run } = await open(() => {
      throw new SubgraphUnavailableError('down');
    });
    const result = shown(await run('{ greeting teamCount users { id team { title } } }'));
    expect(result.data).toMatchObject({ greeting: 'hello', teamCount: null });
    expect((result.data as { users: unknown[] }).users[9]).toEqual({ id: '9', team: null });
    expect(result.errors).toContainEqual({ path: ['teamCount'], code: 'UNAVAILABLE', subgraph: 'teams' });
    const ofUsers = result.errors.filter(({ path }) => String(path).startsWith('users'));
    expect(ofUsers.sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1))).toEqual(
      Array.from({ length: 9 }, (_, index) => ({
        path: ['users', index, 'team'],
        code: 'UNAVAILABLE',
        subgraph: 'teams',
      })),
    );
  });

  test('a null is passed up to where one may be, and its error stays', async () => {
    const { run } = await open(() => {
      throw new SubgraphUnavailableError('down');
    });
    expect(shown(await run('{ user { squad { rank } } greeting }'))).toEqual({
      data: { user: null, greeting: 'hello' },
      errors: [{ path: ['user', 'squad'], code: 'UNAVAILABLE', subgraph: 'teams' }],
    });
    expect(shown(await run('{ strict { squad { rank } } greeting }'))).toEqual({
      data: null,
      errors: [{ path: ['strict', 'squad'], code: 'UNAVAILABLE', subgraph: 'teams' }],
    });
  });

  test.each([
    ['no object', 7],
    ['data that is no object', { data: 'text' }],
    ['data that is a list', { data: [1] }],
    ['neither data nor errors', { extensions: {} }],
    ['no data and nothing that says why', { data: null }],
    ['errors that are no list', { data: null, errors: 'x' }],
    ['too few entities', { data: { _entities: [], _e0: [], _e1: [] } }],
    ['entities that are no list', { data: { _entities: { title: 'x' }, _e0: 1 } }],
    ['no entities', { data: {} }],
  ])('an answer with %s is none', async (_, answer) => {
    const { run } = await open(() => answer);
    expect(shown(await run('{ user { id team { title } } }'))).toEqual({
      data: { user: { id: '4', team: { title: null } } },
      errors: [{ path: ['user', 'team'], code: 'UNAVAILABLE', subgraph: 'teams' }],
    });
  });

  test.each<[string, unknown, unknown]>([
    ['a text for an object', { lead: 'x' }, { lead: null }],
    ['a list for an object', { lead: [{ name: 'x' }] }, { lead: null }],
    ['an object for a list', { words: { a: 1 } }, { words: null }],
    ['a number in a list of texts', { words: ['a', 1] }, { words: null }],
    ['an object for a text', { title: { a: 1 } }, { title: null }],
    ['an Int out of range', { lead: { name: 'x', age: 2 ** 31 } }, { lead: { age: null } }],
    ['a fraction for an Int', { lead: { name: 'x', age: 1.5 } }, { lead: { age: null } }],
  ])('%s is null with an error', async (_, entity, expected) => {
    const { run } = await open(() => ({ data: { _entities: [entity], _e0: [entity] } }));
    const { data, errors } = shown(
      await run(
        `{ user { team { ${Object.keys(expected as object).map((key) => (key === 'lead' ? 'lead { age }' : key))} } } }`,
      ),
    );
    expect(data).toEqual({ user: { team: expected } });
    expect(errors).toMatchObject([{ code: 'INTERNAL_SERVER_ERROR' }]);
  });

  test('a null where none may be, with nothing that explains it, is told as a fault of ours', async () => {
    const { run } = await open(() => ({ data: { _entities: [null] } }));
    expect(shown(await run('{ user { id team { rank } } }'))).toEqual({
      data: { user: { id: '4', team: null } },
      errors: [{ path: ['user', 'team', 'rank'], code: 'INTERNAL_SERVER_ERROR', subgraph: undefined }],
    });
  });

  test('a null of one subgraph does not take away what another one has told', async () => {
    const both = (own: string, other: string): string =>
      `type Query @shareable { me: Me } type Me @shareable { id: ID! ${own}: Int ${other}: Int }`;
    for (const order of [0, 20]) {
      const shared = await openLab(
        {
          a: {
            sdl: both('x', 'y').replace(' y: Int', ''),
            answer: () => ({ data: { me: { id: '1', x: 1 } } }),
          },
          b: {
            sdl: both('x', 'y').replace(' x: Int', ''),
            answer: async () => {
              await new Promise((resolve) => setTimeout(resolve, order));
              return {
                data: { me: null },
                errors: [{ message: 'no', path: ['me'], extensions: { code: 'FORBIDDEN' } }],
              };
            },
          },
        },
        { planner },
      );
      expect(shown(await shared.run('{ me { x y } }'))).toEqual({
        data: { me: { x: 1, y: null } },
        errors: [{ path: ['me'], code: 'FORBIDDEN', subgraph: 'b' }],
      });
      await shared.close();
    }
  });

  test('that a look-up by id finds nothing is an answer', async () => {
    const result = await (await open()).run('{ x: node(id: "7") { rank } }');
    expect(shown(result)).toEqual({ data: { x: null }, errors: [] });
  });

  test('lists in lists beyond any schema, and lists beyond any page, do no harm', async () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
    const words = Array.from({ length: 200_000 }, (_, index) => (index % 2 === 0 ? 'w' : index));
    const entity = { title: 't', lead: deep, words };
    const { run } = await open(() => ({ data: { _entities: [entity], _e0: [entity] } }));
    const { data, errors } = shown(await run('{ user { team { title lead { age } words } } }'));
    expect(data).toEqual({ user: { team: { title: 't', lead: null, words: null } } });
    expect(errors).toHaveLength(100);
  });

  test('an error without a place, or with a strange one, is told all the same', async () => {
    const strange = [
      { message: 'a', extensions: { code: 'FORBIDDEN' } },
      { message: 'b', path: ['_entities'], extensions: { code: 'FORBIDDEN' } },
      { message: 'c', path: ['_entities', 99, 'x'], extensions: { code: 'FORBIDDEN' } },
      { message: 'd', path: 'x', extensions: { code: 'FORBIDDEN' } },
      null,
    ];
    const { run } = await open(() => ({ data: null, errors: strange }));
    const { data, errors } = shown(await run('{ users { id team { title } } }'));
    expect((data as { users: unknown[] }).users).toHaveLength(10);
    expect(errors.map(({ path, code }) => [path, code])).toEqual([
      [undefined, 'FORBIDDEN'],
      [['users'], 'FORBIDDEN'],
      [undefined, 'FORBIDDEN'],
      [undefined, 'FORBIDDEN'],
      [undefined, 'INTERNAL_SERVER_ERROR'],
    ]);
  });

  test('errors of a long list are told up to a limit', async () => {
    const { run } = await open(() => ({
      data: null,
      errors: Array.from({ length: 5_000 }, () => ({
        message: 'x',
        path: ['_entities', 0],
        extensions: { code: 'FORBIDDEN' },
      })),
    }));
    expect((await run('{ users { team { title } } }')).errors).toHaveLength(1_000);
  });
});
