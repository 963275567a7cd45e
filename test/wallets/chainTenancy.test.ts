import { formatId, newUuid, type Uuid } from '../../platform/id.ts';
import { openDatabase } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { insertSends } from '../../rails/onchain/sends.ts';
import { newAddress } from '../harness/chainRows.ts';
import { type ChainFixture, openChainFixture } from './chainFixture.ts';
import { ask, run } from './fixture.ts';

let fixture: ChainFixture;
beforeAll(async () => {
  fixture = await openChainFixture();
});
afterAll(() => fixture.close());

const chx = (id: Uuid | undefined): string => formatId('chx', id as Uuid);
const FIELDS = 'id hash fromAddress toAddress amount { amount } attempts { hash } network { code }';

const BY_ID = `query ($id: ID!, $representations: [_Any!]!) {
  chainTransaction(id: $id) { ${FIELDS} }
  _entities(representations: $representations) { ... on ChainTransaction { ${FIELDS} } }
}`;
const LISTS = `query ($hash: String) {
  chainTransactions(first: 100) { edges { node { ${FIELDS} } } }
  byHash: chainTransactions(first: 100, filter: { hash: $hash }) { edges { node { id } } }
}`;

function byId(viewer: Viewer, id: string) {
  const representations = [{ __typename: 'ChainTransaction', id }];
  return ask(fixture.wallets, viewer, BY_ID, { id, representations });
}

const NOTHING = { chainTransaction: null, _entities: [null] };

const idsOf = (connection: { edges: { node: { id: string } }[] }): string[] =>
  connection.edges.map(({ node }) => node.id).toSorted();

test('what is foreign answers exactly as what does not exist, deposit or send', async () => {
  const { viewer } = fixture.ours;
  const { deposits, sent, multisend, sweep } = fixture.their;
  for (const id of [...deposits, sent, multisend, sweep, newUuid(), fixture.their.walletId])
    expect(await byId(viewer, chx(id))).toEqual(NOTHING);
  for (const id of ['', 'nobody', formatId('txn', sent)]) expect(await byId(viewer, id)).toEqual(NOTHING);
  for (const id of [fixture.our.sent, fixture.our.deposits[0]]) {
    const { chainTransaction, _entities } = await byId(viewer, chx(id));
    expect(chainTransaction).toMatchObject({ id: chx(id) });
    expect(_entities).toEqual([chainTransaction]);
  }
});

test('lists, filters and comparisons hold nothing of another organization', async () => {
  const theirs = (await ask(fixture.wallets, fixture.theirs.viewer, LISTS)).chainTransactions;
  const { hash } = theirs.edges[0].node;
  expect(idsOf((await ask(fixture.wallets, fixture.theirs.viewer, LISTS, { hash })).byHash)).toHaveLength(1);
  const answer = await ask(fixture.wallets, fixture.ours.viewer, LISTS, { hash });
  expect(answer.byHash.edges).toEqual([]);
  const { deposits, sent, multisend, otherSent, sweep } = fixture.our;
  expect(idsOf(answer.chainTransactions)).toEqual(
    [...deposits, sent, multisend, otherSent, sweep].map(chx).toSorted(),
  );
  const checks =
    '{ reconciliations { network { code } } chainDifferences(first: 9, openOnly: false) { edges { node { id } } } }';
  const ours = await ask(fixture.wallets, fixture.ours.viewer, checks);
  const others = await ask(fixture.wallets, fixture.theirs.viewer, checks);
  expect([ours.reconciliations.length, others.reconciliations.length]).toEqual([1, 1]);
  expect(idsOf(ours.chainDifferences)).toHaveLength(2);
  expect(idsOf(ours.chainDifferences)).not.toEqual(idsOf(others.chainDifferences));
});

test('a client token sees what moves money of its customer, and of what carries others as well no more than that', async () => {
  const { client, our } = fixture;
  const { chainTransactions } = await ask(fixture.wallets, client, LISTS);
  expect(idsOf(chainTransactions)).toEqual(
    [our.deposits[0], our.deposits[1], our.sent, our.multisend].map(chx).toSorted(),
  );
  for (const id of [our.deposits[2], our.deposits[3], our.otherSent, our.sweep])
    expect(await byId(client, chx(id))).toEqual(NOTHING);
  expect((await byId(client, chx(our.sent))).chainTransaction).toMatchObject({
    amount: { amount: '1.000000' },
  });
  expect((await byId(client, chx(our.multisend))).chainTransaction).toMatchObject({
    toAddress: null,
    amount: null,
  });
  const others = await fixture.rows<{ address: string }>(
    `select to_address as address from chain.send where account_id = $1
     union all select address from chain.address where wallet_id in ($1, $2)`,
    [our.otherWalletId, our.treasuryWalletId],
  );
  expect(others).toHaveLength(4);
  const told = JSON.stringify(chainTransactions).toLowerCase();
  for (const { address } of others) expect(told).not.toContain(address);
});

test('a send that does not say whose money it moves is not shown to a client token', async () => {
  const { id } = await fixture.chain.addSent([fixture.our.walletId]);
  expect((await byId(fixture.client, chx(id))).chainTransaction).toMatchObject({ id: chx(id) });
  await fixture.rows('update chain.send set account_id = null where chain_transaction_id = $1', [id]);
  expect(await byId(fixture.client, chx(id))).toEqual(NOTHING);
  expect((await byId(fixture.ours.viewer, chx(id))).chainTransaction).toMatchObject({ id: chx(id) });
});

test('a send that payments queues says whose money it moves', async () => {
  const { walletId } = fixture.our;
  const { organizationId } = fixture.ours;
  const [{ address: fromAddress }] = (await fixture.rows<{ address: string }>(
    `select address from chain.address where organization_id = $1 and purpose = 'CUSTODY'`,
    [organizationId],
  )) as [{ address: string }];
  const id = newUuid();
  const send = { id, organizationId, accountId: walletId, network: 'POLYGON', asset: 'USDC' };
  const writer = await openDatabase({ url: fixture.url, role: 'omsx_payments_writer', poolMax: 1 });
  try {
    await writer.write((tx) =>
      insertSends(tx, [{ ...send, fromAddress, toAddress: newAddress(), amountMinor: 5n }]),
    );
  } finally {
    await writer.close();
  }
  expect(await fixture.rows('select account_id, amount from chain.send where id = $1', [id])).toEqual([
    { account_id: walletId, amount: '5' },
  ]);
});

test('a client token reaches only the wallets of its customer, with their addresses and deposits', async () => {
  const text = `query ($id: ID!) { wallet(id: $id) { address chainTransactions(first: 9) { edges { node { id } } } } }`;
  const wallet = async (id: Uuid) =>
    (await ask(fixture.wallets, fixture.client, text, { id: formatId('wal', id) })).wallet;
  const { our, their } = fixture;
  expect(idsOf((await wallet(our.walletId)).chainTransactions)).toEqual(
    our.deposits.slice(0, 2).map(chx).toSorted(),
  );
  for (const id of [our.otherWalletId, our.treasuryWalletId, their.walletId])
    expect(await wallet(id)).toBeNull();
});

test('books and differences are not for client tokens', async () => {
  const viewer = { ...fixture.client, scopes: ['*'] };
  for (const text of [
    '{ reconciliations { isEqual } }',
    '{ chainDifferences(first: 1) { edges { cursor } } }',
  ]) {
    const result = await run(fixture.wallets, viewer, text);
    expect(result.errors?.map((error) => error.extensions.code)).toEqual(['FORBIDDEN']);
  }
});

const ESTIMATE = `query ($input: EstimateSendInput!) { estimateSend(input: $input) {
  __typename ... on Failure { code } ... on NotFound { id } ... on NotOnChain { accountId } ... on InvalidInput { field }
} }`;

test('an estimate for a foreign wallet answers as for one that does not exist, whatever else is wrong', async () => {
  const { our, their, client, ours } = fixture;
  const estimate = async (viewer: Viewer, walletId: string, more: object = {}) =>
    (
      await ask(fixture.wallets, viewer, ESTIMATE, {
        input: { walletId, destinationAddress: newAddress(), amount: '1.00', ...more },
      })
    ).estimateSend;
  for (const [viewer, uuid] of [
    [ours.viewer, their.walletId],
    [ours.viewer, newUuid()],
    [client, our.otherWalletId],
    [client, our.treasuryWalletId],
  ] as const) {
    const id = formatId('wal', uuid);
    expect(await estimate(viewer, id)).toEqual({ __typename: 'NotFound', code: 'NOT_FOUND', id });
    expect(await estimate(viewer, id, { amount: 'x' })).toEqual({
      __typename: 'NotFound',
      code: 'NOT_FOUND',
      id,
    });
  }
  const own = formatId('wal', our.walletId);
  expect(await estimate(client, own, { amount: '0.0000001' })).toMatchObject({ field: 'amount' });
  expect(await estimate(client, own, { destinationAddress: '0x12' })).toMatchObject({
    field: 'destinationAddress',
  });
});

test.each([
  ['chainTransaction', '{ chainTransaction(id: "x") { id } }'],
  ['chainTransactions', '{ chainTransactions(first: 1) { edges { cursor } } }'],
  ['reconciliations', '{ reconciliations { isEqual } }'],
  ['chainDifferences', '{ chainDifferences(first: 1) { edges { cursor } } }'],
  [
    'estimateSend',
    '{ estimateSend(input: { walletId: "x", destinationAddress: "x", amount: "1" }) { __typename } }',
  ],
  [
    '_entities',
    '{ _entities(representations: [{ __typename: "ChainTransaction", id: "x" }]) { ... on ChainTransaction { hash } } }',
  ],
])('%s needs its scope', async (_, text) => {
  const viewer = { ...fixture.ours.viewer, scopes: ['accounts:read', 'transactions:read'] };
  const result = await run(fixture.wallets, viewer, text);
  expect(result.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', scope: 'wallets:read' });
});
