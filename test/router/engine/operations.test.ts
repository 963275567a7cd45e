import { SubgraphUnavailableError } from '../../../router/transport/port.ts';
import { type LabSubgraphs, openLab, shown } from './lab.ts';

let counter = 0;

const bank: LabSubgraphs = {
  ledger: {
    sdl: `type Query { balance: Int } type Mutation { add(n: Int!): Step fail: Step }
      type Step { at: Int! account: Account query: Query } type Account @key(fields: "id") { id: ID! }
      type Subscription { changed(id: ID!): Change moved: Change } type Change { cursor: String account: Account! }`,
    resolvers: {
      Query: { balance: () => counter },
      Mutation: {
        add: async (_: unknown, { n }: { n: number }) => {
          await new Promise((resolve) => setTimeout(resolve, 5 - n));
          counter += n;
          return { at: counter, account: { id: String(n) }, query: {} };
        },
        fail: () => {
          throw new Error('fail');
        },
      },
      Subscription: {
        changed: {
          resolve: ({ changed }: { changed: { cursor: string } }) => ({
            cursor: changed.cursor,
            account: { id: '1' },
          }),
        },
      },
    },
  },
  people: {
    sdl: `type Query { size: Int } type Mutation { hire: Int } type Account @key(fields: "id") { id: ID! owner: String! } type Other { x: Int }`,
    resolvers: {
      Query: { size: () => 7 },
      Mutation: { hire: () => (counter += 100) },
      Account: { owner: ({ id }: { id: string }) => (id === '9' ? null : `owner ${id}`) },
    },
  },
};

beforeEach(() => {
  counter = 0;
});

describe.each(['hive', 'apollo'] as const)('with the planner of %s', (planner) => {
  test('mutations run one after the other, in their order, across subgraphs', async () => {
    const lab = await openLab(bank, { planner });
    try {
      const text =
        'mutation { a: add(n: 1) { at account { owner } } hire b: add(n: 2) { at query { balance size } } add(n: 2) { at } }';
      expect(shown(await lab.run(text))).toEqual({
        data: {
          a: { at: 1, account: { owner: 'owner 1' } },
          hire: 101,
          b: { at: 103, query: { balance: 103, size: 7 } },
          add: { at: 105 },
        },
        errors: [],
      });
      expect(lab.asked.filter(({ request }) => request.kind === 'mutation')).toHaveLength(3);
    } finally {
      await lab.close();
    }
  });

  test('mutations in fragments run in the order of the answer', async () => {
    const lab = await openLab(bank, { planner });
    try {
      const text = `mutation { a: add(n: 1) { at } ...F b: add(n: 3) { at } ... on Mutation { c: add(n: 4) { at } } }
        fragment F on Mutation { x: add(n: 2) { at } hire a: add(n: 1) { account { owner } } }`;
      expect(JSON.stringify((await lab.run(text)).data)).toBe(
        '{"a":{"at":1,"account":{"owner":"owner 1"}},"x":{"at":3},"hire":103,"b":{"at":106},"c":{"at":110}}',
      );
    } finally {
      await lab.close();
    }
  });

  test('a mutation that was decided before says so', async () => {
    const ledger = {
      ...bank.ledger,
      sdl: bank.ledger?.sdl ?? '',
      answer: async (_: unknown, own: () => Promise<object>) => ({
        ...(await own()),
        extensions: { idempotentReplay: true },
      }),
    };
    const lab = await openLab({ ...bank, ledger } as LabSubgraphs, { planner });
    try {
      expect(await lab.run('mutation { add(n: 1) { at } }')).toEqual({
        data: { add: { at: 1 } },
        extensions: { idempotentReplay: true },
        isReplay: true,
      });
    } finally {
      await lab.close();
    }
  });

  test('a mutation of which no answer came is told with its place', async () => {
    const ledger = {
      ...bank.ledger,
      sdl: bank.ledger?.sdl ?? '',
      answer: () => Promise.reject(new SubgraphUnavailableError('down')),
    };
    const lab = await openLab({ ...bank, ledger }, { planner });
    try {
      expect(shown(await lab.run('mutation { x: add(n: 1) { at } hire }'))).toEqual({
        data: { x: null, hire: 100 },
        errors: [{ path: ['x'], code: 'UNAVAILABLE', subgraph: 'ledger' }],
      });
    } finally {
      await lab.close();
    }
  });

  test.each([
    ['a query may be sent again', '{ balance }', 'ledger', true, 'retry later'],
    [
      'a mutation that was not sent did nothing',
      'mutation { add(n: 1) { at } }',
      'ledger',
      false,
      'nothing happened, retry later',
    ],
    [
      'a mutation that was sent may have been carried out',
      'mutation { add(n: 1) { at } }',
      'ledger',
      true,
      'the outcome is unknown, a retry with the same idempotency key is safe',
    ],
    [
      'what is read after a mutation is not worth repeating it',
      'mutation { add(n: 1) { account { owner } } }',
      'people',
      false,
      'this is missing in the answer to a mutation, which a retry with the same idempotency key does not repeat',
    ],
  ])('without an answer the client is told what it may do: %s', async (_, text, down, wasSent, advice) => {
    const subgraphs = Object.fromEntries(
      Object.entries(bank).map(([name, subgraph]) => {
        const answer = () => Promise.reject(new SubgraphUnavailableError('down', { wasSent }));
        return [name, name === down ? { ...subgraph, answer } : subgraph];
      }),
    );
    const lab = await openLab(subgraphs, { planner });
    try {
      const { errors } = await lab.run(text);
      expect(errors?.map(({ message }) => message)).toEqual([
        `${down} does not answer at present; ${advice}`,
      ]);
    } finally {
      await lab.close();
    }
  });

  const SUBSCRIPTION = 'subscription ($id: ID!) { c: changed(id: $id) { cursor account { id owner } } }';
  const message = { cursor: 'c1', event: null };

  test('an event is answered by its subgraph, and the rest of the plan follows', async () => {
    const lab = await openLab(bank, { planner });
    try {
      const result = await lab.run(SUBSCRIPTION, {
        variables: { id: 'x' },
        primary: { kind: 'EVENT', event: { changed: message } },
      });
      expect(shown(result)).toEqual({
        data: { c: { cursor: 'c1', account: { id: '1', owner: 'owner 1' } } },
        errors: [],
      });
      const [first] = lab.asked;
      expect(first?.request).toMatchObject({
        kind: 'subscription',
        event: { changed: message },
        variables: { id: 'x' },
      });
    } finally {
      await lab.close();
    }
  });

  test('a message of a subgraph’s own stream is the answer to the primary fetch', async () => {
    const lab = await openLab(bank, { planner });
    try {
      const given = { variables: { id: 'x' } };
      const primary = await lab.engine.primaryFetch(lab.request(SUBSCRIPTION, given));
      expect(primary).toMatchObject({ subgraph: 'ledger', variables: { id: 'x' } });
      const [key = ''] = /(\w+): ?changed/.exec(primary.query)?.slice(1) ?? [];
      const answer = (id: string) => ({ [key]: { cursor: 'c2', account: { __typename: 'Account', id } } });
      const result = await lab.run(SUBSCRIPTION, {
        ...given,
        primary: { kind: 'RESULT', result: { data: answer('2') } },
      });
      expect(shown(result)).toEqual({
        data: { c: { cursor: 'c2', account: { id: '2', owner: 'owner 2' } } },
        errors: [],
      });
      expect(lab.asked.map(({ subgraph }) => subgraph)).toEqual(['people']);
      const missing = await lab.run(SUBSCRIPTION, {
        ...given,
        primary: { kind: 'RESULT', result: { data: answer('9') } },
      });
      expect(shown(missing)).toMatchObject({
        data: { c: null },
        errors: [{ path: ['c', 'account', 'owner'] }],
      });
      const kept = Object.freeze({ data: answer('3') });
      const before = JSON.stringify(kept);
      await lab.run(SUBSCRIPTION, { ...given, primary: { kind: 'RESULT', result: kept } });
      expect(JSON.stringify(kept)).toBe(before);
      const failed = {
        data: null,
        errors: [{ message: 'x', path: [key], extensions: { code: 'FORBIDDEN' } }],
      };
      const told = await lab.run(SUBSCRIPTION, {
        ...given,
        primary: { kind: 'RESULT', result: failed as never },
      });
      expect(shown(told)).toEqual({
        data: { c: null },
        errors: [{ path: ['c'], code: 'FORBIDDEN', subgraph: 'ledger' }],
      });
    } finally {
      await lab.close();
    }
  });

  test('only a subscription has a primary fetch', async () => {
    const lab = await openLab(bank, { planner });
    try {
      await expect(lab.engine.primaryFetch(lab.request('{ size }'))).rejects.toThrow('no stream');
    } finally {
      await lab.close();
    }
  });

  test('an answer is weighed by its objects and fields', async () => {
    const weights = {
      ofType: (name: string) => (name === 'Account' ? 5 : 1),
      ofField: (type: string, name: string) =>
        `${type}.${name}` === 'Account.owner' ? 3 : type === 'Mutation' ? 10 : 0,
    };
    const lab = await openLab(bank, { planner, weights });
    try {
      const one = await lab.run(
        'mutation { a: add(n: 1) { at account { id owner } } b: add(n: 2) { account { __typename id } } }',
      );
      expect(one.actualCost).toBe(10 + 1 + 5 + 3 + (10 + 1 + 5));
      expect((await lab.run('{ size }')).actualCost).toBe(0);
    } finally {
      await lab.close();
    }
  });

  test('each fetch is told with its subgraph and how it ended', async () => {
    const told: string[] = [];
    const people = {
      ...bank.people,
      sdl: bank.people?.sdl ?? '',
      answer: () => Promise.reject(new Error('down')),
    };
    const lab = await openLab(
      { ...bank, people },
      { planner, onFetch: ({ subgraph, outcome, ms }) => told.push(`${subgraph} ${outcome} ${ms >= 0}`) },
    );
    try {
      await lab.run('{ balance size }');
      await lab.run('mutation { fail { at } }');
      expect(told.sort()).toEqual(['ledger ERRORS true', 'ledger OK true', 'people UNAVAILABLE true']);
    } finally {
      await lab.close();
    }
  });
});
