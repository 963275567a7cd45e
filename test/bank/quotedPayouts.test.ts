import { parseId, type Uuid } from '../../platform/id.ts';
import { type Answer, acc, ask, newKey } from '../payments/fixture.ts';
import { mutateQuote, quoted } from '../payments/quotes/fixture.ts';
import { WIRE } from './asks.ts';
import { addPlace, OWNER, setPlaceStatus } from './places.ts';
import { kindsOf, openWorld, type Tenant, type World } from './world.ts';

const CLABE = { type: 'CLABE', accountNumber: '032180000118359719', bankCode: null } as const;

let world: World;
let tenant: Tenant;
let partner: Uuid;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant(100_000_000n, 'USDC');
  partner = await world.fixture.openAccount(tenant.organizationId, { asset: 'USD' });
});
afterEach(() => world.expectSound());

/** 50 USDC become dollars that go out by wire, and a partner earns one dollar of them. */
const wish = (more: object = {}) => ({
  sourceId: acc(tenant.accountId),
  destinationBankAccount: WIRE,
  amount: '50',
  fixedSide: 'SOURCE',
  sourceAsset: 'USDC',
  destinationAsset: 'USD',
  developerFees: [{ recipientId: acc(partner), flat: '1' }],
  ...more,
});

const quote = (more?: object): Promise<Answer> => quoted(world.fixture.payments, tenant.viewer, wish(more));
const accept = (quoteId: string, more: object = {}): Promise<Answer> =>
  mutateQuote(world.fixture.payments, tenant.viewer, 'acceptQuote', { quoteId, ...more });

/** Posted and pending of each account of the organization that is not empty. */
async function books(): Promise<Readonly<Record<string, string>>> {
  const rows = await world.fixture.rows<{ name: string; posted: string; pending: string }>(
    `select kind || ' ' || asset || case when id = $2 then ' of the partner' else '' end as name,
            (credits_posted - debits_posted)::text as posted, (credits_pending - debits_pending)::text as pending
       from ledger.account where organization_id = $1`,
    [tenant.organizationId, partner],
  );
  const filled = rows.filter(({ posted, pending }) => posted !== '0' || pending !== '0');
  return Object.fromEntries(
    filled.map(({ name, posted, pending }) => [name, pending === '0' ? posted : `${posted} and ${pending}`]),
  );
}

test('an accepted quote holds all of it, and the settled order takes all of it', async () => {
  const priced = await quote({ reference: 'sim:SLOW' });
  expect(priced).toMatchObject({ type: 'CRYPTO_TO_FIAT', destination: { rail: 'WIRE' } });
  const paid = await accept(priced.id);
  expect(paid).toMatchObject({ __typename: 'Transaction', type: 'CRYPTO_TO_FIAT', status: 'PROCESSING' });
  const held = await books();
  expect(held['TREASURY USDC']).toBe('100000000 and -50000000');
  expect(held['TREASURY USD of the partner']).toBe('0 and 100');
  const done = await world.until(tenant, paid.id, 'COMPLETED');
  expect(kindsOf(done)).toEqual(['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', 'CONVERTED', 'COMPLETED']);
  expect(done).toMatchObject({
    status: 'COMPLETED',
    finality: 'FINAL',
    capturedAmount: { amount: '50.000000' },
  });
  expect(await books()).toEqual({
    'OMNIBUS USDC': '-100000000',
    'TREASURY USDC': '50000000',
    'CONVERSION USDC': '50000000',
    'CONVERSION USD': '-5000',
    'TREASURY USD of the partner': '100',
    'CLEARING USD': '4900',
  });
  const order = await world.order(paid.id);
  expect(order).toMatchObject({ amount: '4900', asset: 'USD', account_mask: '****6789' });
  expect((await accept(priced.id)).__typename).toBe('QuoteAlreadyAccepted');
  const dump = await world.everything();
  expect(dump).not.toContain(OWNER);
  expect(await world.fixture.rows('select 1 from payments.quote where sealed is not null')).toEqual([]);
});

test('a refused order lets go of all of it', async () => {
  const paid = await accept((await quote({ reference: 'sim:REJECT:AC06' })).id);
  const failed = await world.until(tenant, paid.id, 'FAILED');
  expect(failed).toMatchObject({ status: 'FAILED', returnReason: 'AC06' });
  expect(await books()).toEqual({ 'OMNIBUS USDC': '-100000000', 'TREASURY USDC': '100000000' });
});

test('what no bank has seen is called off with all that it holds', async () => {
  await world.stopBank();
  const paid = await accept((await quote()).id);
  expect(await world.change(tenant, 'cancelTransaction', paid.id)).toMatchObject({ status: 'CANCELED' });
  expect(await books()).toEqual({ 'OMNIBUS USDC': '-100000000', 'TREASURY USDC': '100000000' });
  await world.startBank();
});

test('what comes back goes along CONVERSION at the rate of then; fees stay', async () => {
  const place = await addPlace(world, tenant);
  const more = { destinationBankAccount: null, destinationExternalAccountId: place, rail: 'ACH' };
  const paid = await accept((await quote({ ...more, reference: 'sim:RETURN:R03' })).id);
  const back = await world.until(tenant, paid.id, 'RETURNED');
  expect(back).toMatchObject({ status: 'RETURNED', destination: { externalAccount: { id: place } } });
  // 49 of the 50 dollars arrived, and so 49 of the 50 USDC come back.
  expect(back.events.at(-1)).toMatchObject({ amount: { amount: '49.000000' }, reason: { code: 'R03' } });
  expect(await books()).toEqual({
    'OMNIBUS USDC': '-100000000',
    'TREASURY USDC': '99000000',
    'CONVERSION USDC': '1000000',
    'CONVERSION USD': '-100',
    'TREASURY USD of the partner': '100',
  });
});

test('for a source that is closed by then it goes to suspense, in the asset that it came in', async () => {
  const place = await addPlace(world, tenant);
  const all = { amount: '100', developerFees: [], reference: null };
  const to = { destinationBankAccount: null, destinationExternalAccountId: place, rail: 'ACH' };
  await world.outcome(tenant, 'RETURN', { delayMs: 1_500 });
  const paid = await accept((await quote({ ...to, ...all })).id);
  await world.until(tenant, paid.id, 'COMPLETED');
  await world.fixture.closeEmptyAccount(tenant.accountId);
  const back = await world.until(tenant, paid.id, 'RETURNED');
  expect(back.events.at(-1).reason.message).toContain('suspense');
  expect(await books()).toEqual({ 'OMNIBUS USDC': '-100000000', 'SUSPENSE USDC': '100000000' });
});

test('fees alone, without a conversion, are held and taken with what they are charged for', async () => {
  const dollars = await world.addTenant(10_000n);
  const earns = await world.fixture.openAccount(dollars.organizationId);
  const asked = wish({
    sourceId: acc(dollars.accountId),
    sourceAsset: 'USD',
    developerFees: [{ recipientId: acc(earns), percent: '1' }],
  });
  const { payments } = world.fixture;
  const priced = await quoted(payments, dollars.viewer, asked);
  expect(priced).toMatchObject({ type: 'FIAT_TO_FIAT', rate: null });
  const paid = await mutateQuote(payments, dollars.viewer, 'acceptQuote', { quoteId: priced.id });
  const done = await world.until(dollars, paid.id, 'COMPLETED');
  expect(kindsOf(done)).toEqual(['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', 'COMPLETED']);
  expect(await world.balance(dollars, 'CLEARING')).toBe('4950');
});

test('dollars become pesos on an account in Mexico', async () => {
  const place = await addPlace(world, tenant, CLABE);
  const to = { destinationBankAccount: null, destinationExternalAccountId: place, destinationAsset: 'MXN' };
  const priced = await quote({ ...to, developerFees: [], fixedSide: 'DESTINATION', amount: '500' });
  expect(priced).toMatchObject({ destination: { rail: 'SPEI', net: { amount: '500.00' } } });
  const paid = await accept(priced.id);
  await world.until(tenant, paid.id, 'COMPLETED');
  expect(await world.order(paid.id)).toMatchObject({ amount: '50000', asset: 'MXN', speed: 'INSTANT' });
});

test('a place that was closed since the quote is paid nothing, and nothing is held', async () => {
  const place = await addPlace(world, tenant);
  const to = { destinationBankAccount: null, destinationExternalAccountId: place, rail: 'ACH' };
  const priced = await quote(to);
  await setPlaceStatus(world, parseId('xac', place) as Uuid, 'CLOSED');
  expect(await accept(priced.id)).toMatchObject({ code: 'EXTERNAL_ACCOUNT_NOT_USABLE' });
  expect(await books()).toEqual({ 'OMNIBUS USDC': '-100000000', 'TREASURY USDC': '100000000' });
  const refused = await mutateQuote(world.fixture.payments, tenant.viewer, 'createQuote', wish(to));
  expect(refused.code).toBe('EXTERNAL_ACCOUNT_NOT_USABLE');
});

test('what cannot be quoted is refused with why', async () => {
  const attempt = async (more: object) =>
    mutateQuote(world.fixture.payments, tenant.viewer, 'createQuote', wish(more));
  const place = await addPlace(world, tenant);
  const to = { destinationBankAccount: null, destinationExternalAccountId: place };
  expect((await attempt(to)).code).toBe('RAIL_REQUIRED');
  expect((await attempt({ ...to, rail: 'ACH', destinationAsset: 'EUR', developerFees: [] })).code).toBe(
    'ASSET_MISMATCH',
  );
  expect(await attempt({ ...to, destinationBankAccount: WIRE })).toMatchObject({
    code: 'INVALID_INPUT',
    value: '2 of them',
  });
  expect(await attempt({ rail: 'WIRE' })).toMatchObject({ code: 'INVALID_INPUT', field: 'rail' });
  expect(await attempt({ destinationNetwork: 'base' })).toMatchObject({ field: 'destinationNetwork' });
  const wrong = { ...WIRE, routingNumber: '021000022' };
  const refused = await attempt({ destinationBankAccount: wrong });
  expect(refused).toMatchObject({ field: 'destinationBankAccount.routingNumber' });
  expect(JSON.stringify(refused)).not.toContain('021000022');
  expect(
    (await attempt({ ...to, rail: 'ACH', speed: 'SAME_DAY', fixedSide: 'DESTINATION', amount: '1000000.01' }))
      .code,
  ).toBe('AMOUNT_OUTSIDE_RAIL');
});

test('the same key answers the same quote, and the same acceptance', async () => {
  const keys = { idempotencyKey: newKey() };
  const first = await quote(keys);
  expect((await quote(keys)).id).toBe(first.id);
  const other = { ...WIRE, accountNumber: '000123456780' };
  const reused = await mutateQuote(
    world.fixture.payments,
    tenant.viewer,
    'createQuote',
    wish({ ...keys, destinationBankAccount: other }),
  );
  expect(reused.code).toBe('IDEMPOTENCY_KEY_REUSED');
  const once = { idempotencyKey: newKey() };
  const paid = await accept(first.id, once);
  expect((await accept(first.id, once)).id).toBe(paid.id);
  await world.until(tenant, paid.id, 'COMPLETED');
  expect(await world.messagesOf(paid.id)).toHaveLength(1);
});

test('what endorsements and limits do not allow by then is refused, and room comes back with the money', async () => {
  const { payments } = world.fixture;
  const [one, other] = [await quote({ reference: 'sim:REJECT:AC04' }), await quote()];
  const restrict = (words: string) =>
    world.fixture.rows('update ledger.account set restrictions = $2 where id = $1', [
      tenant.accountId,
      words,
    ]);
  await restrict('{BANK}');
  expect((await accept(one.id)).code).toBe('ACCOUNT_RESTRICTED');
  await restrict('{}');
  const input = { idempotencyKey: newKey(), asset: 'USDC', perDay: '60' };
  const set = 'mutation ($input: SetLimitPolicyInput!) { setLimitPolicy(input: $input) { __typename } }';
  expect((await ask(payments, tenant.viewer, set, { input })).setLimitPolicy.__typename).toBe('LimitPolicy');
  const paid = await accept(one.id);
  expect((await accept(other.id)).code).toBe('LIMIT_EXCEEDED');
  await world.until(tenant, paid.id, 'FAILED');
  expect((await accept(other.id)).__typename).toBe('Transaction');
});

test('a quote tells where it leads, and once it has expired nothing of the account is kept', async () => {
  const place = await addPlace(world, tenant);
  const to = { destinationBankAccount: null, destinationExternalAccountId: place, rail: 'ACH' };
  const priced = await quote({ ...to, reference: 'rent', expiresInSeconds: 1 });
  const query = `query ($id: ID!) { quote(id: $id) { status
    source { externalAccount { id } bankAccount }
    destination { externalAccount { id } bankAccount reference } } }`;
  const read = async () => (await ask(world.fixture.payments, tenant.viewer, query, { id: priced.id })).quote;
  expect(await read()).toMatchObject({
    source: { externalAccount: null, bankAccount: null },
    destination: { externalAccount: { id: place }, bankAccount: '****6789', reference: 'rent' },
  });
  const kept = async () =>
    (
      await world.fixture.rows<{ status: string; isSealed: boolean }>(
        'select status, sealed is not null as "isSealed" from payments.quote where id = $1',
        [parseId('quo', priced.id)],
      )
    )[0];
  expect(await kept()).toEqual({ status: 'OPEN', isSealed: true });
  const after = await world.eventually(kept, (row) => row?.status === 'EXPIRED');
  expect(after).toEqual({ status: 'EXPIRED', isSealed: false });
  expect((await accept(priced.id)).code).toBe('QUOTE_EXPIRED');
});
