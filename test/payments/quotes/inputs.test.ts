import { formatId, newUuid, type Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { type Answer, acc, type Fixture, keyOf, openFixture, wal } from '../fixture.ts';
import { mutateQuote } from './fixture.ts';

let fixture: Fixture;
let viewer: Viewer;
let usd: Uuid;
let eur: Uuid;
let partner: Uuid;

beforeAll(async () => {
  fixture = await openFixture();
  const organizationId = await fixture.addOrganization();
  viewer = keyOf(organizationId);
  usd = await fixture.openAccount(organizationId, { amountMinor: 10n ** 20n, backsWallet: true });
  eur = await fixture.openAccount(organizationId, { asset: 'EUR' });
  partner = await fixture.openAccount(organizationId);
});
afterAll(() => fixture.close());

const create = (more: object): Promise<Answer> =>
  mutateQuote(fixture.payments, viewer, 'createQuote', {
    sourceId: acc(usd),
    destinationId: acc(eur),
    amount: '100',
    fixedSide: 'SOURCE',
    sourceAsset: 'USD',
    destinationAsset: 'EUR',
    ...more,
  });
const fee = (more: object): object => ({ developerFees: [{ recipientId: acc(partner), ...more }] });

const NO_AMOUNT = [
  ['zero', '0'],
  ['negative', '-1'],
  ['plus', '+1'],
  ['exponent', '1e3'],
  ['hexadecimal', '0x10'],
  ['leading blank', ' 1'],
  ['leading zero', '01'],
  ['no whole part', '.5'],
  ['comma', '1,00'],
  ['2^256', String(2n ** 256n)],
  ['a thousand digits', '9'.repeat(1_000)],
  ['NaN', 'NaN'],
  ['fullwidth digits', '１２'],
  ['empty', ''],
  ['NUL', '1\0'],
];

test.each([...NO_AMOUNT, ['too many decimals', '1.001']])(
  'an amount that is %s is refused on either side, and so are fees of it',
  async (_, amount) => {
    for (const fixedSide of ['SOURCE', 'DESTINATION']) {
      expect(await create({ amount, fixedSide })).toMatchObject({
        __typename: 'InvalidInput',
        field: 'amount',
      });
    }
    expect(await create(fee({ flat: amount }))).toMatchObject({
      __typename: 'InvalidInput',
      field: 'developerFees.0.flat',
    });
    const set = { asset: 'USD', flat: amount };
    expect(await mutateQuote(fixture.payments, viewer, 'setPlatformFee', set)).toMatchObject({
      field: 'flat',
    });
  },
);

test.each([...NO_AMOUNT, ['too fine', '0.00001'], ['more than half', '50.0001'], ['all', '100']])(
  'a percentage that is %s is refused',
  async (_, percent) => {
    expect(await create(fee({ percent }))).toMatchObject({
      __typename: 'InvalidInput',
      field: 'developerFees.0.percent',
    });
  },
);

test('what fees eat has no price', async () => {
  const refused = {
    __typename: 'InvalidInput',
    field: 'amount',
    expected: 'more than the fees of the quote',
  };
  expect(await create(fee({ flat: '100' }))).toMatchObject(refused);
  expect(await create({ amount: '0.01', ...fee({ flat: '1' }) })).toMatchObject(refused);
  const three = [1, 2, 3].map(() => ({ recipientId: acc(partner), percent: '40' }));
  expect(await create({ developerFees: three })).toMatchObject({ field: 'developerFees' });
});

test('what is less than a minor unit of the destination has no price', async () => {
  const yen = await fixture.openAccount(viewer.organizationId, { asset: 'JPY', amountMinor: 100n });
  const btc = await fixture.openAccount(viewer.organizationId, { asset: 'BTC' });
  const asked = { sourceId: acc(yen), sourceAsset: 'JPY', destinationId: acc(btc), destinationAsset: 'BTC' };
  expect(await create({ ...asked, amount: '1' })).toMatchObject({ __typename: 'Quote' });
  const cents = { sourceId: acc(usd), amount: '0.01', destinationId: acc(yen), destinationAsset: 'JPY' };
  expect(await create({ ...cents })).toMatchObject({
    __typename: 'Quote',
    destination: { net: { amount: '1' } },
  });
  const tiny = await fixture.openAccount(viewer.organizationId, { asset: 'INR' });
  expect(
    await create({
      sourceId: acc(tiny),
      sourceAsset: 'INR',
      amount: '0.01',
      destinationId: acc(usd),
      destinationAsset: 'USD',
    }),
  ).toMatchObject({ field: 'amount', expected: 'enough for one minor unit of the destination' });
});

test('the largest amounts are exact, and larger ones are refused', async () => {
  const quote = await create({ amount: '92233720368547758.07' });
  expect(quote).toMatchObject({ source: { gross: { amount: '92233720368547758.07' } } });
  expect(quote.destination.gross.amount).toBe('85401592933840516.64');
  const eth = await fixture.openAccount(viewer.organizationId, { asset: 'ETH' });
  expect(
    await create({ amount: `${'9'.repeat(36)}`, destinationId: acc(eth), destinationAsset: 'ETH' }),
  ).toMatchObject({ field: 'amount', expected: 'an amount that keeps both sides within 38 digits' });
});

test('sides must be there, be others, and count what was named', async () => {
  const absent = formatId('acc', newUuid());
  expect(await create({ sourceId: absent })).toMatchObject({ __typename: 'NotFound', missingId: absent });
  expect(await create({ destinationId: absent })).toMatchObject({
    __typename: 'NotFound',
    missingId: absent,
  });
  expect(await create({ destinationId: 'x' })).toMatchObject({ __typename: 'NotFound', missingId: 'x' });
  expect(await create({ destinationId: wal(usd) })).toMatchObject({ field: 'destinationId' });
  expect(await create({ sourceAsset: 'GBP' })).toMatchObject({
    __typename: 'AssetMismatch',
    actual: 'USD',
    named: 'GBP',
  });
  expect(await create({ destinationAsset: 'GBP' })).toMatchObject({
    __typename: 'AssetMismatch',
    actual: 'EUR',
  });
  expect(await create({ destinationAsset: 'XXX' })).toMatchObject({ field: 'destinationAsset' });
  for (const destination of [
    { destinationId: null },
    { destinationAddress: `0x${'12'.repeat(20)}`, destinationNetwork: 'POLYGON' },
    { destinationNetwork: 'POLYGON' },
  ]) {
    expect((await create(destination)).field).toMatch(/^destination/);
  }
});

test('developers are paid into other accounts that count one of both assets, ten at most', async () => {
  const pounds = await fixture.openAccount(viewer.organizationId, { asset: 'GBP' });
  const absent = formatId('acc', newUuid());
  expect(await create(fee({ percent: '1', recipientId: acc(pounds) }))).toMatchObject({
    __typename: 'AssetMismatch',
  });
  expect(await create(fee({ percent: '1', recipientId: absent }))).toMatchObject({ missingId: absent });
  for (const side of [usd, eur]) {
    expect(await create(fee({ percent: '1', recipientId: acc(side) }))).toMatchObject({
      field: 'developerFees.0.recipientId',
    });
  }
  expect(await create(fee({}))).toMatchObject({ field: 'developerFees.0.flat' });
  const eleven = Array.from({ length: 11 }, () => ({ recipientId: acc(partner), flat: '1' }));
  expect(await create({ developerFees: eleven })).toMatchObject({ field: 'developerFees' });
  expect(await create({ developerFees: eleven.slice(1) })).toMatchObject({ __typename: 'Quote' });
});

test.each([0, -1, 901, 2_147_483_647])('a quote does not hold for %d seconds', async (expiresInSeconds) => {
  expect(await create({ expiresInSeconds })).toMatchObject({ field: 'expiresInSeconds' });
});

test('a closed account has no quote, and one that was closed since has no transaction', async () => {
  const open = await fixture.openAccount(viewer.organizationId, { asset: 'EUR' });
  const quote = await create({ destinationId: acc(open) });
  await fixture.closeEmptyAccount(open);
  expect(await create({ destinationId: acc(open) })).toMatchObject({ __typename: 'AccountClosed' });
  expect(await mutateQuote(fixture.payments, viewer, 'acceptQuote', { quoteId: quote.id })).toMatchObject({
    __typename: 'AccountClosed',
    accountId: acc(open),
  });
});

test('places outside that are not there, and banks where none is connected, do not use up the key', async () => {
  const destinationExternalAccountId = formatId('xac', newUuid());
  expect(await create({ destinationId: null, destinationExternalAccountId })).toMatchObject({
    __typename: 'NotFound',
    missingId: destinationExternalAccountId,
  });
  const iban = { rail: 'SEPA', accountHolderName: 'Ada Example', iban: 'DE89370400440532013000' };
  expect(await create({ destinationId: null, destinationBankAccount: iban })).toMatchObject({
    __typename: 'InvalidInput',
    field: 'destinationBankAccount',
    expected: 'nothing, as no bank is connected here',
  });
});
