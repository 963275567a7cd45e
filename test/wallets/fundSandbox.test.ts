import { closeAccount, openAccounts } from '../../ledger/open.ts';
import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { ask, createWallet, type Fixture, FUND_SANDBOX, newKey, openFixture, run } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const fund = async (input: Readonly<Record<string, unknown>>) =>
  (
    await ask(fixture.wallets, fixture.ours.viewer, FUND_SANDBOX, {
      input: { idempotencyKey: newKey(), amount: '1.00', ...input },
    })
  ).fundSandbox;

/** An Account without a Wallet, as the accounts subgraph opens it. */
async function openBareAccount(asset = 'USD'): Promise<Uuid> {
  const { organizationId, customerId } = fixture.ours;
  const id = newUuid();
  await fixture.accountsWriter.write((tx) =>
    openAccounts(tx, [{ id, organizationId, holderId: customerId, kind: 'CUSTOMER', asset }]),
  );
  return id;
}

const openWallet = (input = {}) =>
  createWallet(fixture.wallets, fixture.ours.viewer, {
    customerId: formatId('cus', fixture.ours.customerId),
    ...input,
  });

const balancesOf = (id: Uuid) =>
  fixture.rows<{ debits_posted: string; credits_posted: string; version: string }>(
    'select debits_posted, credits_posted, version from ledger.account where id = $1',
    [id],
  );

test('a funding credits the wallet, debits OMNIBUS and tells the balances after it', async () => {
  const walletId = await openWallet({ asset: 'USDC', network: 'POLYGON' });
  const uuid = parseId('wal', walletId) as Uuid;
  await fund({ destinationId: walletId, amount: '10' });
  expect(await fund({ destinationId: walletId, amount: '2.5' })).toEqual({
    __typename: 'SandboxFunding',
    account: { id: formatId('acc', uuid) },
    amount: { amount: '2.500000', asset: { code: 'USDC' } },
  });
  expect(await balancesOf(uuid)).toEqual([{ debits_posted: '0', credits_posted: '12500000', version: '2' }]);
  const [omnibus] = await fixture.rows<{ id: Uuid }>(
    `select * from ledger.account where organization_id = $1 and kind = 'OMNIBUS' and asset = 'USDC'`,
    [fixture.ours.organizationId],
  );
  expect(omnibus).toMatchObject({ debits_posted: '12500000', credits_posted: '0' });
  const events = await fixture.rows(
    `select * from platform.outbox where type = 'SandboxFunded' and $1 = any(subjects) order by seq`,
    [uuid],
  );
  const balance = { asset: 'USDC', posted: '12500000', pending: '12500000', available: '12500000' };
  expect(events).toHaveLength(2);
  expect(events.map((event) => (event as { version: number }).version)).toEqual([1, 1]);
  expect(events[1]).toMatchObject({
    organization_id: fixture.ours.organizationId,
    subjects: [uuid, omnibus?.id, fixture.ours.customerId],
    payload: {
      accountId: uuid,
      amount: '2500000',
      asset: 'USDC',
      balances: [
        { ...balance, accountId: uuid, version: '2' },
        { ...balance, accountId: omnibus?.id, version: '2' },
      ],
    },
  });
});

test('an account without a wallet is a destination by its acc_ id only', async () => {
  const id = await openBareAccount();
  const destinationId = formatId('wal', id);
  expect(await fund({ destinationId })).toMatchObject({ __typename: 'NotFound', id: destinationId });
  expect(await fund({ destinationId: formatId('acc', id) })).toMatchObject({ __typename: 'SandboxFunding' });
  expect(await balancesOf(id)).toMatchObject([{ credits_posted: '100' }]);
});

test('the account of a wallet is a destination by both ids', async () => {
  const walletId = await openWallet();
  const accountId = formatId('acc', parseId('wal', walletId) as Uuid);
  expect(await fund({ destinationId: walletId })).toMatchObject({ account: { id: accountId } });
  expect(await fund({ destinationId: accountId })).toMatchObject({ account: { id: accountId } });
});

test('an unknown, a foreign, a system account and no id at all are not found, and no money moves', async () => {
  const theirWallet = await createWallet(fixture.wallets, fixture.theirs.viewer);
  await fund({ destinationId: await openWallet() });
  const [omnibus] = await fixture.rows<{ id: Uuid }>(
    `select id from ledger.account where kind = 'OMNIBUS' and organization_id = $1 limit 1`,
    [fixture.ours.organizationId],
  );
  const before = await fixture.rows('select count(*) from ledger.transfer');
  const ids = [
    theirWallet,
    formatId('acc', parseId('wal', theirWallet) as Uuid),
    formatId('wal', newUuid()),
    formatId('acc', newUuid()),
    formatId('acc', omnibus?.id as Uuid),
    formatId('cus', fixture.ours.customerId),
    'nowhere',
  ];
  expect(await Promise.all(ids.map((destinationId) => fund({ destinationId })))).toEqual(
    ids.map((id) => ({
      __typename: 'NotFound',
      code: 'NOT_FOUND',
      message: `there is no ${id}`,
      retryable: false,
      id,
    })),
  );
  expect(await fixture.rows('select count(*) from ledger.transfer')).toEqual(before);
});

test.each(['0', '0.00', '-1', '+1', '1e3', ' 1', '01', '', '1.', '0x10', '1.001', '1.0000000000000000001'])(
  'the amount %j of a dollar is refused',
  async (amount) => {
    expect(await fund({ destinationId: await openWallet(), amount })).toMatchObject({
      __typename: 'InvalidInput',
      field: 'amount',
      value: amount,
    });
  },
);

test('an amount that no asset can have leaves the key free', async () => {
  const input = { destinationId: await openWallet(), idempotencyKey: newKey() };
  expect(await fund({ ...input, amount: '1,00' })).toMatchObject({ __typename: 'InvalidInput' });
  expect(await fund({ ...input, amount: '1.00' })).toMatchObject({ __typename: 'SandboxFunding' });
});

test('the largest amount is posted exactly, and what goes beyond it is refused', async () => {
  const walletId = await openWallet({ asset: 'JPY' });
  const largest = '9'.repeat(38);
  expect(await fund({ destinationId: walletId, amount: `1${largest}` })).toMatchObject({ field: 'amount' });
  expect(await fund({ destinationId: walletId, amount: largest })).toMatchObject({
    amount: { amount: largest },
  });
  expect(await fund({ destinationId: walletId, amount: '1' })).toMatchObject({
    __typename: 'InvalidInput',
    field: 'amount',
  });
  expect(await balancesOf(parseId('wal', walletId) as Uuid)).toMatchObject([{ credits_posted: largest }]);
});

test('a closed account is refused with its id', async () => {
  const id = await openBareAccount();
  await fixture.accountsWriter.write((tx) => closeAccount(tx, id));
  const accountId = formatId('acc', id);
  expect(await fund({ destinationId: accountId })).toMatchObject({
    __typename: 'AccountClosed',
    code: 'ACCOUNT_CLOSED',
    accountId,
  });
});

test('the same key moves money once, also when it is sent many times at once', async () => {
  const walletId = await openWallet();
  const input = { destinationId: walletId, idempotencyKey: newKey(), amount: '7.00' };
  const answers = await Promise.all(Array.from({ length: 10 }, () => fund(input)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  const again = await run(fixture.wallets, fixture.ours.viewer, FUND_SANDBOX, { input });
  expect(again.extensions).toEqual({ idempotentReplay: true });
  expect(await fund({ ...input, amount: '8.00' })).toMatchObject({ __typename: 'IdempotencyKeyReused' });
  expect(await balancesOf(parseId('wal', walletId) as Uuid)).toMatchObject([{ credits_posted: '700' }]);
});

test('wallets and fundings in one batch keep the order of their answers and of the balance', async () => {
  const walletId = await openWallet();
  const [first, opened, second] = await Promise.all([
    fund({ destinationId: walletId, amount: '1.00' }),
    openWallet({ name: 'beside' }),
    fund({ destinationId: walletId, amount: '2.00' }),
  ]);
  expect(opened).toMatch(/^wal_/);
  expect([first.amount.amount, second.amount.amount]).toEqual(['1.00', '2.00']);
  const after = await fixture.rows<{ posted: string }>(
    `select payload->'balances'->0->>'posted' as posted from platform.outbox
      where type = 'SandboxFunded' and $1 = any(subjects) order by seq`,
    [parseId('wal', walletId)],
  );
  expect(after.map(({ posted }) => posted)).toEqual(['100', '300']);
});

test('a live deployment has no play money', async () => {
  const live = await openFixture('LIVE');
  try {
    const walletId = await createWallet(live.wallets, live.ours.viewer);
    const input = { idempotencyKey: newKey(), destinationId: walletId, amount: '1.00' };
    const data = await ask(live.wallets, live.ours.viewer, FUND_SANDBOX, { input });
    expect(data.fundSandbox).toMatchObject({
      __typename: 'SandboxOnly',
      code: 'SANDBOX_ONLY',
      retryable: false,
    });
    expect(await live.rows('select * from ledger.transfer')).toEqual([]);
  } finally {
    await live.close();
  }
});
