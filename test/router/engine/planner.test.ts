import { openPlanner } from '../../../router/engine/plan/planner.ts';
import { openInProcess, PENDING_MAX, PlannerGoneError } from '../../../router/engine/plan/process.ts';
import { compose, type LabSubgraphs, logger, openLab } from './lab.ts';

/** An operation on it ends the process that Hive's planner 0.0.38 runs in. */
const fatal: LabSubgraphs = {
  a: {
    sdl: 'type Query { item: Item } type Item @key(fields: "id") { id: ID! dims: Dims } type Dims @shareable { w: Int h(unit: String): Int }',
    resolvers: { Query: { item: () => ({ id: '1' }) }, Item: { dims: () => ({ w: 1, h: 2 }) } },
  },
  b: {
    sdl: `type Item @key(fields: "id") { id: ID! dims: Dims @external ship: Int @requires(fields: "dims { w h(unit: \\"cm\\") }") }
      type Dims @shareable { w: Int h(unit: String): Int }`,
    resolvers: { Item: { ship: ({ dims }: { dims: { w: number; h: number } }) => dims.w * 10 + dims.h } },
  },
};
const FATAL_QUERY = '{ item { dims { w: h } ship } }';
const NO_LABELS: ReadonlySet<string> = new Set();

const overridden: LabSubgraphs = {
  old: {
    sdl: 'type Query { thing: Thing count: Int } type Thing @key(fields: "id") { id: ID! name: String share: String }',
    resolvers: { Query: { thing: () => ({ id: '1', name: 'old', share: 'old' }), count: () => 1 } },
  },
  new: {
    sdl: `type Query { count: Int @override(from: "old", label: "moved") } type Thing @key(fields: "id") { id: ID! name: String @override(from: "old", label: "moved")
      share: String @override(from: "old", label: "percent(25)") }`,
    resolvers: { Query: { count: () => 2 }, Thing: { name: () => 'new', share: () => 'new' } },
  },
};

test('an operation that ends the planner process does not end ours, and the next one starts it again', async () => {
  const planner = await openInProcess('hive', compose(fatal).sdl);
  try {
    const good = planner.plan({ query: '{ item { ship } }', operationName: undefined, labels: NO_LABELS });
    await expect(good).resolves.toMatchObject({ kind: 'QueryPlan' });
    const bad = planner.plan({ query: FATAL_QUERY, operationName: undefined, labels: NO_LABELS });
    await expect(bad).rejects.toThrow(PlannerGoneError);
    const again = planner.plan({ query: '{ item { ship } }', operationName: undefined, labels: NO_LABELS });
    await expect(again).resolves.toEqual(await good);
  } finally {
    planner.close();
  }
});

test('more than may wait are refused as too many, and are not handed to Apollo’s planner', async () => {
  const lab = await openLab(overridden);
  const handedOver = jest.spyOn(logger, 'warn');
  try {
    const count = PENDING_MAX + 200;
    const results = await Promise.all(Array.from({ length: count }, (_, n) => lab.run(`{ a${n}: count }`)));
    const refused = results.flatMap(({ errors }) => errors ?? []);
    expect(refused).toHaveLength(200);
    expect(new Set(refused.map(({ extensions }) => extensions.code))).toEqual(new Set(['OVERLOADED']));
    expect(handedOver).not.toHaveBeenCalled();
    expect((await lab.run(`{ a${count}: count }`)).data).toEqual({ [`a${count}`]: 1 });
  } finally {
    handedOver.mockRestore();
    await lab.close();
  }
}, 60_000);

test("Apollo's planner plans what Hive's breaks down on, again and again", async () => {
  const planner = await openPlanner({ kind: 'hive', sdl: compose(fatal).sdl, logger });
  try {
    for (let time = 0; time < 8; time++) {
      const { node } = await planner.plan({
        query: FATAL_QUERY,
        hash: 'fatal',
        operationName: undefined,
        labels: NO_LABELS,
        missingFrom: () => null,
      });
      expect(node).toMatchObject({ kind: 'SEQUENCE' });
    }
  } finally {
    planner.close();
  }
});

test('the engine asks for such an operation in a way that Hive’s planner can plan', async () => {
  const lab = await openLab(fatal);
  try {
    expect((await lab.run(FATAL_QUERY)).data).toEqual({ item: { dims: { w: 2 }, ship: 12 } });
  } finally {
    await lab.close();
  }
});

test('what Hive’s planner forgets is asked for all the same, without Apollo’s', async () => {
  const lab = await openLab({
    a: {
      sdl: `interface Media @key(fields: "id") { id: ID! } type Book implements Media @key(fields: "id") { id: ID! } type Film implements Media @key(fields: "id") { id: ID! }`,
      resolvers: {
        Media: {
          __resolveReference: ({ id }: { id: string }) => ({ __typename: id === 'b' ? 'Book' : 'Film', id }),
        },
      },
    },
    b: {
      sdl: 'type Query { best: [Media] } type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int }',
      resolvers: {
        Query: { best: () => [{ id: 'b' }, { id: 'f' }] },
        Media: { stars: ({ id }: { id: string }) => id.charCodeAt(0) },
      },
    },
  });
  try {
    const { data } = await lab.run('query Named { best { ... on Book { stars } ... on Film { stars } } }');
    expect(data).toEqual({ best: [{ stars: 98 }, { stars: 102 }] });
    // Apollo's names its fetches after the operation.
    expect(lab.asked.map(({ request }) => request.operationName)).toEqual([undefined, undefined, undefined]);
  } finally {
    await lab.close();
  }
});

test('a supergraph that no planner takes is refused', async () => {
  await expect(openPlanner({ kind: 'hive', sdl: 'no schema {', logger })).rejects.toThrow();
});

test('a supergraph that was closed is planned for no longer, and others are', async () => {
  const sdl = compose(fatal).sdl;
  const [first, second] = [await openInProcess('hive', sdl), await openInProcess('hive', sdl)];
  first.close();
  const query = { query: '{ item { ship } }', operationName: undefined, labels: NO_LABELS };
  await expect(first.plan(query)).rejects.toThrow('closed');
  await expect(second.plan(query)).resolves.toMatchObject({ kind: 'QueryPlan' });
  second.close();
});

describe.each(['hive', 'apollo'] as const)('with the planner of %s', (planner) => {
  test.each([
    [[], { count: 1, thing: { name: 'old', share: 'old' } }],
    [['moved'], { count: 2, thing: { name: 'new', share: 'old' } }],
    [['percent(25)'], { count: 1, thing: { name: 'old', share: 'new' } }],
    [['moved', 'percent(25)'], { count: 2, thing: { name: 'new', share: 'new' } }],
  ])('fields go over to another subgraph with the labels %j', async (labels, expected) => {
    const lab = await openLab(overridden, { planner });
    try {
      const text = '{ count thing { name share } }';
      expect((await lab.run(text)).data).toEqual({ count: 1, thing: { name: 'old', share: 'old' } });
      expect((await lab.run(text, { labels: new Set(labels) })).data).toEqual(expected);
    } finally {
      await lab.close();
    }
  });

  test('requests for the same cold plan wait for one planning, and later ones find it', async () => {
    const told: boolean[] = [];
    const lab = await openLab(overridden, { planner, onPlan: ({ isHit }) => told.push(isHit) });
    try {
      const request = lab.request('{ thing { name } }');
      await Promise.all(Array.from({ length: 5 }, () => lab.engine.execute(request)));
      expect(told.filter((isHit) => !isHit)).toHaveLength(1);
      await lab.engine.execute(request);
      expect(told).toHaveLength(6);
      expect(told.at(-1)).toBe(true);
    } finally {
      await lab.close();
    }
  });

  test('what was warmed is there for the first request', async () => {
    const told: boolean[] = [];
    const lab = await openLab(overridden, { planner, onPlan: ({ isHit }) => told.push(isHit) });
    try {
      const text =
        'query ($a: Boolean!, $b: Boolean = false) { count thing @include(if: $a) { name @skip(if: $b) } }';
      await lab.engine.warm(lab.operation(text), null, NO_LABELS);
      const { data } = await lab.run(text, { variables: { a: true } });
      expect(data).toEqual({ count: 1, thing: { name: 'old' } });
      expect(told).toEqual([false, true]);
    } finally {
      await lab.close();
    }
  });
});
