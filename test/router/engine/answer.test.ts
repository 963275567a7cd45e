import { type FieldNode, GraphQLError, getIntrospectionQuery, graphqlSync, visit } from 'graphql';
import type { Denial, Mask } from '../../../router/protection/mask.ts';
import { type Lab, type LabSubgraphs, openLab, runStock, shown } from './lab.ts';

const subgraphs: LabSubgraphs = {
  one: {
    sdl: `type Query { a: A many: [A!] sure: A! toString: String echo(text: String, n: Int): String shape: Shape shapes: [Shape!] json: JSON jsons: [JSON!] color: Color colors: [Color] }
      type A @key(fields: "id") { id: ID! constructor: String name: String must: String! b: B bs: [B!] }
      type B { x: Int y: Int c: C } type C { z: Int } interface Shape { area: Float name: String } scalar JSON
      type Circle implements Shape { area: Float name: String r: Float } type Square implements Shape { area: Float name: String! side: Float }
      enum Color { RED GREEN HIDDEN @inaccessible }`,
    resolvers: {
      Query: {
        a: () => A,
        many: () => [A, { ...A, id: '2' }],
        sure: () => A,
        toString: () => 'text',
        echo: (_: unknown, { text, n }: { text?: string; n?: number }) => `${text} ${n}`,
        shape: () => ({ __typename: 'Square', area: 4, name: 'square', side: 2 }),
        shapes: () => [
          { __typename: 'Circle', r: 1 },
          { __typename: 'Square', name: 'sq' },
        ],
        json: () => ({ __proto__: { no: 1 }, deep: [{ a: null }] }),
        jsons: () => [1, { a: 1 }, [2]],
        color: () => 'HIDDEN',
        colors: () => ['RED', 'HIDDEN', null],
      },
      A: { __resolveReference: ({ id }: { id: string }) => ({ ...A, id }) },
    },
  },
  two: {
    sdl: `type Query { other: String } type A @key(fields: "id") { id: ID! secret: String secretMust: String! hasOwnProperty: String valueOf(x: Int): Int }`,
    resolvers: {
      Query: { other: () => 'other' },
      A: {
        secret: () => 's',
        secretMust: () => 'm',
        hasOwnProperty: () => 'own',
        valueOf: (_: unknown, { x }: { x: number }) => x,
        __resolveReference: ({ id }: { id: string }) => ({ id }),
      },
    },
  },
};
const A = {
  id: '1',
  constructor: 'built',
  name: 'n',
  must: 'm',
  b: { x: 1, y: 2, c: { z: 3 } },
  bs: [{ x: 1 }, { x: 2 }],
};

function denying(lab: Lab, text: string, names: readonly string[], denial: Partial<Denial> = {}): Mask {
  const denied = new Map<FieldNode, Denial>();
  visit(lab.operation(text).document, {
    Field(node) {
      if (!names.includes(node.name.value)) return;
      denied.set(node, { code: 'FORBIDDEN', message: 'not for you', extensions: { scope: 'x' }, ...denial });
    },
  });
  return { key: names.join(), denied };
}

describe.each(['hive', 'apollo'] as const)('with the planner of %s', (planner) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab(subgraphs, { planner });
  });
  afterAll(() => lab.close());

  test('names that every object has are names like others', async () => {
    const text = `query ($__proto__: String = "p", $constructor: Int) { __proto__: other constructor: toString toString hasOwnProperty: a { __proto__: id constructor
      valueOf: hasOwnProperty hasOwnProperty toString: valueOf(x: 5) } proto: echo(text: $__proto__, n: $constructor) }`;
    const result = await lab.run(text, { variables: { constructor: 7 } });
    expect(result.errors).toBeUndefined();
    expect(JSON.stringify(result.data)).toBe(
      '{"__proto__":"other","constructor":"text","toString":"text","hasOwnProperty":{"__proto__":"1","constructor":"built","valueOf":"own","hasOwnProperty":"own","toString":5},"proto":"p 7"}',
    );
    expect(Object.getPrototypeOf(result.data)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).other).toBeUndefined();
  });

  test('a field with such a name of which nothing came is null', async () => {
    const one = { ...subgraphs.one, sdl: subgraphs.one?.sdl ?? '', answer: () => ({ data: { a: {} } }) };
    const bare = await openLab({ ...subgraphs, one }, { planner });
    try {
      expect(await bare.run('{ toString a { constructor } }')).toEqual({
        data: { toString: null, a: { constructor: null } },
        isReplay: false,
      });
    } finally {
      await bare.close();
    }
  });

  test('a name that another field has, even __typename, is the client’s own affair', async () => {
    const { data } = await lab.run(
      '{ shape { __typename: name area t: __typename ... on Square { name: area } } }'.replace(
        'name: area',
        'side',
      ),
    );
    expect(data).toEqual({ shape: { __typename: 'square', area: 4, t: 'Square', side: 2 } });
  });

  test('variables with the names that planners use are the client’s own', async () => {
    const text =
      'query ($representations: Int, $__batch_reps_0: String) { a { id valueOf(x: $representations) } echo(text: $__batch_reps_0, n: $representations) }';
    const { data } = await lab.run(text, { variables: { representations: 3, __batch_reps_0: 'b' } });
    expect(data).toEqual({ a: { id: '1', valueOf: 3 }, echo: 'b 3' });
  });

  test('only the variables that a fetch uses are sent with it', async () => {
    await lab.run('query ($t: String, $x: Int) { echo(text: $t) a { valueOf(x: $x) } }', {
      variables: { t: 't', x: 1 },
    });
    const sent = lab.asked.map(({ subgraph, variables }) => [subgraph, Object.keys(variables).sort()]);
    expect(sent).toEqual([
      ['one', ['t']],
      ['two', ['representations', 'x']],
    ]);
  });

  test('the order of the answer is that of the operation', async () => {
    const text =
      `query ($no: Boolean!) { a { secret ...F id b { y } @__ } other } fragment F on A { name b { x } must @skip(if: $no) bs { y x } }`.replace(
        ' @__',
        '',
      );
    const yes = await lab.run(text, { variables: { no: false } });
    expect(JSON.stringify(yes.data)).toBe(
      '{"a":{"secret":"s","name":"n","b":{"x":1,"y":2},"must":"m","bs":[{"y":null,"x":1},{"y":null,"x":2}],"id":"1"},"other":"other"}',
    );
    const no = await lab.run(text, { variables: { no: true } });
    expect(Object.keys((no.data as { a: object }).a)).toEqual(['secret', 'name', 'b', 'bs', 'id']);
  });

  test.each([
    [{ a: true, b: true }, { a: { id: '1', b: { x: 1 } } }],
    [{ a: true, b: false }, { a: { id: '1', name: 'n', b: { x: 1, c: { z: 3 } } } }],
    [{ a: false, b: true }, { other: 'other' }],
    [{ a: false, b: false }, { other: 'other' }],
  ])('@skip and @include by variables %j', async (variables, expected) => {
    const text = `query ($a: Boolean!, $b: Boolean!) { a @include(if: $a) { id name @skip(if: $b) b { x } ... @skip(if: $b) { b { c { z } } } }
      other @skip(if: $a) @include(if: true) x: other @include(if: false) }`;
    const result = await lab.run(text, { variables });
    expect(result).toEqual({ data: expected, isReplay: false });
    expect((await runStock(subgraphs, text, variables)).data).toEqual(expected);
    if (!variables.a) expect(lab.asked.map(({ subgraph }) => subgraph)).toEqual(['two']);
  });

  test('a condition that is null is a fault of the client', async () => {
    const { data, errors } = await lab.run('query ($a: Boolean = true) { other @include(if: $a) }', {
      variables: { a: null },
    });
    expect(data).toBeUndefined();
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  test('nothing is fetched when conditions leave nothing', async () => {
    const result = await lab.run('query ($a: Boolean!) { other @include(if: $a) a @skip(if: true) { id } }', {
      variables: { a: false },
    });
    expect(result.data).toEqual({});
    expect(lab.asked).toEqual([]);
  });

  test('scalars of the deployment’s own pass as they are', async () => {
    const { data } = await lab.run('{ json jsons }');
    expect(JSON.stringify(data)).toBe('{"json":{"deep":[{"a":null}]},"jsons":[1,{"a":1},[2]]}');
  });

  test('a value that an enum does not have, or does not show, is null with an error', async () => {
    const result = shown(await lab.run('{ color colors }'));
    expect(result).toEqual({
      data: { color: null, colors: ['RED', null, null] },
      errors: [
        { path: ['color'], code: 'INTERNAL_SERVER_ERROR' },
        { path: ['colors', 1], code: 'INTERNAL_SERVER_ERROR' },
      ],
    });
  });

  test('introspection is what graphql-js answers', async () => {
    const text = getIntrospectionQuery({
      inputValueDeprecation: true,
      specifiedByUrl: true,
      schemaDescription: true,
    });
    const result = await lab.run(text);
    expect(result.data).toEqual(graphqlSync({ schema: lab.supergraph.apiSchema, source: text }).data);
    expect(lab.asked).toEqual([]);
  });

  test('introspection stands beside other fields, in fragments, and with variables', async () => {
    const text = `query ($n: String!, $d: Boolean!) { t: __type(name: $n) { name fields { name @skip(if: $d) } } other ...S __typename x: __typename } fragment S on Query { __schema { queryType { name } } }`;
    const { data, errors } = await lab.run(text, { variables: { n: 'C', d: false } });
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).toBe(
      '{"t":{"name":"C","fields":[{"name":"z"}]},"other":"other","__schema":{"queryType":{"name":"Query"}},"__typename":"Query","x":"Query"}',
    );
    expect((await lab.run(text, { variables: { n: 'Nope', d: true } })).data).toMatchObject({ t: null });
  });

  test('the type name of the root needs no subgraph', async () => {
    expect((await lab.run('{ __typename }')).data).toEqual({ __typename: 'Query' });
    expect(lab.asked).toEqual([]);
  });

  describe('with a mask', () => {
    test('denied fields are not asked for, and are null with an error', async () => {
      const text = '{ many { id secret } other }';
      const result = await lab.run(text, { mask: denying(lab, text, ['secret']) });
      expect(JSON.parse(JSON.stringify(result))).toEqual({
        data: {
          many: [
            { id: '1', secret: null },
            { id: '2', secret: null },
          ],
          other: 'other',
        },
        errors: [0, 1].map((index) => ({
          message: 'not for you',
          path: ['many', index, 'secret'],
          extensions: { code: 'FORBIDDEN', scope: 'x', requestId: 'test' },
        })),
        isReplay: false,
      });
      expect(lab.asked.map(({ query }) => query).join()).not.toContain('secret');
      expect((await lab.run(text)).data).toMatchObject({ many: [{ secret: 's' }, { secret: 's' }] });
    });

    test('a denied field that is never null takes its object with it', async () => {
      const text = '{ many { id secretMust } a { secretMust } other }';
      const result = shown(await lab.run(text, { mask: denying(lab, text, ['secretMust']) }));
      expect(result.data).toEqual({ many: null, a: null, other: 'other' });
      expect(result.errors.map(({ path }) => path)).toEqual([
        ['many', 0, 'secretMust'],
        ['many', 1, 'secretMust'],
        ['a', 'secretMust'],
      ]);
    });

    test('an object of which everything is denied is still there or not', async () => {
      const text = '{ a { secret } }';
      const result = shown(await lab.run(text, { mask: denying(lab, text, ['secret']) }));
      expect(result.data).toEqual({ a: { secret: null } });
      expect(lab.asked.map(({ subgraph }) => subgraph)).toEqual(['one']);
    });

    test('a denied field of one type stands in the answers of that type only', async () => {
      const text = '{ shapes { ... on Square { side } area } shape { ...S } } fragment S on Square { side }';
      const result = await lab.run(text, { mask: denying(lab, text, ['side']) });
      expect(result.data).toEqual({
        shapes: [{ area: null }, { side: null, area: null }],
        shape: { side: null },
      });
      expect(shown(result).errors.map(({ path }) => path)).toEqual([
        ['shapes', 1, 'side'],
        ['shape', 'side'],
      ]);
    });

    test('fragments and variables of denied fields are left out, and nothing is fetched when nothing is left', async () => {
      const text = 'query ($x: Int) { other a { ...F } } fragment F on A { valueOf(x: $x) secret }';
      const some = await lab.run(text, { mask: denying(lab, text, ['valueOf']), variables: { x: 1 } });
      expect(some.data).toEqual({ other: 'other', a: { valueOf: null, secret: 's' } });
      expect(lab.asked.every(({ variables }) => !Object.hasOwn(variables, 'x'))).toBe(true);
      const none = await lab.run(text, { mask: denying(lab, text, ['other', 'a']), variables: { x: 1 } });
      expect(none.data).toEqual({ other: null, a: null });
      expect(lab.asked).toEqual([]);
    });
  });
});

test('a leaf in two answers is not changed, whoever it belongs to', async () => {
  const [first, second] = [1, 2].map((b) => Object.freeze({ a: Object.freeze({ b, [`only${b}`]: b }) }));
  const lab = await openLab({
    one: {
      sdl: 'type Query @shareable { box: Box } type Box @shareable { json: JSON one: Int } scalar JSON',
      answer: () => ({ data: { box: { json: first, one: 1 } } }),
    },
    two: {
      sdl: 'type Query @shareable { box: Box } type Box @shareable { json: JSON two: Int } scalar JSON',
      answer: () => ({ data: { box: { json: second, two: 2 } } }),
    },
  });
  try {
    const { data, errors } = await lab.run('{ box { json one two } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ box: { json: first, one: 1, two: 2 } });
  } finally {
    await lab.close();
  }
});

test('errors of graphql-js are GraphQLErrors', async () => {
  const lab = await openLab(subgraphs);
  try {
    const { errors } = await lab.run('{ color }');
    expect(errors?.[0]).toBeInstanceOf(GraphQLError);
  } finally {
    await lab.close();
  }
});
