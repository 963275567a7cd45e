import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { statement } from '../../platform/statement.ts';
import type { Viewer } from '../../platform/viewer.ts';
import {
  ask,
  CREATE_WALLET,
  createWallet,
  type Fixture,
  FUND_SANDBOX,
  newKey,
  openFixture,
  run,
} from './fixture.ts';

let fixture: Fixture;
let ours = '';
let ourTreasury = '';
let theirs = '';
let client: Viewer;

beforeAll(async () => {
  fixture = await openFixture();
  const customerOf = (party: 'ours' | 'theirs') => formatId('cus', fixture[party].customerId);
  ours = await createWallet(fixture.wallets, fixture.ours.viewer, { customerId: customerOf('ours') });
  ourTreasury = await createWallet(fixture.wallets, fixture.ours.viewer);
  theirs = await createWallet(fixture.wallets, fixture.theirs.viewer, { customerId: customerOf('theirs') });
  client = {
    ...fixture.ours.viewer,
    kind: 'CLIENT',
    scopes: ['wallets:read'],
    customerId: fixture.ours.customerId,
  };
});
afterAll(() => fixture.close());

const ALL = `query ($id: ID!, $accountId: ID!, $customerId: ID!, $representations: [_Any!]!) {
  wallet(id: $id) { id }
  wallets(first: 100, filter: { customerId: $customerId }) { edges { node { id } } }
  _entities(representations: $representations) {
    ... on Wallet { id name }
    ... on Account { wallet { id } }
    ... on Customer { wallets(first: 100) { edges { node { id } } } }
  }
}`;

/** Everything that can be asked about a Wallet, its Account and its Customer. */
function askAll(viewer: Viewer, walletId: string, customerUuid: Uuid) {
  const accountId = formatId('acc', parseId('wal', walletId) as Uuid);
  const customerId = formatId('cus', customerUuid);
  return ask(fixture.wallets, viewer, ALL, {
    id: walletId,
    accountId,
    customerId,
    representations: [
      { __typename: 'Wallet', id: walletId },
      { __typename: 'Account', id: accountId },
      { __typename: 'Customer', id: customerId },
    ],
  });
}

const NOTHING = {
  wallet: null,
  wallets: { edges: [] },
  _entities: [null, { wallet: null }, { wallets: { edges: [] } }],
};

test('the owner sees its wallet from every side', async () => {
  const edges = [{ node: { id: ours } }];
  expect(await askAll(fixture.ours.viewer, ours, fixture.ours.customerId)).toEqual({
    wallet: { id: ours },
    wallets: { edges },
    _entities: [{ id: ours, name: null }, { wallet: { id: ours } }, { wallets: { edges } }],
  });
});

test('what is foreign answers exactly as what does not exist', async () => {
  const { viewer } = fixture.ours;
  expect(await askAll(viewer, theirs, fixture.theirs.customerId)).toEqual(NOTHING);
  expect(await askAll(viewer, formatId('wal', newUuid()), newUuid())).toEqual(NOTHING);
});

test('a list shows nothing of another organization', async () => {
  const text = '{ wallets(first: 100) { edges { node { id } } } }';
  const data = await ask(fixture.wallets, fixture.theirs.viewer, text);
  expect(data.wallets.edges).toEqual([{ node: { id: theirs } }]);
});

test('a client token sees the wallets of its customer and no others', async () => {
  const edges = [{ node: { id: ours } }];
  expect((await askAll(client, ours, fixture.ours.customerId)).wallet).toEqual({ id: ours });
  expect(await askAll(client, ourTreasury, await fixture.addCustomer(fixture.ours.organizationId))).toEqual(
    NOTHING,
  );
  const { wallets } = await ask(fixture.wallets, client, '{ wallets(first: 100) { edges { node { id } } } }');
  expect(wallets.edges).toEqual(edges);

  const otherCustomer = await fixture.addCustomer(fixture.ours.organizationId);
  const other = await createWallet(fixture.wallets, fixture.ours.viewer, {
    customerId: formatId('cus', otherCustomer),
  });
  expect(await askAll(client, other, otherCustomer)).toEqual(NOTHING);
});

test('a client token can neither open nor fund a wallet, whatever its scopes', async () => {
  const viewer = { ...client, scopes: ['*'] };
  const results = [
    await run(fixture.wallets, viewer, CREATE_WALLET, {
      input: { idempotencyKey: newKey(), network: 'LEDGER', asset: 'USD' },
    }),
    await run(fixture.wallets, viewer, FUND_SANDBOX, {
      input: { idempotencyKey: newKey(), destinationId: ours, amount: '1.00' },
    }),
  ];
  expect(results.map((result) => result.errors?.[0]?.extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
});

test.each([
  ['wallet', '{ wallet(id: "x") { id } }', 'wallets:read'],
  ['wallets', '{ wallets(first: 1) { edges { cursor } } }', 'wallets:read'],
  [
    'createWallet',
    'mutation { createWallet(input: { idempotencyKey: "s", network: "LEDGER", asset: "USD" }) { __typename } }',
    'wallets:write',
  ],
  [
    'fundSandbox',
    'mutation { fundSandbox(input: { idempotencyKey: "s", destinationId: "x", amount: "1" }) { __typename } }',
    'sandbox:write',
  ],
])('%s needs its scope', async (_, text, scope) => {
  const viewer = { ...fixture.ours.viewer, scopes: ['accounts:read'] };
  const result = await run(fixture.wallets, viewer, text);
  expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', scope });
});

test.each([
  ['Wallet', '... on Wallet { name }'],
  ['Account', '... on Account { wallet { id } }'],
  ['Customer', '... on Customer { wallets(first: 1) { edges { cursor } } }'],
])('what hangs on a %s of another subgraph needs the scope as well', async (typename, fields) => {
  const prefix = { Wallet: 'wal', Account: 'acc', Customer: 'cus' } as const;
  const id = formatId(prefix[typename as 'Wallet'], newUuid());
  const viewer = { ...fixture.ours.viewer, scopes: ['accounts:read'] };
  const text = `query ($r: [_Any!]!) { _entities(representations: $r) { ${fields} } }`;
  const result = await run(fixture.wallets, viewer, text, { r: [{ __typename: typename, id }] });
  expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', scope: 'wallets:read' });
});

describe('row level security', () => {
  const COUNT = statement('test.count_wallets', 'select count(*)::int as count from wallets.wallet');
  const options = { poolMax: 1 };

  test('a statement that forgets the organization still sees only its own rows', async () => {
    const reads = await openDatabase({ ...options, url: fixture.url, role: 'omsx_wallets' });
    try {
      const rows = await reads.readRows(fixture.theirs.organizationId, COUNT);
      expect(rows).toEqual([{ count: 1 }]);
    } finally {
      await reads.close();
    }
  });

  test('a tx without an organization fails instead of seeing everything', async () => {
    const reads = await openDatabase({ ...options, url: fixture.url, role: 'omsx_wallets' });
    try {
      await expect(reads.write((tx) => tx.rows(COUNT))).rejects.toThrow(/app\.organization|uuid/);
    } finally {
      await reads.close();
    }
  });

  test('the role of the request path cannot write', async () => {
    const reads = await openDatabase({ ...options, url: fixture.url, role: 'omsx_wallets' });
    const steal = statement('test.steal', `update wallets.wallet set name = 'mine'`);
    try {
      await expect(reads.write((tx) => tx.rows(steal))).rejects.toThrow(/permission denied/);
    } finally {
      await reads.close();
    }
  });
});
