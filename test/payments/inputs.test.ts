import { newUuid, type Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { type Answer, acc, type Fixture, keyOf, mutate, openFixture, succeed, txn, wal } from './fixture.ts';

let fixture: Fixture;
let viewer: Viewer;
let source: Uuid;
let destination: Uuid;

beforeAll(async () => {
  fixture = await openFixture();
  const organizationId = await fixture.addOrganization();
  viewer = keyOf(organizationId);
  source = await fixture.openAccount(organizationId, { amountMinor: 10n ** 20n, backsWallet: true });
  destination = await fixture.openAccount(organizationId);
});
afterAll(() => fixture.close());

async function create(more: object): Promise<Answer> {
  const { result } = await mutate(fixture.payments, viewer, 'createTransaction', {
    sourceId: acc(source),
    destinationId: acc(destination),
    amount: '1',
    asset: 'USD',
    ...more,
  });
  return result;
}

const ATTACKS = [
  ['zero', '0'],
  ['zero with decimals', '0.00'],
  ['negative', '-1'],
  ['plus', '+1'],
  ['exponent', '1e3'],
  ['hexadecimal', '0x10'],
  ['leading blank', ' 1'],
  ['trailing newline', '1\n'],
  ['leading zero', '01'],
  ['no whole part', '.5'],
  ['no decimals after the point', '1.'],
  ['comma', '1,00'],
  ['underscore', '1_000'],
  ['too many decimals', '1.001'],
  ['2^256', String(2n ** 256n)],
  ['beyond 38 digits', '9'.repeat(37)],
  ['a thousand digits', '9'.repeat(1_000)],
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
  ['arabic digits', '١٢'],
  ['fullwidth digits', '１２'],
  ['empty', ''],
  ['NUL', '1\0'],
];

test.each(ATTACKS)('an amount that is %s is refused, for each kind of mutation', async (_, amount) => {
  expect(await create({ amount })).toMatchObject({ __typename: 'InvalidInput', field: 'amount' });
  const done = await create({});
  const held = await create({ captureMethod: 'MANUAL' });
  const refund = await mutate(fixture.payments, viewer, 'refundTransaction', { id: done.id, amount });
  const capture = await mutate(fixture.payments, viewer, 'captureTransaction', { id: held.id, amount });
  expect(refund.result).toMatchObject({ __typename: 'InvalidInput', field: 'amount' });
  expect(capture.result).toMatchObject({ __typename: 'InvalidInput', field: 'amount' });
});

test('2^63 and the largest amount are exact, not rounded', async () => {
  const amount = '92233720368547758.07';
  const transaction = await create({ amount });
  expect(transaction.amount.amount).toBe(amount);
  const { result } = await mutate(fixture.payments, viewer, 'refundTransaction', { id: transaction.id });
  expect(result.amount.amount).toBe(amount);
  const largest = `${'9'.repeat(36)}.99`;
  expect(await create({ amount: largest })).toMatchObject({
    __typename: 'InsufficientFunds',
    required: { amount: largest },
  });
});

test('source and destination must differ, also as account and wallet of the same money', async () => {
  for (const destinationId of [acc(source), wal(source)]) {
    expect(await create({ destinationId })).toMatchObject({
      __typename: 'InvalidInput',
      field: 'destinationId',
      value: destinationId,
    });
  }
});

test('a wallet id must name an account that backs a wallet', async () => {
  const transaction = await create({ sourceId: wal(source) });
  expect(transaction.source).toMatchObject({ wallet: { id: wal(source) }, account: { id: acc(source) } });
  expect(await create({ destinationId: wal(destination) })).toMatchObject({
    __typename: 'NotFound',
    missingId: wal(destination),
  });
});

test('ids that name nothing, something else or a system account are all not found', async () => {
  const [omnibus] = await fixture.rows<{ id: Uuid }>(
    `select id from ledger.account where organization_id = $1 and kind = 'OMNIBUS'`,
    [viewer.organizationId],
  );
  const ids = ['', 'x', 'acc_', acc(newUuid()), txn(source), `${acc(source)} `, acc(omnibus?.id as Uuid)];
  for (const id of ids) {
    expect(await create({ sourceId: id })).toMatchObject({ __typename: 'NotFound', missingId: id });
    expect(await create({ destinationId: id })).toMatchObject({ __typename: 'NotFound', missingId: id });
  }
});

test('the asset must be that of both sides', async () => {
  const euros = await fixture.openAccount(viewer.organizationId, { asset: 'EUR', amountMinor: 100n });
  expect(await create({ asset: 'XXX' })).toMatchObject({ __typename: 'InvalidInput', field: 'asset' });
  expect(await create({ asset: 'EUR' })).toMatchObject({
    __typename: 'AssetMismatch',
    actual: 'USD',
    named: 'EUR',
  });
  expect(await create({ destinationId: acc(euros) })).toMatchObject({
    __typename: 'AssetMismatch',
    actual: 'EUR',
  });
});

test('a closed account neither sends nor receives', async () => {
  const closed = await fixture.openAccount(viewer.organizationId);
  await fixture.closeEmptyAccount(closed);
  for (const side of ['sourceId', 'destinationId']) {
    expect(await create({ [side]: acc(closed) })).toMatchObject({
      __typename: 'AccountClosed',
      accountId: acc(closed),
    });
  }
});

test.each([
  [{ holdSeconds: 60 }, 'holdSeconds'],
  [{ holdSeconds: 60, captureMethod: 'AUTOMATIC' }, 'holdSeconds'],
  [{ holdSeconds: 0, captureMethod: 'MANUAL' }, 'holdSeconds'],
  [{ holdSeconds: 2_592_001, captureMethod: 'MANUAL' }, 'holdSeconds'],
  [{ idempotencyKey: '' }, 'idempotencyKey'],
  [{ idempotencyKey: 'k'.repeat(256) }, 'idempotencyKey'],
  [{ idempotencyKey: 'k\0' }, 'idempotencyKey'],
  [{ description: 'd'.repeat(501) }, 'description'],
  [{ description: '\ud800' }, 'description'],
  [{ externalId: '' }, 'externalId'],
  [{ externalId: 'e'.repeat(256) }, 'externalId'],
  [{ metadata: [{ key: '', value: 'v' }] }, 'metadata.0.key'],
  [{ metadata: [{ key: 'k'.repeat(41), value: 'v' }] }, 'metadata.0.key'],
  [{ metadata: [{ key: 'k', value: 'v'.repeat(501) }] }, 'metadata.0.value'],
  [{ metadata: [1, 2].map(() => ({ key: 'k', value: 'v' })) }, 'metadata.1.key'],
  [{ metadata: Array.from({ length: 51 }, (_, i) => ({ key: `k${i}`, value: 'v' })) }, 'metadata'],
])('%j is refused, naming the field', async (more, field) => {
  expect(await create(more)).toMatchObject({ __typename: 'InvalidInput', field });
});

test('everything at its limit is stored as it was sent', async () => {
  const metadata = Array.from({ length: 50 }, (_, index) => ({
    key: `${String(index).padStart(2, '0')}${'漢'.repeat(38)}`,
    value: '漢"\\{},'.padEnd(500, '字'),
  }));
  const more = {
    idempotencyKey: 'k'.repeat(255),
    description: 'NULL, "quoted" \\ {braces} \n 😀'.padEnd(500, '字'),
    externalId: `{"e",\\}${'漢'.repeat(248)}`,
    metadata,
  };
  const transaction = await succeed(fixture.payments, viewer, 'createTransaction', {
    sourceId: acc(source),
    destinationId: acc(destination),
    amount: '1',
    asset: 'USD',
    ...more,
  });
  expect(transaction).toMatchObject({
    description: more.description,
    externalId: more.externalId,
    metadata,
  });
});

test('a metadata key may be called __proto__, and an empty description stays empty', async () => {
  const metadata = [{ key: '__proto__', value: 'x' }];
  expect(await create({ metadata, description: '' })).toMatchObject({ metadata, description: '' });
});
