import type { Hex } from 'viem';
import { formatId, parseId, type Uuid } from '../../platform/id.ts';
import { present } from '../../platform/invariant.ts';
import { clientOf } from '../payments/fixture.ts';
import { ask, run } from '../wallets/fixture.ts';
import { act, assign, inSuspense, newPlace, sourceOf, transactionsAt } from './flows/depositAddresses.ts';
import { expectSound } from './flows/sound.ts';
import {
  addTenant,
  addWallet,
  arrival,
  available,
  deposit,
  ended,
  newOutside,
  payIn,
  send,
  type Tenant,
} from './flows/tenant.ts';
import { type Flows, openFlows } from './flows/world.ts';
import { waitUntil } from './sending.ts';

const DOLLAR = 1_000_000n;
jest.setTimeout(60_000);

let flows: Flows;
let ours: Tenant;
beforeAll(async () => {
  flows = await openFlows();
  ours = await addTenant(flows);
});
afterAll(() => flows.close());
afterEach(async () => {
  flows.miner.resume();
  await expectSound(flows);
});

const wal = ({ walletId }: Tenant): string => formatId('wal', walletId);

/** Of the one deposit of this hash, as the follower wrote it. */
async function rowOf(hash: string) {
  const [row] = await flows.rows<{ state: string; credits: string; version: number }>(
    'select state, credits, version from chain.deposit where transaction_hash = lower($1)',
    [hash],
  );
  return row;
}

/** A deposit that was seen in a block which a re-org took, and what brings it back. @param meanwhile before the re-org */
async function orphaned(
  at: Tenant,
  amountMinor: bigint,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<{ readonly hash: Hex; readonly raw: Hex }> {
  const { node } = flows.chain;
  const hash = await payIn(flows, at, amountMinor);
  await flows.miner.pause();
  await waitUntil(async () => (await rowOf(hash)) !== undefined);
  expect(await rowOf(hash)).toMatchObject({ state: 'SEEN', credits: 'WALLET' });
  const raw = (await node.request({
    method: 'eth_getRawTransactionByHash' as never,
    params: [hash] as never,
  })) as Hex;
  const { blockNumber } = await node.getTransactionReceipt({ hash });
  const depth = Number((await node.getBlockNumber({ cacheTime: 0 })) - blockNumber) + 1;
  await meanwhile();
  await node.request({ method: 'anvil_reorg' as never, params: [depth, []] as never });
  await node.mine({ blocks: 1 });
  await waitUntil(async () => (await rowOf(hash))?.state === 'ORPHANED');
  flows.miner.resume();
  return { hash, raw };
}

test('money that arrives at a deposit address credits the wallet by itself, and is swept and sent as its own', async () => {
  const tenant = await addTenant(flows);
  const { id, at } = await newPlace(flows, tenant, {
    externalId: 'payer 7',
    metadata: [{ key: 'k', value: 'v' }],
  });
  expect(at.address).not.toBe(tenant.address);
  const came = await deposit(flows, at, 25n * DOLLAR);
  expect(came).toMatchObject({ type: 'CRYPTO_TO_CRYPTO', status: 'COMPLETED', finality: 'FINAL' });
  expect(await sourceOf(flows, tenant.viewer, came.id)).toMatchObject({
    source: { rail: 'ONCHAIN', depositAddress: { id } },
    destination: { wallet: { id: wal(tenant) } },
  });
  expect(await transactionsAt(flows, tenant.viewer, id)).toEqual([came.id]);
  const own = await deposit(flows, tenant, DOLLAR);
  expect(await sourceOf(flows, tenant.viewer, own.id)).toMatchObject({ source: { depositAddress: null } });
  expect(await transactionsAt(flows, tenant.viewer, id)).toEqual([came.id]);
  const to = newOutside();
  const sent = await ended(flows, tenant, await send(flows, tenant, '26', to));
  expect(sent).toMatchObject({ status: 'COMPLETED' });
  expect(await flows.chain.usdcOf(to)).toBe(26n * DOLLAR);
  expect(await flows.chain.usdcOf(at.address)).toBe(0n);
  expect(await available(flows, tenant)).toBe(0n);
});

test.each(['pause', 'close'] as const)(
  'after a %s it waits in suspense, names the address, and can be assigned once',
  async (change) => {
    const tenant = await addTenant(flows);
    const { id, at } = await newPlace(flows, tenant);
    const status = change === 'pause' ? 'PAUSED' : 'CLOSED';
    expect(await act(flows, tenant.viewer, change, { id })).toMatchObject({ id, status });
    await payIn(flows, at, 3n * DOLLAR);
    const [waiting] = await inSuspense(flows, tenant.viewer, 1);
    expect(waiting).toMatchObject({
      suspenseReason: status,
      depositAddress: { id },
      amount: { amount: '3.000000' },
    });
    expect(await available(flows, tenant)).toBe(0n);
    expect(await transactionsAt(flows, tenant.viewer, id)).toEqual([]);
    const tries = await Promise.all([1, 2, 3].map(() => assign(flows, tenant, waiting?.id)));
    const [assigned, ...others] = tries.filter(({ __typename }) => __typename === 'Transaction');
    expect(others).toEqual([]);
    expect(assigned).toMatchObject({ status: 'COMPLETED', finality: 'FINAL' });
    expect(tries.filter(({ code }) => code === 'INVALID_INPUT')).toHaveLength(2);
    expect(await sourceOf(flows, tenant.viewer, assigned.id)).toMatchObject({
      source: { rail: 'ONCHAIN', depositAddress: { id }, chainTransaction: { id: waiting?.id } },
      destination: { wallet: { id: wal(tenant) } },
    });
    expect(await available(flows, tenant)).toBe(3n * DOLLAR);
    expect(await inSuspense(flows, tenant.viewer, 0)).toEqual([]);
  },
);

test('one that is resumed credits again; one that is closed stays so', async () => {
  const { id, at } = await newPlace(flows, ours);
  const before = await available(flows, ours);
  await act(flows, ours.viewer, 'pause', { id });
  expect(await act(flows, ours.viewer, 'resume', { id })).toMatchObject({ status: 'ACTIVE' });
  await deposit(flows, at, 2n * DOLLAR);
  expect(await available(flows, ours)).toBe(before + 2n * DOLLAR);
  expect(await act(flows, ours.viewer, 'close', { id })).toMatchObject({ status: 'CLOSED' });
  for (const change of ['pause', 'resume'] as const) {
    expect(await act(flows, ours.viewer, change, { id })).toMatchObject({
      code: 'INVALID_STATE',
      depositAddressId: id,
    });
  }
  const told = await flows.rows<{ type: string; version: number }>(
    'select type, version from platform.outbox where aggregate_id = $1 order by version',
    [parseId('dep', id)],
  );
  expect(told.map(({ type, version }) => `${type} ${version}`)).toEqual([
    'DepositAddressCreated 1',
    'DepositAddressPaused 2',
    'DepositAddressResumed 3',
    'DepositAddressClosed 4',
  ]);
});

test('closed while money arrives, each arrival is credited or in suspense, and none is both', async () => {
  const tenant = await addTenant(flows);
  const { id, at } = await newPlace(flows, tenant);
  const COUNT = 6n;
  const paying = Array.from({ length: Number(COUNT) }, () => payIn(flows, at, DOLLAR));
  await waitUntil(
    async () =>
      (
        await flows.rows('select 1 from chain.deposit where organization_id = $1 and credits = $2', [
          tenant.organizationId,
          'WALLET',
        ])
      ).length > 0,
  );
  await act(flows, tenant.viewer, 'close', { id });
  await Promise.all(paying);
  await payIn(flows, at, 5n * DOLLAR);
  await expectSound(flows);
  const credited = BigInt((await transactionsAt(flows, tenant.viewer, id)).length);
  expect(await available(flows, tenant)).toBe(credited * DOLLAR);
  const waiting = await inSuspense(flows, tenant.viewer, Number(COUNT - credited) + 1);
  expect(new Set(waiting.map(({ suspenseReason }) => suspenseReason))).toEqual(new Set(['CLOSED']));
  expect(waiting.map(({ amount }) => amount.amount)).toContain('5.000000');
});

test('a re-org takes what was on its way, and when it comes back it is what it was, though paused since', async () => {
  const tenant = await addTenant(flows);
  const { id, at } = await newPlace(flows, tenant);
  const { hash, raw } = await orphaned(at, 4n * DOLLAR, () => act(flows, tenant.viewer, 'pause', { id }));
  await flows.chain.node.sendRawTransaction({ serializedTransaction: raw });
  const came = await arrival(flows, tenant, hash);
  expect(came).toMatchObject({ status: 'COMPLETED', finality: 'FINAL' });
  expect(await available(flows, tenant)).toBe(4n * DOLLAR);
  expect(await transactionsAt(flows, tenant.viewer, id)).toEqual([came.id]);
  // What comes now is paused.
  await payIn(flows, at, DOLLAR);
  expect(await inSuspense(flows, tenant.viewer, 1)).toMatchObject([{ suspenseReason: 'PAUSED' }]);
});

test('one that was made for an amount takes that amount only, and one that takes money once is then closed', async () => {
  const tenant = await addTenant(flows);
  const invoice = { expectedAmount: '4.5', singleUse: true };
  const { id, at } = await newPlace(flows, tenant, invoice);
  const asked = `query ($id: ID!) { depositAddress(id: $id) { expectedAmount { amount } singleUse isUsed status } }`;
  const read = async () => (await ask(flows.parts.wallets, tenant.viewer, asked, { id })).depositAddress;
  const unused = { expectedAmount: { amount: '4.500000' }, singleUse: true, isUsed: false, status: 'ACTIVE' };
  await payIn(flows, at, 4n * DOLLAR);
  expect(await inSuspense(flows, tenant.viewer, 1)).toMatchObject([{ suspenseReason: 'AMOUNT_DIFFERS' }]);
  expect(await read()).toEqual(unused);
  // Two of the right amount at once: whichever is first in the chain is the one.
  const paid = await Promise.all([1, 2].map(() => payIn(flows, at, (9n * DOLLAR) / 2n)));
  const waiting = await inSuspense(flows, tenant.viewer, 2);
  expect(waiting.map(({ suspenseReason }) => suspenseReason).sort()).toEqual(['AMOUNT_DIFFERS', 'CLOSED']);
  const rows = await Promise.all(paid.map(rowOf));
  expect(rows.map((row) => row?.credits).sort()).toEqual(['SUSPENSE', 'WALLET']);
  expect(await read()).toEqual({ ...unused, isUsed: true });
  await payIn(flows, at, DOLLAR);
  await payIn(flows, at, (9n * DOLLAR) / 2n);
  const reasons = (await inSuspense(flows, tenant.viewer, 4)).map(({ suspenseReason }) => suspenseReason);
  expect(reasons.sort()).toEqual(['AMOUNT_DIFFERS', 'AMOUNT_DIFFERS', 'CLOSED', 'CLOSED']);
  expect(await available(flows, tenant)).toBe((9n * DOLLAR) / 2n);
  const wrong = { walletId: wal(tenant), expectedAmount: '0.0000001' };
  expect(await act(flows, tenant.viewer, 'create', wrong)).toMatchObject({ field: 'expectedAmount' });
});

test('a re-org that takes the one deposit of a place lets nothing else take its turn, and it comes back', async () => {
  const tenant = await addTenant(flows);
  const { id, at } = await newPlace(flows, tenant, { singleUse: true });
  const { hash, raw } = await orphaned(at, 4n * DOLLAR);
  const other = await payIn(flows, at, 3n * DOLLAR);
  expect(await inSuspense(flows, tenant.viewer, 1)).toMatchObject([{ suspenseReason: 'CLOSED' }]);
  await flows.chain.node.sendRawTransaction({ serializedTransaction: raw });
  const came = await arrival(flows, tenant, hash);
  expect(came).toMatchObject({ status: 'COMPLETED', finality: 'FINAL' });
  expect(await transactionsAt(flows, tenant.viewer, id)).toEqual([came.id]);
  expect(await rowOf(other)).toMatchObject({ credits: 'SUSPENSE' });
  expect(await available(flows, tenant)).toBe(4n * DOLLAR);
});

test('all processes stop between block and books, and it is credited once', async () => {
  const tenant = await addTenant(flows);
  const { id, at } = await newPlace(flows, tenant);
  const hash = await payIn(flows, at, 6n * DOLLAR);
  await flows.parts.stop();
  await payIn(flows, at, 7n * DOLLAR);
  await flows.parts.start();
  await arrival(flows, tenant, hash);
  await expectSound(flows);
  expect(await transactionsAt(flows, tenant.viewer, id)).toHaveLength(2);
  expect(await available(flows, tenant)).toBe(13n * DOLLAR);
});

test('made by many at once, each has an address of its own, and a key or an externalId makes one', async () => {
  const tenant = await addTenant(flows);
  const input = { walletId: wal(tenant) };
  const many = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      act(flows, tenant.viewer, 'create', { ...input, externalId: `e ${index % 10}` }),
    ),
  );
  const made = many.filter(({ __typename }) => __typename === 'DepositAddress');
  expect(made).toHaveLength(10);
  expect(new Set(made.map(({ address }) => address)).size).toBe(10);
  const taken = many.filter(({ code }) => code === 'EXTERNAL_ID_TAKEN');
  expect(taken).toHaveLength(20);
  expect(new Set(taken.map(({ existingId }) => existingId))).toEqual(new Set(made.map(({ id }) => id)));
  const same = { ...input, idempotencyKey: 'the same' };
  const twice = await Promise.all([1, 2].map(() => act(flows, tenant.viewer, 'create', same)));
  expect(twice[0]).toEqual(twice[1]);
  const indexes = await flows.rows<{ index: number }>(
    `select index from chain.address where organization_id = $1 and purpose = 'DEPOSIT' order by index`,
    [tenant.organizationId],
  );
  expect(indexes.map(({ index }) => index)).toEqual(Array.from({ length: 12 }, (_, index) => index));
  expect(await act(flows, tenant.viewer, 'create', { ...input, externalId: '' })).toMatchObject({
    field: 'externalId',
  });
});

test('lists are pages, filters hold at once, and the wallet keeps an address of its own', async () => {
  const tenant = await addTenant(flows);
  const other = await addWallet(flows, tenant.organizationId);
  const [a, b] = [
    await newPlace(flows, tenant, { externalId: 'a' }),
    await newPlace(flows, tenant, { externalId: 'b' }),
  ];
  const c = await newPlace(flows, other);
  await act(flows, tenant.viewer, 'close', { id: b.id });
  const query = `query ($wallet: ID!) {
    all: depositAddresses(first: 2) { edges { node { id } } pageInfo { hasNextPage } }
    oldest: depositAddresses(last: 1) { edges { node { id } } }
    open: depositAddresses(first: 9, filter: { walletId: $wallet, statuses: [ACTIVE] }) { edges { node { id } } }
    named: depositAddresses(first: 9, filter: { externalIds: ["b", "x"] }) { edges { node { id wallet { id address } } } }
    none: depositAddresses(first: 9, filter: { walletId: "wal_nonsense" }) { edges { node { id } } }
    wallet(id: $wallet) { address depositAddresses(first: 9) { edges { node { id } } } } }`;
  const data = await ask(flows.parts.wallets, tenant.viewer, query, { wallet: wal(tenant) });
  const idsOf = ({ edges }: { edges: readonly { node: { id: string } }[] }) =>
    edges.map(({ node }) => node.id);
  expect(idsOf(data.all)).toEqual([c.id, b.id]);
  expect(data.all.pageInfo.hasNextPage).toBe(true);
  expect(idsOf(data.oldest)).toEqual([a.id]);
  expect(idsOf(data.open)).toEqual([a.id]);
  expect(idsOf(data.named)).toEqual([b.id]);
  expect(data.named.edges[0].node.wallet).toEqual({ id: wal(tenant), address: data.wallet.address });
  expect(idsOf(data.none)).toEqual([]);
  expect(data.wallet.address.toLowerCase()).toBe(tenant.address);
  expect(idsOf(data.wallet.depositAddresses)).toEqual([b.id, a.id]);
});

test('another organization and a client token see none of it, and can do nothing with it', async () => {
  const tenant = await addTenant(flows);
  const theirs = await addTenant(flows);
  const { id, at } = await newPlace(flows, tenant);
  const came = await deposit(flows, at, DOLLAR);
  await act(flows, tenant.viewer, 'pause', { id });
  await payIn(flows, at, 2n * DOLLAR);
  const [waiting] = await inSuspense(flows, tenant.viewer, 1);
  expect(await act(flows, theirs.viewer, 'create', { walletId: wal(tenant) })).toMatchObject({
    code: 'NOT_FOUND',
  });
  for (const name of ['pause', 'resume', 'close'] as const) {
    expect(await act(flows, theirs.viewer, name, { id })).toMatchObject({ code: 'NOT_FOUND' });
  }
  expect(await assign(flows, theirs, waiting?.id)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await assign(flows, { ...tenant, walletId: theirs.walletId }, waiting?.id)).toMatchObject({
    code: 'NOT_FOUND',
  });
  const [customer] = await flows.rows<{ customerId: Uuid }>(
    'select customer_id as "customerId" from wallets.wallet where id = $1',
    [tenant.walletId],
  );
  const client = {
    ...clientOf(tenant.organizationId, present(customer, 'the customer').customerId),
    scopes: ['wallets:read', 'transactions:read'],
  };
  const query = `query ($id: ID!, $wallet: ID!) { depositAddress(id: $id) { id }
    depositAddresses(first: 9) { edges { node { id } } }
    wallet(id: $wallet) { depositAddresses(first: 9) { edges { node { id } } } chainTransactions(first: 9) { edges { node { id depositAddress { id } } } } }
    chainTransactions(first: 9, filter: { inSuspense: true }) { edges { node { id } } } }`;
  for (const viewer of [theirs.viewer, client]) {
    const { data, errors } = await run(flows.parts.wallets, viewer, query, { id, wallet: wal(tenant) });
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).not.toContain('dep_');
    expect(JSON.stringify(data)).not.toContain(waiting?.id);
  }
  expect(await transactionsAt(flows, theirs.viewer, id)).toEqual([]);
  expect(await sourceOf(flows, client, came.id)).toMatchObject({
    source: { account: null, depositAddress: null },
  });
});

test('what no chain can bring, a closed wallet and one that is not there get no address', async () => {
  const query = `mutation ($input: CreateWalletInput!) { createWallet(input: $input) { ... on Wallet { id } } }`;
  const input = { idempotencyKey: 'books only', network: 'LEDGER', asset: 'USD' };
  const { createWallet } = await ask(flows.parts.wallets, ours.viewer, query, { input });
  expect(await act(flows, ours.viewer, 'create', { walletId: createWallet.id })).toMatchObject({
    code: 'NOT_ON_CHAIN',
  });
  expect(await act(flows, ours.viewer, 'create', { walletId: 'wal_nonsense' })).toMatchObject({
    missing: 'wal_nonsense',
  });
  const closing = await addWallet(flows, ours.organizationId);
  await flows.rows('update ledger.account set closed_at = now() where id = $1', [closing.walletId]);
  expect(await act(flows, ours.viewer, 'create', { walletId: wal(closing) })).toMatchObject({
    code: 'ACCOUNT_CLOSED',
  });
});
