import { newUuid } from '../../platform/id.ts';
import { execute, type Json, mutate, openWorld, run, type World } from './world.ts';

let world: World;
const customerIds: string[] = [];

/** 23 customers with 3 accounts each; those of one batch have the same createdAt, which no page may trip over. */
beforeAll(async () => {
  world = await openWorld();
  const create = (index: number): Promise<Json> =>
    mutate(world.accounts, world.ours.viewer, 'createCustomer', {
      ...(index % 2 === 0
        ? { type: 'BUSINESS', legalName: `Business ${index}` }
        : { type: 'INDIVIDUAL', firstName: 'Person', lastName: String(index) }),
      externalId: `list-${index}`,
    });
  const customers = await Promise.all(Array.from({ length: 23 }, (_, index) => create(index)));
  customerIds.push(...customers.map((customer) => customer.id));
  const assets = ['USD', 'EUR', 'USDC'];
  await Promise.all(
    customerIds.flatMap((customerId) =>
      assets.map((asset) =>
        mutate(world.accounts, world.ours.viewer, 'createAccount', { customerId, asset }),
      ),
    ),
  );
});
afterAll(() => world.close());

async function query(document: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Json> {
  return run(world.accounts, world.ours.viewer, document, variables);
}

/** Walks a list from one end to the other, page by page. */
async function walk(
  field: string,
  way: 'forward' | 'backward',
  size: number,
  filter = '',
): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 100; page++) {
    const args: string = way === 'forward' ? 'first: $size, after: $cursor' : 'last: $size, before: $cursor';
    const data: Json = await query(
      `query ($size: Int!, $cursor: Cursor) { list: ${field}(${args} ${filter}) {
         pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } } } }`,
      { size, cursor },
    );
    const { edges, pageInfo } = data.list;
    const found = edges.map((edge: Json) => edge.node.id);
    if (way === 'forward') ids.push(...found);
    else ids.unshift(...found);
    expect(pageInfo.startCursor).toBe(edges[0]?.cursor ?? null);
    const more = way === 'forward' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
    if (!more) return ids;
    cursor = way === 'forward' ? pageInfo.endCursor : pageInfo.startCursor;
  }
  throw new Error('the list does not end');
}

test.each(['customers', 'accounts', 'apiKeys'])(
  '%s: pages in both directions are the same list',
  async (field) => {
    if (field === 'apiKeys') {
      for (let index = 0; index < 7; index++) {
        await mutate(world.accounts, world.ours.viewer, 'createApiKey', {
          name: `${index}`,
          scopes: ['keys:read'],
        });
      }
    }
    const whole = await walk(field, 'forward', 100);
    expect(whole).toEqual([...whole].sort().reverse());
    expect(new Set(whole).size).toBe({ customers: 23, accounts: 69, apiKeys: 8 }[field]);
    for (const size of [1, 4, 23]) {
      if (size === 1 && field === 'accounts') continue;
      expect(await walk(field, 'forward', size)).toEqual(whole);
      expect(await walk(field, 'backward', size)).toEqual(whole);
    }
  },
);

test('the accounts of several customers are paged together, both ways, each from its own end', async () => {
  const page = async (args: string): Promise<Json> => {
    const ids = customerIds.slice(0, 2);
    const { nodes } = await query(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Customer { accounts(${args}) {
         pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { node { id } } } } } }`,
      { ids },
    );
    return nodes.map((node: Json) => node.accounts);
  };
  const idsOf = (list: Json): readonly string[] => list.edges.map((edge: Json) => edge.node.id);
  const whole = await page('first: 10');
  expect(whole.map((list: Json) => idsOf(list).length)).toEqual([3, 3]);
  for (const [index, list] of whole.entries()) {
    expect(idsOf(list)).toEqual([...idsOf(list)].sort().reverse());
    const first = (await page('first: 2'))[index];
    expect([idsOf(first), first.pageInfo.hasNextPage]).toEqual([idsOf(list).slice(0, 2), true]);
    const rest = (await page(`first: 2, after: "${first.pageInfo.endCursor}"`))[index];
    expect([idsOf(rest), rest.pageInfo.hasNextPage]).toEqual([idsOf(list).slice(2), false]);
    expect(idsOf((await page('last: 2'))[index])).toEqual(idsOf(list).slice(1));
    const back = (await page(`last: 2, before: "${rest.pageInfo.startCursor}"`))[index];
    expect([idsOf(back), back.pageInfo.hasPreviousPage]).toEqual([idsOf(list).slice(0, 2), false]);
  }
});

test('more than 100 ids or externalIds are refused', async () => {
  const ids = JSON.stringify(Array(101).fill(customerIds[0]));
  for (const document of [
    `{ nodes(ids: ${ids}) { id } }`,
    `{ customers(first: 1, filter: { externalIds: ${ids} }) { edges { cursor } } }`,
  ]) {
    const { errors } = await execute(world.accounts, world.ours.viewer, document);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  }
});

test('customers are filtered by type, externalId and time, all at once', async () => {
  const list = async (filter: string): Promise<number> =>
    (await query(`{ customers(first: 100, filter: ${filter}) { edges { node { id } } } }`)).customers.edges
      .length;
  expect(await list('{ type: BUSINESS }')).toBe(12);
  expect(await list('{ externalIds: ["list-0", "list-1", "nobody"] }')).toBe(2);
  expect(await list('{ type: INDIVIDUAL, externalIds: ["list-0", "list-1"] }')).toBe(1);
  expect(await list('{ externalIds: [] }')).toBe(0);
  expect(await list('{ externalIds: ["nul\\u0000", "list-1"] }')).toBe(1);
  const { createdAt } = (await query(`{ customer(id: "${customerIds[0]}") { createdAt } }`)).customer;
  const next = new Date(Date.parse(createdAt) + 1).toISOString();
  expect(await list(`{ createdAt: { to: "${createdAt}" } }`)).toBe(0);
  expect(await list(`{ createdAt: { from: "${createdAt}", to: "${next}" } }`)).toBeGreaterThan(0);
  expect(await walk('customers', 'backward', 5, ', filter: { type: BUSINESS }')).toHaveLength(12);
});

test('accounts are filtered by kind, asset and customer', async () => {
  const list = async (filter: string): Promise<number> =>
    (await query(`{ accounts(first: 100, filter: ${filter}) { edges { node { id } } } }`)).accounts.edges
      .length;
  expect(await list('{ asset: "EUR" }')).toBe(23);
  expect(await list('{ kinds: [TREASURY, FEES] }')).toBe(0);
  expect(await list(`{ customerId: "${customerIds[3]}" }`)).toBe(3);
  expect(await list(`{ customerId: "${customerIds[3]}", asset: "USDC", kinds: [CUSTOMER] }`)).toBe(1);
  expect(await list('{ customerId: "cus_nonsense" }')).toBe(0);
  expect(await list('{ asset: "nul\\u0000" }')).toBe(0);
});

test('node and nodes find every type by its id, in order, and null for the rest', async () => {
  const { organization, accounts, apiKeys } = await query(
    '{ organization { id } accounts(first: 1) { edges { node { id } } } apiKeys(first: 1) { edges { node { id } } } }',
  );
  const wallet = accounts.edges[0].node.id.replace('acc', 'wal');
  const ids = [
    organization.id,
    customerIds[0],
    accounts.edges[0].node.id,
    apiKeys.edges[0].node.id,
    wallet,
    wallet.replace('wal', 'txn'),
    wallet.replace('wal', 'quo'),
    'cus_nonsense',
    'nothing',
    'wal_nonsense',
    'txn_nonsense',
    `cus_${'z'.repeat(26)}`,
    // No object of its own: it is found through its Transaction.
    wallet.replace('wal', 'evt'),
  ];
  const { nodes } = await query('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids });
  const types = [
    'Organization',
    'Customer',
    'Account',
    'ApiKey',
    'Wallet',
    'Transaction',
    'Quote',
    null,
    null,
    null,
    null,
    null,
    null,
  ];
  expect(nodes).toEqual(types.map((type, index) => type && { __typename: type, id: ids[index] }));
  const { node } = await query('query ($id: ID!) { node(id: $id) { ... on Customer { externalId } } }', {
    id: customerIds[5],
  });
  expect(node).toEqual({ externalId: 'list-5' });
});

const REPRESENTATIONS = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on Customer { id accounts(first: 3) { edges { node { id customer { id } balance { posted { amount } } } } } }
  ... on Account { id balance(at: "2030-01-01T00:00:00Z") { version } entries(first: 2) { edges { node { id } } } }
  ... on Organization { id name } } }`;

test('the chief operations send a fixed number of statements, whatever the number of objects', async () => {
  const { accounts } = await query('{ accounts(first: 50) { edges { node { id } } } }');
  const accountIds: string[] = accounts.edges.map((edge: Json) => edge.node.id);
  const count = async (document: string, variables = {}): Promise<number> => {
    const before = world.accounts.statementCount().read;
    await query(document, variables);
    return world.accounts.statementCount().read - before;
  };
  // Customers of a list come through TypeORM, which the count leaves out.
  expect(
    await count(
      '{ customers(first: 20) { edges { node { id accounts(first: 3) { edges { node { id balance { posted { amount } } } } } } } } }',
    ),
  ).toBe(1);
  expect(
    await count(
      '{ accounts(first: 50) { edges { node { id balance { posted { amount } } customer { displayName } } } } }',
    ),
  ).toBe(2);
  expect(
    await count(
      '{ accounts(first: 50) { edges { node { balance(at: "2030-01-01T00:00:00Z") { version } entries(first: 5) { edges { node { id } } } } } } }',
    ),
  ).toBe(3);
  const representations = [
    ...customerIds.map((id) => ({ __typename: 'Customer', id })),
    ...accountIds.map((id) => ({ __typename: 'Account', id })),
  ];
  // Customers, their accounts, the accounts themselves, balances, entries.
  expect(await count(REPRESENTATIONS, { representations })).toBe(5);
  const ids = [...customerIds, ...accountIds];
  expect(await count('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).toBe(2);
});

test('a batch of writes is a handful of statements', async () => {
  const before = world.accounts.statementCount().written;
  await Promise.all(
    Array.from({ length: 50 }, () =>
      mutate(world.accounts, world.ours.viewer, 'createCustomer', {
        idempotencyKey: newUuid(),
        type: 'BUSINESS',
        legalName: 'Batch Ltd',
      }),
    ),
  );
  // Locks, keys, customers, holders, results, events, for each of at most a few batches.
  expect(world.accounts.statementCount().written - before).toBeLessThanOrEqual(3 * 6);
});
