import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { ask, countStatements, createWallet, type Fixture, openFixture, run } from './fixture.ts';

let fixture: Fixture;
/** Wallets of our Customer, oldest first. */
const walletIds: string[] = [];
let treasuryId = '';
let otherCustomerId = '';

beforeAll(async () => {
  fixture = await openFixture();
  const customerId = formatId('cus', fixture.ours.customerId);
  for (const asset of ['USD', 'EUR', 'USDC', 'USD', 'GBP']) {
    walletIds.push(await createWallet(fixture.wallets, fixture.ours.viewer, { customerId, asset }));
  }
  treasuryId = await createWallet(fixture.wallets, fixture.ours.viewer, {
    network: 'POLYGON',
    asset: 'USDC',
  });
  otherCustomerId = formatId('cus', await fixture.addCustomer(fixture.ours.organizationId));
  await createWallet(fixture.wallets, fixture.theirs.viewer);
});
afterAll(() => fixture.close());

const query = (text: string, variables = {}) => ask(fixture.wallets, fixture.ours.viewer, text, variables);

const LIST = `query ($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: WalletFilter) {
  wallets(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

async function list(variables: object): Promise<{ ids: string[]; pageInfo: Record<string, unknown> }> {
  const { wallets } = await query(LIST, variables);
  return {
    ids: wallets.edges.map((edge: { node: { id: string } }) => edge.node.id),
    pageInfo: wallets.pageInfo,
  };
}

test('assets and networks name one another', async () => {
  const data = await query(`{
    assets { code scale name networks { code } }
    networks { code name kind assets { code } }
  }`);
  const usdc = data.assets.find((asset: { code: string }) => asset.code === 'USDC');
  expect(usdc).toMatchObject({ scale: 6, name: 'USD Coin' });
  expect(usdc.networks.map(({ code }: { code: string }) => code)).toEqual([
    'BASE',
    'ETHEREUM',
    'LEDGER',
    'LOCAL',
    'POLYGON',
    'POLYGON_AMOY',
  ]);
  const polygon = data.networks.find((network: { code: string }) => network.code === 'POLYGON');
  expect(polygon).toMatchObject({ name: 'Polygon PoS', kind: 'EVM' });
  expect(polygon.assets.map(({ code }: { code: string }) => code)).toEqual(['POL', 'USDC', 'USDT']);
});

test('assets and networks are answered without a statement', async () => {
  expect(await countStatements(() => query('{ assets { code networks { code } } networks { code } }'))).toBe(
    0,
  );
});

test('pages forward are newest first, without gap or duplicate', async () => {
  const newestFirst = [treasuryId, ...walletIds.toReversed()];
  const seen: string[] = [];
  let after: unknown = null;
  const flags: unknown[] = [];
  for (let pages = 0; pages < 3; pages++) {
    const { ids, pageInfo } = await list({ first: 2, after });
    seen.push(...ids);
    flags.push([pageInfo.hasPreviousPage, pageInfo.hasNextPage]);
    after = pageInfo.endCursor;
  }
  expect(seen).toEqual(newestFirst);
  expect(flags).toEqual([
    [false, true],
    [true, true],
    [true, false],
  ]);
  expect((await list({ first: 2, after })).ids).toEqual([]);
});

test('pages backward have the same order', async () => {
  const newestFirst = [treasuryId, ...walletIds.toReversed()];
  const oldest = await list({ last: 4 });
  expect(oldest.ids).toEqual(newestFirst.slice(-4));
  expect(oldest.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
  const rest = await list({ last: 4, before: oldest.pageInfo.startCursor });
  expect(rest.ids).toEqual(newestFirst.slice(0, 2));
  expect(rest.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: true });
});

test('all conditions of a filter hold at once', async () => {
  const customerId = formatId('cus', fixture.ours.customerId);
  expect((await list({ first: 9, filter: { asset: 'USDC' } })).ids).toEqual([treasuryId, walletIds[2]]);
  expect((await list({ first: 9, filter: { network: 'POLYGON' } })).ids).toEqual([treasuryId]);
  expect((await list({ first: 9, filter: { asset: 'USD', customerId } })).ids).toEqual([
    walletIds[3],
    walletIds[0],
  ]);
  expect((await list({ last: 1, filter: { asset: 'USD', customerId } })).ids).toEqual([walletIds[0]]);
  expect((await list({ first: 9, filter: { network: 'POLYGON', customerId } })).ids).toEqual([]);
  expect((await list({ first: 9, filter: { customerId: otherCustomerId } })).ids).toEqual([]);
  expect((await list({ first: 9, filter: { customerId: 'nobody' } })).ids).toEqual([]);
});

test.each([{}, { first: 0 }, { first: 101 }, { first: 1, last: 1 }, { first: 1, after: 'xyz' }])(
  'the page %j is refused',
  async (variables) => {
    const result = await run(fixture.wallets, fixture.ours.viewer, LIST, variables);
    expect(result.errors?.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT']);
  },
);

test('a wallet is found by its id, and null for an id that is none', async () => {
  const text = 'query ($id: ID!) { wallet(id: $id) { id account { id } asset { name } } }';
  expect((await query(text, { id: treasuryId })).wallet).toEqual({
    id: treasuryId,
    account: { id: formatId('acc', parseId('wal', treasuryId) as Uuid) },
    asset: { name: 'USD Coin' },
  });
  for (const id of [formatId('wal', newUuid()), formatId('acc', newUuid()), '']) {
    expect(await query(text, { id })).toEqual({ wallet: null });
  }
});

const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Wallet { id name account { id } customer { id } }
    ... on Account { id wallet { id network { code } } }
    ... on Customer { id wallets(first: 2) { edges { node { id } } pageInfo { hasNextPage } } }
    ... on Asset { code name networks { code } }
  }
}`;

test('many entities of each kind take one statement a kind', async () => {
  const accounts = walletIds.map((id) => formatId('acc', parseId('wal', id) as Uuid));
  const bare = formatId('acc', newUuid());
  const customerId = formatId('cus', fixture.ours.customerId);
  const foreignCustomerId = formatId('cus', fixture.theirs.customerId);
  const representations = [
    ...walletIds.map((id) => ({ __typename: 'Wallet', id })),
    { __typename: 'Wallet', id: formatId('wal', newUuid()) },
    ...[...accounts, bare].map((id) => ({ __typename: 'Account', id })),
    ...[customerId, otherCustomerId, foreignCustomerId].map((id) => ({ __typename: 'Customer', id })),
    { __typename: 'Asset', code: 'EUR' },
    { __typename: 'Asset', code: 'NONE' },
  ];
  let entities: unknown[] = [];
  const statements = await countStatements(async () => {
    entities = (await query(ENTITIES, { representations }))._entities;
  });
  expect(entities).toEqual([
    ...walletIds.map((id, index) => ({
      id,
      name: null,
      account: { id: accounts[index] },
      customer: { id: customerId },
    })),
    null,
    ...walletIds.map((id, index) => ({
      id: accounts[index],
      wallet: { id, network: { code: 'LEDGER' } },
    })),
    { id: bare, wallet: null },
    {
      id: customerId,
      wallets: {
        edges: [{ node: { id: walletIds[4] } }, { node: { id: walletIds[3] } }],
        pageInfo: { hasNextPage: true },
      },
    },
    { id: otherCustomerId, wallets: { edges: [], pageInfo: { hasNextPage: false } } },
    { id: foreignCustomerId, wallets: { edges: [], pageInfo: { hasNextPage: false } } },
    { code: 'EUR', name: 'Euro', networks: [{ code: 'LEDGER' }] },
    null,
  ]);
  // Wallets and Accounts are looked up by the same Loader, a tick apart; the Customers' pages are the third.
  expect(statements).toBeLessThanOrEqual(3);
});

test('the wallets of many customers are one statement for each page that is asked for', async () => {
  const customers = [formatId('cus', fixture.ours.customerId), otherCustomerId];
  const text = `query ($representations: [_Any!]!) {
    _entities(representations: $representations) {
      ... on Customer {
        newest: wallets(first: 1) { edges { cursor node { id } } }
        oldest: wallets(last: 1) { edges { node { id } } pageInfo { hasPreviousPage } }
      }
    }
  }`;
  const representations = customers.map((id) => ({ __typename: 'Customer', id }));
  let entities: { newest: { edges: { cursor: string }[] } }[] = [];
  const statements = await countStatements(async () => {
    entities = (await query(text, { representations }))._entities;
  });
  expect(statements).toBe(2);
  expect(entities).toMatchObject([
    {
      newest: { edges: [{ node: { id: walletIds[4] } }] },
      oldest: { edges: [{ node: { id: walletIds[0] } }], pageInfo: { hasPreviousPage: true } },
    },
    { newest: { edges: [] }, oldest: { edges: [] } },
  ]);
  const after = entities[0]?.newest.edges[0]?.cursor;
  const next = await query(
    `query ($representations: [_Any!]!, $after: Cursor) {
      _entities(representations: $representations) {
        ... on Customer { wallets(first: 1, after: $after) { edges { node { id } } } }
      }
    }`,
    { representations, after },
  );
  expect(next._entities[0].wallets.edges).toEqual([{ node: { id: walletIds[3] } }]);
});

test('a wallet, a page of wallets and a new wallet take a fixed number of statements', async () => {
  const counts = [
    await countStatements(() => query(`{ wallet(id: "${treasuryId}") { id } }`)),
    await countStatements(() =>
      query('{ wallets(first: 6) { edges { node { account { wallet { id } } asset { name } } } } }'),
    ),
    await countStatements(() => createWallet(fixture.wallets, fixture.ours.viewer)),
  ];
  // Page: the list, then the wallets of its accounts. New wallet: keys (2), accounts (2) with what their holders
  // are restricted in, wallets, key kept, event,
  // and the wallet read back.
  expect(counts).toEqual([1, 2, 9]);
});
