import type { Uuid } from '../../platform/id.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { advanceSandboxClock } from '../../platform/sandboxClock.ts';
import { RATE_RETRY_MS, RATE_WAIT_MAX_MS } from '../../subgraphs/payments/domain/arrivals/convertArrival.ts';
import type { NoRate, Rate } from '../../subgraphs/payments/domain/rate.ts';
import { type Answer, acc, ask, newKey } from '../payments/fixture.ts';
import { decide, openReviews } from '../payments/screening/reviews.ts';
import { giveDetails, setStatus, vac } from './virtualAccounts.ts';
import { kindsOf, openWorld, type Tenant, type World } from './world.ts';

/** Two thirds, rounded up at the eighteenth decimal: divides nothing evenly. */
const RATE: Rate = { e18: 666_666_666_666_666_667n, provider: 'test', asOf: new Date() };
const NONE: NoRate = { fault: 'nobody answers' };
let answer: Rate | NoRate;

let world: World;
let tenant: Tenant;
/** In USDC, which what arrives becomes. */
let wallet: Uuid;

beforeAll(async () => {
  world = await openWorld({ rates: { rateOf: async () => answer } });
});
afterAll(() => world.close());
beforeEach(async () => {
  answer = RATE;
  tenant = await world.addTenant();
  wallet = await world.fixture.openAccount(tenant.organizationId, { asset: 'USDC', backsWallet: true });
});
afterEach(() => world.expectSound());

const place = (options: Parameters<typeof giveDetails>[2] = {}): Promise<Uuid> =>
  giveDetails(world, { ...tenant, accountId: wallet }, { convertsTo: 'USDC', ...options });

async function mutation(field: string, input: object, fields: string): Promise<Answer> {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { result: ${field}(input: $input) { __typename
    ... on Failure { code } ${fields} } }`;
  const keyed = { idempotencyKey: newKey(), ...input };
  return (await ask(world.fixture.payments, tenant.viewer, query, { input: keyed })).result;
}

async function deposit(details: Uuid, amount: string, more: object = {}): Promise<void> {
  const about = { rail: 'WIRE', amount, reference: 'rent', virtualAccountId: vac(details), ...more };
  expect(await mutation('simulateBankDeposit', about, '')).toMatchObject({ __typename: 'SandboxDone' });
}

const SIDE = 'gross { amount } net { amount } rail fees { items { kind amount { amount } account { id } } }';
const TRANSACTION = `id type status amount { amount asset { code } } source { rail amount { amount } }
  destination { amount { amount } account { id } wallet { id } } events { version kind amount { amount } status terminal }
  quote { id status rate { exchangeRate remainder provider } source { ${SIDE} } destination { ${SIDE} } }`;

/** The one receipt of the tenant, once it is in this state. */
async function receiptWhen(state: string): Promise<Answer> {
  const query = `{ bankReceipts(first: 10) { edges { node {
    id state suspenseReason account { id } transaction { ${TRANSACTION} } } } } }`;
  const read = async (): Promise<readonly Answer[]> => {
    const { bankReceipts } = await ask(world.fixture.payments, tenant.viewer, query);
    return bankReceipts.edges.map(({ node }: Answer) => node);
  };
  const [receipt] = await world.eventually(
    read,
    (list) => list.length === 1 && list.every((one: Answer) => one.state === state),
  );
  return receipt;
}

const heldBy = async (id: Uuid): Promise<string> => {
  const [row] = await world.fixture.rows<{ posted: string }>(
    'select (credits_posted - debits_posted)::text as posted from ledger.account where id = $1',
    [id],
  );
  return row?.posted ?? '';
};

async function pass(ms: number): Promise<void> {
  const database = await openDatabase({ url: world.fixture.url, role: 'omsx_payments_writer', poolMax: 1 });
  const [clock] = await world.fixture.rows<{ now: Date }>('select platform.now() as now');
  await advanceSandboxClock(database, new Date((clock?.now.getTime() ?? 0) + ms));
  await database.close();
}

test('what arrives is converted as it is credited, exactly, and its quote says at what rate', async () => {
  await deposit(await place(), '25.01');
  const { transaction, ...receipt } = await receiptWhen('CREDITED');
  expect(receipt).toMatchObject({ suspenseReason: null, account: { id: acc(wallet) } });
  // 25.01 x 0.666666666666666667 = 16.67333333333333334167, of which USDC takes six decimals.
  expect(transaction).toMatchObject({
    ...{ type: 'FIAT_TO_CRYPTO', status: 'COMPLETED', source: { rail: 'WIRE', amount: { amount: '25.01' } } },
    destination: { amount: { amount: '16.673333' }, wallet: expect.anything() },
    quote: {
      status: 'ACCEPTED',
      rate: { exchangeRate: '0.666666666666666667', remainder: '0.00000033333333334167', provider: 'test' },
      source: { rail: 'WIRE', gross: { amount: '25.01' }, net: { amount: '25.01' }, fees: { items: [] } },
      destination: { rail: 'BOOK', gross: { amount: '16.673333' }, net: { amount: '16.673333' } },
    },
  });
  expect(kindsOf(transaction)).toEqual(['CREATED', 'CONVERTED', 'COMPLETED']);
  expect(await heldBy(wallet)).toBe('16673333');
  expect((await world.balance(tenant, 'CONVERSION')).split(', ').sort()).toEqual(['-16673333', '2501']);
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('0');
});

test('a share goes to whom the place names, and to the organization where that account is closed', async () => {
  const partner = await world.fixture.openAccount(tenant.organizationId, { asset: 'USDC' });
  const details = await place({ fee: { accountId: partner, partsPerMillion: 15_000n } });
  const setFee = { asset: 'USD', flat: '0.01' };
  expect(await mutation('setPlatformFee', setFee, '')).toMatchObject({ __typename: 'PlatformFee' });
  await deposit(details, '30.01');
  const { transaction } = await receiptWhen('CREDITED');
  // 30.00 x rate = 20.00000000000000001; 1.5 percent of 20.000000 is the partner's.
  expect(transaction.quote).toMatchObject({
    source: { net: { amount: '30.00' }, fees: { items: [{ kind: 'PLATFORM', amount: { amount: '0.01' } }] } },
    destination: {
      net: { amount: '19.700000' },
      fees: { items: [{ kind: 'DEVELOPER', amount: { amount: '0.300000' }, account: { id: acc(partner) } }] },
    },
  });
  expect([await heldBy(partner), await heldBy(wallet)]).toEqual(['300000', '19700000']);

  tenant = await world.addTenant();
  const closed = await world.fixture.openAccount(tenant.organizationId);
  wallet = await world.fixture.openAccount(tenant.organizationId, { asset: 'USDC' });
  const orphaned = await place({ fee: { accountId: closed, partsPerMillion: 15_000n } });
  await world.fixture.closeEmptyAccount(closed);
  await deposit(orphaned, '30.00');
  await receiptWhen('CREDITED');
  expect([await heldBy(closed), await heldBy(wallet)]).toEqual(['0', '19700000']);
  expect((await world.balance(tenant, 'FEES')).split(', ').sort()).toEqual(['0', '45']);
});

test('without a rate it waits, is credited to nobody, and is converted once there is one again', async () => {
  answer = NONE;
  const details = await place();
  await deposit(details, '30.00');
  expect(await receiptWhen('AWAITING_RATE')).toMatchObject({
    ...{ transaction: null, account: null, suspenseReason: null },
  });
  expect([await heldBy(wallet), await world.balance(tenant, 'CONVERSION')]).toEqual(['0', '0, 0']);
  // What is paused meanwhile concerns what arrives later.
  await setStatus(world, details, 'PAUSED');
  answer = RATE;
  await pass(RATE_RETRY_MS);
  expect((await receiptWhen('CREDITED')).transaction).toMatchObject({ status: 'COMPLETED' });
  expect(await heldBy(wallet)).toBe('20000000');
});

test('what is held for screening is converted once it is released, at the rate of then', async () => {
  await deposit(await place(), '30.00', { payerName: 'Zoltan Quillfeather' });
  const [review] = await world.eventually(
    () => openReviews(world.fixture.payments, tenant.viewer),
    (list) => list.length === 1,
  );
  expect(await receiptWhen('PENDING')).toMatchObject({ transaction: null, suspenseReason: null });
  answer = { ...RATE, e18: 500_000_000_000_000_000n };
  await decide(world.fixture.payments, tenant.viewer, review?.id, 'RELEASE');
  await receiptWhen('CREDITED');
  expect(await heldBy(wallet)).toBe('15000000');
});

test('after an hour without a rate it is in suspense as it came, and can be assigned in its own asset', async () => {
  answer = NONE;
  await deposit(await place(), '30.00');
  await receiptWhen('AWAITING_RATE');
  await pass(RATE_WAIT_MAX_MS);
  const receipt = await receiptWhen('IN_SUSPENSE');
  expect(receipt).toMatchObject({ suspenseReason: 'NO_RATE', transaction: null, account: null });
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('3000');
  const other = { receiptId: receipt.id, accountId: acc(wallet) };
  expect(await mutation('assignReceipt', other, '')).toMatchObject({ code: 'ASSET_MISMATCH' });
  const own = { receiptId: receipt.id, accountId: acc(tenant.accountId) };
  expect(await mutation('assignReceipt', own, '... on Transaction { type quote { id } }')).toEqual({
    ...{ __typename: 'Transaction', type: 'FIAT_TO_FIAT', quote: null },
  });
  expect([await heldBy(tenant.accountId), await world.balance(tenant, 'SUSPENSE')]).toEqual(['103000', '0']);
});

test('what comes to nothing once it is converted is in suspense', async () => {
  answer = { ...RATE, e18: 1n };
  await deposit(await place(), '0.01');
  expect(await receiptWhen('IN_SUSPENSE')).toMatchObject({ suspenseReason: 'NO_PRICE', transaction: null });
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('1');
});

test('of an account that was closed meanwhile it is in suspense as it came', async () => {
  const details = await place();
  await world.fixture.closeEmptyAccount(wallet);
  await deposit(details, '30.00');
  expect(await receiptWhen('IN_SUSPENSE')).toMatchObject({ suspenseReason: 'ACCOUNT_CLOSED' });
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('3000');
});

test('it is not refunded at a rate that was: the way back is a quote of its own', async () => {
  await deposit(await place(), '30.00');
  const { transaction } = await receiptWhen('CREDITED');
  expect(await mutation('refundTransaction', { id: transaction.id }, '')).toMatchObject({
    code: 'INVALID_STATE',
  });
});
