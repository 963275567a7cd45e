import type { Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { type Answer, acc, type Fixture, keyOf, newKey, openFixture } from '../fixture.ts';
import { expectSound, mutateQuote, quoted, readQuote } from './fixture.ts';

let fixture: Fixture;
let viewer: Viewer;
let organizationId: Uuid;
let usd: Uuid;
let eur: Uuid;
let customerId: Uuid;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

beforeEach(async () => {
  organizationId = await fixture.addOrganization();
  viewer = keyOf(organizationId);
  customerId = await fixture.addCustomer(organizationId);
  usd = await fixture.openAccount(organizationId, { customerId, amountMinor: 1_000_00n });
  eur = await fixture.openAccount(organizationId, { asset: 'EUR' });
});
afterEach(() => expectSound(fixture.url));

const input = (more: object = {}): Readonly<Record<string, unknown>> => ({
  sourceId: acc(usd),
  destinationId: acc(eur),
  amount: '100',
  fixedSide: 'SOURCE',
  sourceAsset: 'USD',
  destinationAsset: 'EUR',
  ...more,
});
const create = (more: object = {}): Promise<Answer> => quoted(fixture.payments, viewer, input(more));
const accept = (quoteId: string, more: object = {}): Promise<Answer> =>
  mutateQuote(fixture.payments, viewer, 'acceptQuote', { quoteId, ...more });
const postedOf = async (...ids: readonly Uuid[]): Promise<readonly string[]> => {
  const rows = await fixture.rows<{ posted: string }>(
    `select (credits_posted - debits_posted)::text as posted
       from unnest($1::uuid[]) with ordinality as asked(id, number) join ledger.account using (id) order by number`,
    [ids],
  );
  return rows.map(({ posted }) => posted);
};

test('a quote with a fixed source converts what fees leave, and accepting it posts exactly that', async () => {
  const partner = await fixture.openAccount(organizationId);
  const european = await fixture.openAccount(organizationId, { asset: 'EUR' });
  await mutateQuote(fixture.payments, viewer, 'setPlatformFee', {
    asset: 'USD',
    flat: '0.30',
    percent: '0.5',
  });
  const quote = await create({
    developerFees: [
      { recipientId: acc(partner), flat: '0.20', percent: '1' },
      { recipientId: acc(european), percent: '0.1' },
    ],
    metadata: [{ key: 'order', value: '7' }],
  });
  expect(quote).toMatchObject({
    status: 'OPEN',
    type: 'FIAT_TO_FIAT',
    source: {
      gross: { amount: '100.00' },
      net: { amount: '98.00' },
      fees: { total: { amount: '2.00' }, platform: { amount: '0.80' }, developer: { amount: '1.20' } },
      account: { id: acc(usd) },
    },
    // 98 / 1.08 = 90.74 and a little that stays in CONVERSION; a thousandth of it is for the other partner.
    destination: {
      gross: { amount: '90.74' },
      net: { amount: '90.65' },
      fees: {
        items: [{ kind: 'DEVELOPER', side: 'DESTINATION', amount: { amount: '0.09' }, percent: '0.1' }],
      },
    },
    rate: {
      pair: 'USD/EUR',
      exchangeRate: '0.925925925925925925',
      effectiveRate: '0.9065',
      provider: 'sandbox',
    },
    gas: null,
    transaction: null,
  });
  expect(quote.rate.remainder).toBe('0.00074074074074065');
  expect(await postedOf(usd)).toEqual(['100000']);

  const transaction = await accept(quote.id, { externalId: 'mine', description: 'rent' });
  expect(transaction).toMatchObject({
    __typename: 'Transaction',
    type: 'FIAT_TO_FIAT',
    status: 'COMPLETED',
    finality: 'FINAL',
    amount: { amount: '100.00', asset: { code: 'USD' } },
    capturedAmount: { amount: '100.00' },
    destination: { amount: { amount: '90.65', asset: { code: 'EUR' } } },
    externalId: 'mine',
    metadata: [{ key: 'order', value: '7' }],
    quote: { id: quote.id, status: 'ACCEPTED' },
    fees: [{ kind: 'PLATFORM' }, { kind: 'DEVELOPER' }, { kind: 'DEVELOPER' }],
    events: [
      { kind: 'CREATED', amount: null },
      { kind: 'CONVERTED', amount: { amount: '90.65', asset: { code: 'EUR' } } },
      { kind: 'COMPLETED', amount: { amount: '90.65', asset: { code: 'EUR' } }, terminal: true },
    ].map((step) => (step.amount === null ? { kind: step.kind } : step)),
  });
  expect(await postedOf(usd, eur, partner, european)).toEqual(['90000', '9065', '120', '9']);
  const accounts = await fixture.rows(
    `select kind, asset, (credits_posted - debits_posted)::text as posted from ledger.account
      where organization_id = $1 and kind in ('CONVERSION', 'FEES') order by kind, asset`,
    [organizationId],
  );
  expect(accounts).toEqual([
    { kind: 'CONVERSION', asset: 'EUR', posted: '-9074' },
    { kind: 'CONVERSION', asset: 'USD', posted: '9800' },
    { kind: 'FEES', asset: 'USD', posted: '80' },
  ]);
  expect(await readQuote(fixture.payments, viewer, quote.id)).toMatchObject({
    status: 'ACCEPTED',
    transaction: { id: transaction.id },
  });
});

test('a quote with a fixed destination lets exactly that arrive', async () => {
  const partner = await fixture.openAccount(organizationId);
  const european = await fixture.openAccount(organizationId, { asset: 'EUR' });
  const quote = await create({
    fixedSide: 'DESTINATION',
    amount: '50.01',
    developerFees: [
      { recipientId: acc(partner), percent: '2.5' },
      { recipientId: acc(european), percent: '1', flat: '0.02' },
    ],
  });
  expect(quote.destination.net.amount).toBe('50.01');
  expect(await accept(quote.id)).toMatchObject({ status: 'COMPLETED' });
  expect(await postedOf(eur)).toEqual(['5001']);
});

test('without a conversion there is no rate, and the type is BOOK', async () => {
  const other = await fixture.openAccount(organizationId);
  const quote = await create({ destinationId: acc(other), destinationAsset: 'USD' });
  expect(quote).toMatchObject({ type: 'BOOK', rate: null, destination: { net: { amount: '100.00' } } });
  const transaction = await accept(quote.id);
  expect(transaction.events.map(({ kind }: Answer) => kind)).toEqual(['CREATED', 'COMPLETED']);
});

test('types follow from what both sides count', async () => {
  const usdc = await fixture.openAccount(organizationId, { asset: 'USDC', amountMinor: 5_000_000n });
  const eth = await fixture.openAccount(organizationId, { asset: 'ETH' });
  const types = [
    await create({ destinationId: acc(usdc), destinationAsset: 'USDC' }),
    await create({ sourceId: acc(usdc), sourceAsset: 'USDC', amount: '5' }),
    await create({
      sourceId: acc(usdc),
      sourceAsset: 'USDC',
      amount: '5',
      destinationId: acc(eth),
      destinationAsset: 'ETH',
    }),
  ].map(({ type }) => type);
  expect(types).toEqual(['FIAT_TO_CRYPTO', 'CRYPTO_TO_FIAT', 'CRYPTO_TO_CRYPTO']);
});

test('a second acceptance names what the first one made; the same key answers the same', async () => {
  const quote = await create();
  const idempotencyKey = newKey();
  const first = await accept(quote.id, { idempotencyKey });
  const again = await accept(quote.id, { idempotencyKey });
  expect(again).toMatchObject({ id: first.id, replayed: true });
  expect(await accept(quote.id)).toMatchObject({
    __typename: 'QuoteAlreadyAccepted',
    code: 'QUOTE_ALREADY_ACCEPTED',
    quoteId: quote.id,
    transactionId: first.id,
  });
});

test('what cannot be paid leaves the quote open and moves nothing', async () => {
  const quote = await create({ amount: '1000.01' });
  expect(await accept(quote.id)).toMatchObject({
    __typename: 'InsufficientFunds',
    accountId: acc(usd),
    available: { amount: '1000.00' },
    required: { amount: '1000.01' },
  });
  expect(await readQuote(fixture.payments, viewer, quote.id)).toMatchObject({ status: 'OPEN' });
  expect(await postedOf(usd)).toEqual(['100000']);
});

test('createQuote under the same key answers the same quote, and refuses other input', async () => {
  const idempotencyKey = newKey();
  const first = await create({ idempotencyKey });
  const again = await create({ idempotencyKey });
  expect(again).toMatchObject({ id: first.id, replayed: true, rate: first.rate });
  const other = await mutateQuote(
    fixture.payments,
    viewer,
    'createQuote',
    input({ idempotencyKey, amount: '101' }),
  );
  expect(other).toMatchObject({ __typename: 'IdempotencyKeyReused' });
});

test('the outbox tells of a quote, once each, for both parties', async () => {
  const quote = await create();
  await accept(quote.id);
  const events = await fixture.rows(
    `select type, version, subjects @> array[$2::uuid, $3::uuid] as "forBoth" from platform.outbox
      where organization_id = $1 and type like 'Quote%' order by xid, seq`,
    [organizationId, customerId, eur],
  );
  expect(events).toEqual([
    { type: 'QuoteCreated', version: 1, forBoth: true },
    { type: 'QuoteAccepted', version: 2, forBoth: true },
  ]);
});
