import { formatId, newUuid, parseId } from '../../platform/id.ts';
import { ask, CREATE_WALLET, type Fixture, newKey, openFixture, run } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const create = async (input: Readonly<Record<string, unknown>>) =>
  (
    await ask(fixture.wallets, fixture.ours.viewer, CREATE_WALLET, {
      input: { idempotencyKey: newKey(), network: 'LEDGER', asset: 'USD', ...input },
    })
  ).createWallet;

test('a wallet of a customer has the uuid of the account that was opened for it', async () => {
  const { organizationId, customerId } = fixture.ours;
  const wallet = await create({
    customerId: formatId('cus', customerId),
    network: 'POLYGON',
    asset: 'USDC',
    name: 'Savings',
  });
  expect(wallet).toMatchObject({
    __typename: 'Wallet',
    status: 'ACTIVE',
    name: 'Savings',
    address: null,
    network: { code: 'POLYGON', kind: 'EVM' },
    asset: { code: 'USDC', scale: 6 },
    customer: { id: formatId('cus', customerId) },
  });
  const uuid = parseId('wal', wallet.id);
  expect(parseId('acc', wallet.account.id)).toBe(uuid);
  expect(await fixture.rows('select * from ledger.account where id = $1', [uuid])).toMatchObject([
    {
      organization_id: organizationId,
      holder_id: customerId,
      kind: 'CUSTOMER',
      asset: 'USDC',
      backs_wallet: true,
      debits_must_not_exceed_credits: true,
    },
  ]);
  expect(await fixture.rows('select * from platform.outbox where aggregate_id = $1', [uuid])).toMatchObject([
    {
      organization_id: organizationId,
      type: 'WalletOpened',
      version: 1,
      subjects: [uuid, customerId],
      payload: { id: uuid },
    },
  ]);
});

test('a wallet without a customer is of the treasury of the organization', async () => {
  const wallet = await create({});
  expect(wallet).toMatchObject({ __typename: 'Wallet', customer: null, name: null });
  const uuid = parseId('wal', wallet.id);
  expect(await fixture.rows('select kind, holder_id from ledger.account where id = $1', [uuid])).toEqual([
    { kind: 'TREASURY', holder_id: fixture.ours.organizationId },
  ]);
});

test.each([
  [{ idempotencyKey: '' }, 'idempotencyKey'],
  [{ idempotencyKey: 'k'.repeat(256) }, 'idempotencyKey'],
  [{ network: 'MARS' }, 'network'],
  [{ asset: 'usd' }, 'asset'],
  [{ name: 'n'.repeat(201) }, 'name'],
  [{ name: 'nul\0' }, 'name'],
])('the input %j is refused for its %s', async (input, field) => {
  expect(await create(input)).toMatchObject({
    __typename: 'InvalidInput',
    code: 'INVALID_INPUT',
    retryable: false,
    field,
  });
});

test('an asset that the network does not carry is refused with both', async () => {
  expect(await create({ network: 'POLYGON', asset: 'USD' })).toMatchObject({
    __typename: 'AssetNotOnNetwork',
    code: 'ASSET_NOT_ON_NETWORK',
    networkCode: 'POLYGON',
    assetCode: 'USD',
  });
});

test('a customer that is unknown, foreign, no id or the organization is not found, and nothing is opened', async () => {
  const before = await fixture.rows('select count(*) from ledger.account');
  const ids = [
    formatId('cus', newUuid()),
    formatId('cus', fixture.theirs.customerId),
    formatId('cus', fixture.ours.organizationId),
    formatId('acc', fixture.ours.customerId),
    'nobody',
  ];
  const answers = await Promise.all(ids.map((customerId) => create({ customerId })));
  expect(answers).toEqual(
    ids.map((id) => ({
      __typename: 'NotFound',
      code: 'NOT_FOUND',
      message: `there is no ${id}`,
      retryable: false,
      id,
    })),
  );
  expect(await fixture.rows('select count(*) from ledger.account')).toEqual(before);
});

test('the same key and input answer the same wallet and say so; other input is refused', async () => {
  const input = { idempotencyKey: newKey(), network: 'LEDGER', asset: 'EUR', name: 'once' };
  const send = (changed = {}) =>
    run(fixture.wallets, fixture.ours.viewer, CREATE_WALLET, { input: { ...input, ...changed } });
  const first = await send();
  const second = await send();
  expect(first.extensions).toBeUndefined();
  expect(second.extensions).toEqual({ idempotentReplay: true });
  expect(second.data).toEqual(first.data);
  expect((await send({ name: 'other' })).data).toMatchObject({
    createWallet: { __typename: 'IdempotencyKeyReused', idempotencyKey: input.idempotencyKey },
  });
  expect(await fixture.rows(`select count(*)::int from wallets.wallet where name = 'once'`)).toEqual([
    { count: 1 },
  ]);
});

test('a failure that was decided is replayed, one of the input alone leaves the key free', async () => {
  const missing = { idempotencyKey: newKey(), customerId: formatId('cus', newUuid()) };
  expect(await create(missing)).toMatchObject({ __typename: 'NotFound' });
  expect(await create(missing)).toMatchObject({ __typename: 'NotFound', id: missing.customerId });

  const idempotencyKey = newKey();
  expect(await create({ idempotencyKey, network: 'MARS' })).toMatchObject({ __typename: 'InvalidInput' });
  expect(await create({ idempotencyKey })).toMatchObject({ __typename: 'Wallet' });
});

test('the same key sent many times at once opens one wallet', async () => {
  const input = { idempotencyKey: newKey(), name: 'crowd' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => create(input)));
  expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
  expect(await fixture.rows(`select count(*)::int from wallets.wallet where name = 'crowd'`)).toEqual([
    { count: 1 },
  ]);
});

test('two organizations may use the same key', async () => {
  const input = { idempotencyKey: newKey(), network: 'LEDGER', asset: 'GBP' };
  const ours = await ask(fixture.wallets, fixture.ours.viewer, CREATE_WALLET, { input });
  const theirs = await ask(fixture.wallets, fixture.theirs.viewer, CREATE_WALLET, { input });
  expect(ours.createWallet.__typename).toBe('Wallet');
  expect(theirs.createWallet.__typename).toBe('Wallet');
  expect(theirs.createWallet.id).not.toBe(ours.createWallet.id);
});

test('one bad command in a batch does not touch its neighbours', async () => {
  const answers = await Promise.all([
    create({ name: 'left' }),
    create({ customerId: formatId('cus', newUuid()) }),
    create({ name: 'right' }),
  ]);
  expect(answers.map((answer) => answer.__typename)).toEqual(['Wallet', 'NotFound', 'Wallet']);
  expect([answers[0].name, answers[2].name]).toEqual(['left', 'right']);
});
