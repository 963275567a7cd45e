import { HDKey, hdKeyToAccount } from 'viem/accounts';
import type { CachedEntity, EntityCache, EntityKey } from '../../platform/cache.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { createWallets } from '../../subgraphs/wallets/main.ts';
import { ChainRows, newAddress } from '../harness/chainRows.ts';
import { ask, CREATE_WALLET, type Fixture, FUND_SANDBOX, newKey, openFixture } from './fixture.ts';

const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);
const WALLETS = 1_000;

let fixture: Fixture;
let chain: ChainRows;
beforeAll(async () => {
  fixture = await openFixture();
  chain = new ChainRows(fixture.rows);
  await chain.connect('POLYGON', {
    chainId: 137,
    nativeAsset: 'POL',
    assets: [
      ['USDC', newAddress(), 6],
      ['POL', null, 18],
    ],
  });
  await chain.addRoot(fixture.ours.organizationId, SEED);
});
afterAll(() => fixture.close());

const open = async (input: Readonly<Record<string, unknown>> = {}, party: 'ours' | 'theirs' = 'ours') =>
  (
    await ask(fixture.wallets, fixture[party].viewer, CREATE_WALLET, {
      input: { idempotencyKey: newKey(), network: 'POLYGON', asset: 'USDC', ...input },
    })
  ).createWallet;

/** As other wallets derive it from the same seed. */
function derived(index: number): string {
  return hdKeyToAccount(HDKey.fromMasterSeed(SEED), { addressIndex: index }).address;
}

test('the first wallet has the first deposit address of its organization, with its checksum', async () => {
  const wallet = await open();
  expect(wallet.address).toBe(derived(0));
  expect(
    await fixture.rows('select * from chain.address where wallet_id = $1', [parseId('wal', wallet.id)]),
  ).toMatchObject([
    {
      network: 'POLYGON',
      address: derived(0).toLowerCase(),
      organization_id: fixture.ours.organizationId,
      purpose: 'DEPOSIT',
      branch: 'DEPOSIT',
      index: 0,
      asset: 'USDC',
    },
  ]);
});

test('a thousand wallets opened at once have a thousand addresses, one after the other from the root', async () => {
  const [counter] = await fixture.rows<{ next_index: number }>(
    "select next_index from chain.root_index where branch = 'DEPOSIT'",
  );
  const opened = await Promise.all(Array.from({ length: WALLETS }, () => open()));
  const addresses = new Set(opened.map(({ address }) => address));
  expect(addresses.size).toBe(WALLETS);
  const rows = await fixture.rows<{ index: number; address: string }>(
    "select index, address from chain.address where purpose = 'DEPOSIT' order by index",
  );
  expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: WALLETS + 1 }, (_, index) => index));
  for (const index of [1, 500, WALLETS]) expect(rows[index]?.address).toBe(derived(index).toLowerCase());
  expect(await fixture.rows("select next_index from chain.root_index where branch = 'DEPOSIT'")).toEqual([
    { next_index: (counter?.next_index ?? 0) + WALLETS },
  ]);
});

test('the first address of an organization on a network comes with the one that is sent from', async () => {
  expect(
    await fixture.rows("select network, branch, index from chain.address where purpose = 'CUSTODY'"),
  ).toEqual([{ network: 'POLYGON', branch: 'CUSTODY', index: 0 }]);
});

test('an index of a failed tx is not lost money: the wallets after it have addresses of their own', async () => {
  const answers = await Promise.all([
    open(),
    open({ customerId: formatId('cus', newUuid()) }),
    open({ customerId: formatId('cus', fixture.ours.customerId) }),
  ]);
  expect(answers.map(({ __typename }) => __typename)).toEqual(['Wallet', 'NotFound', 'Wallet']);
  const [counts] = await fixture.rows(
    "select count(*)::int as rows, count(distinct address)::int as addresses from chain.address where purpose = 'DEPOSIT'",
  );
  expect(counts).toEqual({ rows: WALLETS + 3, addresses: WALLETS + 3 });
});

test('the same key answers the same wallet with the same address, and uses up no index', async () => {
  const idempotencyKey = newKey();
  const first = await open({ idempotencyKey });
  const before = await fixture.rows("select next_index from chain.root_index where branch = 'DEPOSIT'");
  expect(await open({ idempotencyKey })).toEqual(first);
  expect(await fixture.rows("select next_index from chain.root_index where branch = 'DEPOSIT'")).toEqual(
    before,
  );
});

test('a wallet of an organization without a root waits, and has its address as soon as it is given one', async () => {
  const entities = new Map<EntityKey, CachedEntity>();
  const cache: EntityCache = {
    getMany: async (keys) => keys.map((key) => entities.get(key)),
    setMany: async (kept) => {
      for (const { key, version, json } of kept) entities.set(key, { version, json });
    },
    invalidate: async () => undefined,
  };
  const wallets = await createWallets({
    databaseUrl: fixture.url,
    logger: createLogger({ level: 'silent', name: 'test' }),
    mode: 'SANDBOX',
    cache,
  });
  const { organizationId, viewer } = fixture.theirs;
  try {
    const { id, address } = (
      await ask(wallets, viewer, CREATE_WALLET, {
        input: { idempotencyKey: newKey(), network: 'POLYGON', asset: 'POL' },
      })
    ).createWallet;
    expect(address).toBeNull();
    const walletId = parseId('wal', id) as Uuid;
    expect(await fixture.rows('select organization_id, network, asset from chain.address_request')).toEqual([
      { organization_id: organizationId, network: 'POLYGON', asset: 'POL' },
    ]);
    const given = newAddress();
    await chain.insert('address', {
      network: 'POLYGON',
      address: given,
      organization_id: organizationId,
      root_id: await chain.addRoot(organizationId),
      purpose: 'DEPOSIT',
      branch: 'DEPOSIT',
      index: 0,
      wallet_id: walletId,
      asset: 'POL',
    });
    const text = 'query ($id: ID!) { wallet(id: $id) { address } }';
    const { wallet } = await ask(wallets, viewer, text, { id });
    expect(entities.size).toBe(1);
    expect(wallet.address.toLowerCase()).toBe(given);
  } finally {
    await wallets.close();
  }
});

test('without a chain there is no address: LEDGER asks for none, a network that is not connected waits for one', async () => {
  const requests = () =>
    fixture.rows('select network, asset from chain.address_request where network <> $1', ['POLYGON']);
  expect(await open({ network: 'LEDGER', asset: 'USD' })).toMatchObject({
    __typename: 'Wallet',
    address: null,
  });
  expect(await requests()).toEqual([]);
  expect(await open({ network: 'BASE', asset: 'USDC' })).toMatchObject({
    __typename: 'Wallet',
    address: null,
  });
  expect(await requests()).toEqual([{ network: 'BASE', asset: 'USDC' }]);
});

test('a wallet of an asset that is not followed on its network gets no address', async () => {
  const wallet = await open({ asset: 'USDT' });
  expect(wallet).toMatchObject({ __typename: 'Wallet', address: null });
  const waiting = await fixture.rows('select from chain.address_request where wallet_id = $1', [
    parseId('wal', wallet.id),
  ]);
  expect(waiting).toEqual([]);
});

test('play money is not put into a wallet whose coins are on a chain, by whichever name it goes', async () => {
  const wallet = await open();
  const before = await fixture.rows('select count(*) from ledger.transfer');
  for (const destinationId of [wallet.id, wallet.account.id]) {
    const { fundSandbox } = await ask(fixture.wallets, fixture.ours.viewer, FUND_SANDBOX, {
      input: { idempotencyKey: newKey(), destinationId, amount: '1.00' },
    });
    expect(fundSandbox).toMatchObject({
      __typename: 'InvalidInput',
      field: 'destinationId',
      value: destinationId,
      expected: expect.stringContaining('without a chain behind it'),
    });
  }
  expect(await fixture.rows('select count(*) from ledger.transfer')).toEqual(before);
  const unconnected = await open({ network: 'BASE', asset: 'USDC' });
  const { fundSandbox } = await ask(fixture.wallets, fixture.ours.viewer, FUND_SANDBOX, {
    input: { idempotencyKey: newKey(), destinationId: unconnected.id, amount: '1.00' },
  });
  expect(fundSandbox.__typename).toBe('SandboxFunding');
});
