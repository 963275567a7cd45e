import { setTimeout as sleep } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import type { Identity } from '../../../router/caller.ts';
import { type AuthorizationOptions, createAuthorization } from '../../../router/protection/authorization.ts';
import type { Mask } from '../../../router/protection/mask.ts';
import { readSupergraph } from '../../../router/supergraph/read.ts';
import type { Supergraph } from '../../../router/supergraph/supergraph.ts';
import { compose, composeSdl, identityOf, operationOf } from './compose.ts';

const SUBGRAPHS = {
  people: `
    type Query {
      free: String
      me: User
      secret: String @authenticated
      node: Node
      found: [Found]
      pin: Pin
      status: Status
      signed: String @authenticated @requiresScopes(scopes: [["a", "b"], ["c"]])
      audited: String @policy(policies: [["audit"]])
      twice: String @policy(policies: [["audit", "finance"], ["root"]])
    }
    type Mutation { pay: String @requiresScopes(scopes: [["pay"]]) free: String }
    type Subscription { news: News }
    type News { free: String secret: String @authenticated }
    interface Node { id: ID! name: String }
    type User implements Node @key(fields: "id") @requiresScopes(scopes: [["users"]]) {
      id: ID!
      name: String
      salary: Int @requiresScopes(scopes: [["salaries"]])
      boss: User
    }
    type Book implements Node @key(fields: "id") { id: ID! name: String }
    type Robot { name: String serial: Int @authenticated }
    union Found = User | Book | Robot
    scalar Pin @requiresScopes(scopes: [["pins"]])
    enum Status @authenticated { ON OFF }`,
  more: `
    type Query { other: String }
    type Book @key(fields: "id") { id: ID! price: Int @requiresScopes(scopes: [["prices"], ["all"]]) }`,
};

const supergraph = compose(SUBGRAPHS);
const nobody = identityOf();

async function maskOf(
  text: string,
  identity: Identity,
  options: AuthorizationOptions = {},
  of: Supergraph = supergraph,
): Promise<Mask | null> {
  return await createAuthorization(of, options).mask(operationOf(of, text), identity);
}

/** Response keys of what is denied, in order. */
async function denied(...args: Parameters<typeof maskOf>): Promise<readonly string[]> {
  const mask = await maskOf(...args);
  return [...(mask?.denied.keys() ?? [])].map(({ alias, name }) => (alias ?? name).value);
}

describe('what a field needs', () => {
  test('a field needs what stands on it', async () => {
    expect(await denied('{ free secret }', nobody)).toEqual(['secret']);
    expect(await denied('{ free secret }', identityOf([]))).toEqual([]);
  });

  test('a field needs what the type that it returns needs: object, scalar or enum', async () => {
    const text = '{ me { boss { name } } pin status }';
    expect(await denied(text, nobody)).toEqual(['me', 'pin', 'status']);
    expect(await denied(text, identityOf(['pins']))).toEqual(['me']);
    expect(await denied(text, identityOf(['pins', 'users']))).toEqual([]);
  });

  test('what is below a denied field is not listed', async () => {
    expect(await denied('{ me { salary } }', identityOf([]))).toEqual(['me']);
    expect(await denied('{ me { salary } }', identityOf(['users']))).toEqual(['salary']);
    expect(await denied('{ me { ...F } me2: me { ...F } } fragment F on User { salary }', nobody)).toEqual([
      'me',
      'me2',
    ]);
  });

  test('scopes are an OR of ANDs', async () => {
    for (const [scopes, expected] of [
      [['a'], ['signed']],
      [['a', 'b'], []],
      [['c'], []],
      [['b'], ['signed']],
    ] as const) {
      expect(await denied('{ signed }', identityOf(scopes))).toEqual(expected);
    }
  });

  test('an operation that needs nothing is answered at once with null', () => {
    const authorization = createAuthorization(supergraph, { hook: async () => new Set() });
    expect(authorization.mask(operationOf(supergraph, '{ free }'), nobody)).toBeNull();
    // Of a document with several, only the one that runs counts.
    const one = operationOf(supergraph, 'query A { free } query B { secret }', 'A');
    expect(authorization.mask(one, nobody)).toBeNull();
  });

  test('a supergraph without any of the directives masks nothing', async () => {
    const plain = compose({ a: 'type Query { x: Int }' });
    expect(await maskOf('{ x }', nobody, {}, plain)).toBeNull();
  });

  test('a mutation is masked like a query, and introspection is not', async () => {
    expect(await denied('mutation { pay free }', identityOf([]))).toEqual(['pay']);
    expect(
      await denied('{ __schema { types { name } } __type(name: "User") { name } __typename }', nobody),
    ).toEqual([]);
  });
});

describe('attack 25: around a field by alias or fragment', () => {
  test.each([
    ['an alias', '{ free: secret }', ['free']],
    ['an inline fragment', '{ ... { ... on Query { secret } } }', ['secret']],
    ['a named fragment', '{ ...A } fragment A on Query { ...B } fragment B on Query { x: secret }', ['x']],
    ['a condition', 'query ($v: Boolean = true) { secret @include(if: $v) }', ['secret']],
    [
      'names of object properties',
      '{ __proto__: secret __typename: secret constructor: secret }',
      ['__proto__', '__typename', 'constructor'],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await denied(text, nobody)).toEqual(expected);
  });

  test('a fragment that is spread above and below a denied field is denied where it is reached', async () => {
    const text = '{ me { boss { ...F } } found { ...F } } fragment F on User { name }';
    expect(await denied(text, identityOf([]))).toEqual(['me', 'name']);
  });
});

describe('attack 24: interfaces, unions and their members', () => {
  test('a fragment needs what its own type needs', async () => {
    const text =
      '{ found { ... on User { u: name } ... on Book { b: name } ... on Robot { r: name serial } } }';
    expect(await denied(text, nobody)).toEqual(['u', 'serial']);
    expect(await denied(text, identityOf([]))).toEqual(['u']);
    expect(await denied(text, identityOf(['users']))).toEqual([]);
  });

  test('a field that returns an interface needs what composition put on it', async () => {
    expect(await denied('{ node { id } }', identityOf([]))).toEqual(['node']);
    expect(await denied('{ node { ... on Book { id } } }', identityOf([]))).toEqual(['node']);
    expect(await denied('{ node { id } }', identityOf(['users']))).toEqual([]);
  });

  test('a member that is free stays free beside an interface that is not', async () => {
    expect(await denied('{ found { ... on Book { id name } } }', nobody)).toEqual([]);
  });

  test('an interface inside a union needs what each of its implementations needs', async () => {
    expect(await denied('{ found { ... on Node { id __typename } } }', identityOf([]))).toEqual(['id']);
  });

  test('the name of a type needs nothing', async () => {
    expect(await denied('{ found { __typename ... on User { __typename } } }', nobody)).toEqual([]);
  });

  // Composition before 2.12 left interfaces as they were written.
  const older = readSupergraph(
    composeSdl({
      a: `
        type Query { nodes: [Node] books: [Book] }
        interface Node { id: ID! name: String }
        type User implements Node @authenticated { id: ID! name: String @requiresScopes(scopes: [["names"]]) }
        type Book implements Node { id: ID! name: String }`,
    }).replace(/interface Node[^}]*}/, (text) =>
      text.replaceAll(/@(authenticated|requiresScopes\([^)]*\))/g, ''),
    ),
  );

  test('an interface of an older supergraph does not lead around its implementations', async () => {
    const text = '{ nodes { id name __typename ... on Book { b: id } } }';
    expect(await denied(text, nobody, {}, older)).toEqual(['id', 'name']);
    expect(await denied(text, identityOf([]), {}, older)).toEqual(['name']);
    expect(await denied(text, identityOf(['names']), {}, older)).toEqual([]);
  });

  // And let directives be written on interfaces, which their implementations then went around.
  const onInterface = readSupergraph(
    composeSdl({
      a: `
        type Query { nodes: [Node] books: [Book] x: Int @authenticated @requiresScopes(scopes: [["x"]]) }
        interface Node { id: ID! name: String }
        type Book implements Node { id: ID! name: String }
        type User implements Node { id: ID! name: String }`,
    }).replace(/interface Node[^{]*{[^}]*}/, (text) =>
      text
        .replace('{', '@authenticated {')
        .replace('name: String', 'name: String @requiresScopes(scopes: [["names"]])'),
    ),
  );

  test('implementations do not lead around a directive that stands on the interface', async () => {
    const text = '{ books { id name } }';
    expect(await denied(text, nobody, {}, onInterface)).toEqual(['books']);
    expect(await denied(text, identityOf([]), {}, onInterface)).toEqual(['name']);
    expect(await denied('{ nodes { ... on User { name } } }', identityOf([]), {}, onInterface)).toEqual([
      'name',
    ]);
    expect(await denied(text, identityOf(['names']), {}, onInterface)).toEqual([]);
  });
});

describe('composition', () => {
  test('subgraphs that ask for different scopes are both obeyed', async () => {
    const merged = compose({
      a: 'type Query { x: Int @shareable @requiresScopes(scopes: [["a"], ["b"]]) }',
      b: 'type Query { x: Int @shareable @requiresScopes(scopes: [["c"]]) @authenticated }',
    });
    expect(await denied('{ x }', identityOf(['c']), {}, merged)).toEqual(['x']);
    expect(await denied('{ x }', identityOf(['a', 'b']), {}, merged)).toEqual(['x']);
    expect(await denied('{ x }', identityOf(['b', 'c']), {}, merged)).toEqual([]);
  });

  test('directives are known by the names that the supergraph gives them', async () => {
    const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
      import: [{ name: "@authenticated", as: "@signedIn" }, { name: "@requiresScopes", as: "@scoped" }, { name: "@policy", as: "@rule" }])`;
    const renamed = compose({
      a: `${link} type Query { a: Int @signedIn b: Int @scoped(scopes: [["s"]]) c: Int @rule(policies: [["p"]]) }`,
    });
    expect(await denied('{ a b c }', nobody, {}, renamed)).toEqual(['a', 'b', 'c']);
    expect(await denied('{ a b c }', identityOf(['s']), {}, renamed)).toEqual(['c']);
  });

  test('a field that an interface object adds is needed on each implementation', async () => {
    const merged = compose({
      a: `
        type Query { books: [Book] media: [Media] }
        interface Media @key(fields: "id") { id: ID! }
        type Book implements Media @key(fields: "id") { id: ID! }`,
      b: 'type Media @interfaceObject @key(fields: "id") { id: ID! reviews: Int @requiresScopes(scopes: [["r"]]) }',
    });
    expect(await denied('{ books { id reviews } media { reviews } }', identityOf([]), {}, merged)).toEqual([
      'reviews',
      'reviews',
    ]);
    expect(await denied('{ books { reviews } media { reviews } }', identityOf(['r']), {}, merged)).toEqual(
      [],
    );
  });

  test('a field that requires others is asked for what composition says and no more', async () => {
    const merged = compose({
      a: 'type Query { x: X } type X @key(fields: "id") { id: ID! hidden: Int @authenticated }',
      b: `type X @key(fields: "id") {
            id: ID! hidden: Int @external
            shown: Int @requires(fields: "hidden") @authenticated free: Int }`,
    });
    expect(await denied('{ x { id free shown } }', nobody, {}, merged)).toEqual(['shown']);
  });
});

describe('denials', () => {
  async function denial(text: string, identity: Identity): Promise<unknown> {
    const mask = await maskOf(text, identity);
    return [...(mask?.denied.values() ?? [])][0];
  }

  test('nobody is unauthenticated, someone is forbidden, and both are told what is missing', async () => {
    expect(await denial('{ secret }', nobody)).toEqual({
      code: 'UNAUTHENTICATED',
      message: 'Query.secret needs credentials.',
      extensions: {},
    });
    expect(await denial('{ signed }', nobody)).toEqual({
      code: 'UNAUTHENTICATED',
      message: 'Query.signed needs credentials and the scope a and b, or c.',
      extensions: { scopes: [['a', 'b'], ['c']] },
    });
    expect(await denial('{ found { ... on User { salary } } }', identityOf(['users']))).toEqual({
      code: 'FORBIDDEN',
      message: 'User.salary needs the scope salaries.',
      extensions: { scopes: [['salaries']] },
    });
    expect(await denial('{ found { ... on User { salary } } }', identityOf([]))).toMatchObject({
      message: 'User.salary needs the scope salaries and users.',
    });
    expect(await denial('{ twice }', identityOf([]))).toEqual({
      code: 'FORBIDDEN',
      message: 'Query.twice needs the policy audit and finance, or root.',
      extensions: { policies: [['audit', 'finance'], ['root']] },
    });
  });

  test('a mask is the same object for the same lacks, and its key differs with them', async () => {
    const authorization = createAuthorization(supergraph);
    const operation = operationOf(supergraph, '{ secret signed found { ... on User { name } } }');
    const [first, again, other, none] = await Promise.all(
      [identityOf([]), identityOf(['x']), identityOf(['a', 'b']), nobody].map((identity) =>
        authorization.mask(operation, identity),
      ),
    );
    expect(first).toBe(again);
    expect(new Set([first?.key, other?.key, none?.key]).size).toBe(3);
  });

  test('nobody and someone who lack the same have masks of their own', async () => {
    const [some, none] = [await maskOf('{ audited }', identityOf([])), await maskOf('{ audited }', nobody)];
    expect(some?.key).not.toBe(none?.key);
    const authorization = createAuthorization(supergraph);
    const operation = operationOf(supergraph, '{ audited }');
    const codes = [identityOf([]), nobody].map((identity) => {
      const mask = authorization.mask(operation, identity) as Mask;
      return [...mask.denied.values()].map(({ code }) => code);
    });
    expect(codes).toEqual([['FORBIDDEN'], ['UNAUTHENTICATED']]);
  });

  test('rejecting refuses the whole operation with the first denial and the others beside it', async () => {
    const refusal = maskOf('{ free secret me { name } }', nobody, { mode: 'reject' });
    await expect(refusal).rejects.toThrow(GraphQLError);
    await expect(refusal).rejects.toMatchObject({
      message: 'Query.secret needs credentials.',
      extensions: { code: 'UNAUTHENTICATED', also: ['Query.me needs credentials and the scope users.'] },
    });
    expect(await maskOf('{ free }', nobody, { mode: 'reject' })).toBeNull();
  });

  test('a subscription is refused for its own field and masked below it', async () => {
    expect(await denied('subscription { news { free secret } }', nobody)).toEqual(['secret']);
    const guarded = compose({
      a: 'type Query { x: Int } type Subscription { news: Int @authenticated }',
    });
    await expect(
      maskOf('subscription { ...F } fragment F on Subscription { n: news }', nobody, {}, guarded),
    ).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
  });
});

describe('policies', () => {
  test('the hook is asked once for all that the operation needs', async () => {
    const asked: (readonly string[])[] = [];
    const hook = async (policies: readonly string[]) => {
      asked.push(policies);
      return new Set(['audit', 'finance']);
    };
    expect(await denied('{ audited twice again: audited }', identityOf([]), { hook })).toEqual([]);
    expect(asked).toEqual([['audit', 'finance', 'root']]);
  });

  test('what the hook does not say holds does not', async () => {
    const hook = async () => new Set(['audit']);
    expect(await denied('{ audited twice }', identityOf([]), { hook })).toEqual(['twice']);
    expect(await denied('{ audited }', identityOf([]))).toEqual(['audited']);
  });

  test('a hook that fails, hangs or answers nonsense denies, and somebody is told', async () => {
    const faults: string[] = [];
    const options = { policyTimeoutMs: 20, onPolicyFault: (fault: Error) => faults.push(fault.message) };
    for (const hook of [
      () => Promise.reject(new Error('down')),
      () => {
        throw new Error('thrown');
      },
      () => sleep(1_000, new Set(['audit']), { ref: false }),
      async () => ['audit'] as unknown as ReadonlySet<string>,
    ]) {
      expect(await denied('{ audited }', identityOf([]), { ...options, hook })).toEqual(['audited']);
    }
    expect(faults).toEqual([
      'down',
      'thrown',
      expect.stringContaining('20 ms'),
      expect.stringContaining('Set'),
    ]);
  });
});
