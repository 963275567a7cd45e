import { scopesToRead, WEBHOOK_TYPES } from '../../subgraphs/payments/domain/webhookType.ts';
import { ACH } from '../bank/asks.ts';
import { openWorld, type Tenant, type World } from '../bank/world.ts';
import { type Answer, acc, ask } from '../payments/fixture.ts';
import { createReconciliationAsks, isInBooks, type ReconciliationAsks } from './asks.ts';

let world: World;
let asks: ReconciliationAsks;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld({ reconciles: true });
  asks = createReconciliationAsks(world);
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
});

/** A payout that has ended, its line spoiled by the bank. */
async function pay(amount = '10.00'): Promise<Answer> {
  const paid = await world.pay(tenant, amount);
  await world.until(tenant, paid.id, 'COMPLETED');
  return paid;
}

const untilItems = (count: number): Promise<readonly Answer[]> =>
  world.eventually(
    () => asks.items(tenant),
    (found) => found.length === count,
  );
const untilInBooks = (count: number): Promise<unknown> =>
  world.eventually(
    () => asks.lines(tenant),
    (lines) => lines.filter(isInBooks).length === count,
  );

/** The one account of the tenant at the bank. */
async function balance(): Promise<Readonly<Record<string, string | null>>> {
  const [{ theirs, before, ours, unexplained, underWay, missing }] = (await asks.balances(tenant)) as Answer;
  const amounts = { theirs, before, ours, unexplained, underWay, missing };
  return Object.fromEntries(Object.entries(amounts).map(([name, money]) => [name, money?.amount ?? null]));
}

test('what bank and books agree on moves from CLEARING to OMNIBUS, and is no item', async () => {
  await pay();
  await asks.deposit(tenant, '25.00', acc(tenant.accountId));
  await untilInBooks(2);
  expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  expect(await balance()).toEqual({
    ...{ theirs: '15.00', before: '0.00', ours: '15.00' },
    ...{ unexplained: '0.00', underWay: '0.00', missing: '0.00' },
  });
  expect(await asks.items(tenant)).toEqual([]);
  await world.expectSound();
});

test('a payment that came back is two lines, each in the books once', async () => {
  const paid = await world.pay(tenant, '10.00', {
    reference: 'sim:RETURN',
    destinationBankAccount: ACH,
  });
  await world.until(tenant, paid.id, 'RETURNED');
  await untilInBooks(2);
  expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  expect((await balance()).ours).toBe('0.00');
  expect(await asks.items(tenant)).toEqual([]);
  await world.expectSound();
});

test('a line without an id is found by its amount and day', async () => {
  await asks.control(tenant, '/control/line-fault', { fault: 'NO_ID' });
  await pay('12.34');
  await untilInBooks(1);
  expect(await asks.items(tenant)).toEqual([]);
});

test('a line that the bank left out is missing there, and no line of ours is lost', async () => {
  await asks.control(tenant, '/control/line-fault', { fault: 'OMIT' });
  const paid = await pay();
  await asks.deposit(tenant, '1.00', 'nobody');
  const [item] = await untilItems(1);
  expect(item).toMatchObject({ kind: 'MISSING_THEIRS', status: 'OPEN', line: null, receipt: null });
  expect(item.transaction.id).toBe(paid.id);
  expect(item.difference.amount).toBe('10.00');
  await untilInBooks(1);
  expect(await balance()).toMatchObject({
    theirs: '1.00',
    ours: '1.00',
    underWay: '-10.00',
    missing: '0.00',
  });
  expect(await asks.resolve(tenant, item.id, 'ACCEPT_AS_FEE')).toMatchObject({ field: 'action' });
  expect(await asks.resolve(tenant, item.id, 'IGNORE')).toMatchObject({ field: 'reason' });
  const ignored = await asks.resolve(tenant, item.id, 'IGNORE', { reason: 'the bank pays it by hand' });
  expect(ignored).toMatchObject({ status: 'CLOSED', resolution: 'IGNORED', closedBy: 'key' });
  await world.expectSound();
});

test('a line that came twice is one duplicate, which goes to suspense', async () => {
  await asks.control(tenant, '/control/line-fault', { fault: 'DUPLICATE' });
  const paid = await pay();
  const [item] = await untilItems(1);
  expect(item).toMatchObject({ kind: 'DUPLICATE', difference: { amount: '-10.00' } });
  expect(item.transaction.id).toBe(paid.id);
  await untilInBooks(1);
  expect(await balance()).toMatchObject({
    theirs: '-20.00',
    ours: '-10.00',
    unexplained: '-10.00',
    missing: '0.00',
  });
  expect(await asks.resolve(tenant, item.id, 'BOOK_TO_SUSPENSE')).toMatchObject({ resolution: 'SUSPENSE' });
  expect(await balance()).toMatchObject({ ours: '-20.00', unexplained: '0.00', missing: '0.00' });
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('-1000');
  const [newest] = await asks.ageing(tenant);
  expect(newest).toMatchObject({ bucket: 'UP_TO_1_DAY', count: 1, amount: { amount: '-10.00' } });
  await world.expectSound();
});

test.each([
  ['-25', '-10.25', '-0.25', '-25'],
  ['25', '-9.75', '0.25', '25'],
])('an amount that differs by %s is ours and a fee', async (byMinor, theirs, difference, fees) => {
  await asks.control(tenant, '/control/line-fault', { fault: 'AMOUNT', byMinor });
  await pay();
  const [item] = await untilItems(1);
  expect(item).toMatchObject({ kind: 'AMOUNT_DIFFERS', difference: { amount: difference } });
  expect(await world.balance(tenant, 'CLEARING')).toBe('1000');
  expect(await asks.resolve(tenant, item.id, 'ACCEPT_AS_FEE')).toMatchObject({ resolution: 'FEE' });
  expect(await balance()).toMatchObject({ theirs, ours: theirs, unexplained: '0.00', underWay: '0.00' });
  expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  expect(await world.balance(tenant, 'FEES')).toBe(fees);
  await world.expectSound();
});

test('what a bank did on its own is missing in our books, and told of once when it opens and once when it closes', async () => {
  await asks.control(tenant, '/control/line', { asset: 'USD', amountMinor: '-150', text: 'Monthly fee' });
  const [item] = await untilItems(1);
  expect(item).toMatchObject({
    kind: 'MISSING_OURS',
    adapter: 'SIMULATOR',
    transaction: null,
    receipt: null,
  });
  expect(item.line).toMatchObject({ amount: { amount: '-1.50' }, text: 'Monthly fee', state: 'OPEN' });
  const [first, second] = await Promise.all([
    asks.resolve(tenant, item.id, 'ACCEPT_AS_FEE'),
    asks.resolve(tenant, item.id, 'BOOK_TO_SUSPENSE'),
  ]);
  expect([first.__typename, second.__typename].toSorted()).toEqual(['InvalidInput', 'ReconciliationItem']);
  const told = await asks.events(tenant);
  expect(told.map(({ type, version }) => [type, version])).toEqual([
    ['ReconciliationItemOpened', 1],
    ['ReconciliationItemClosed', 2],
  ]);
  await world.expectSound();
});

test('one of each fault is found, and nothing else', async () => {
  for (const [fault, byMinor] of [['OMIT'], ['DUPLICATE'], ['AMOUNT', '-1'], ['NO_ID']] as const) {
    await asks.control(tenant, '/control/line-fault', { fault, ...(byMinor ? { byMinor } : {}) });
    await pay(`${byMinor ?? fault.length}`.replace('-', ''));
  }
  await asks.control(tenant, '/control/line', { asset: 'USD', amountMinor: '777', text: 'Credit' });
  await pay('33.00');
  const items = await untilItems(4);
  expect(items.map(({ kind }) => kind).toSorted()).toEqual([
    ...['AMOUNT_DIFFERS', 'DUPLICATE', 'MISSING_OURS', 'MISSING_THEIRS'],
  ]);
  expect((await balance()).missing).toBe('0.00');
  const open = await asks.items(tenant, {
    kinds: ['DUPLICATE', 'AMOUNT_DIFFERS'],
    status: 'OPEN',
    asset: 'USD',
  });
  expect(open).toHaveLength(2);
  expect(await asks.items(tenant, { status: 'CLOSED' })).toEqual([]);
  expect(await asks.items(tenant, { adapter: 'ANOTHER' })).toEqual([]);
  expect(await asks.items(tenant, { openedBefore: '2020-01-01T00:00:00Z' })).toEqual([]);
  await world.expectSound();
});

test('what contradicts an order is an item as well', async () => {
  const paid = await world.pay(tenant, '10.00', { reference: 'sim:REJECT_AFTER_SETTLED' });
  await world.untilDifference(paid.id);
  const [item] = await untilItems(1);
  expect(item).toMatchObject({ kind: 'CONTRADICTION', line: null, difference: null });
  expect(item.transaction.id).toBe(paid.id);
  const closed = await asks.resolve(tenant, item.id, 'IGNORE', { reason: 'their mistake, they said' });
  expect(closed).toMatchObject({ status: 'CLOSED', reason: 'their mistake, they said' });
});

test('a line that was ahead of our books is explained when they follow', async () => {
  await world.stopBank();
  const endToEndId = 'told-by-nobody-yet';
  await asks.control(tenant, '/control/line', {
    asset: 'USD',
    amountMinor: '500',
    text: 'Arrival',
    endToEndId,
  });
  await world.startBank();
  const [item] = await untilItems(1);
  expect(item.kind).toBe('MISSING_OURS');
  await world.fixture.rows(
    `with late as (
       insert into bank.receipt (id, organization_id, adapter, provider_id, rail, asset, amount, reference, payer_mask)
       values (gen_random_uuid(), $1, 'SIMULATOR', $2, 'WIRE', 'USD', 500, 'late', '****') returning id)
     insert into bank.receipt_screening select id, $1, 'CLEAR', 'planted', '[]', null from late`,
    [tenant.organizationId, endToEndId],
  );
  await untilInBooks(1);
  const [closed] = await asks.items(tenant);
  expect(closed).toMatchObject({ id: item.id, status: 'CLOSED', resolution: 'MATCHED', closedBy: null });
  await world.expectSound();
});

const SIMULATE = `mutation ($input: SimulateBankBookingInput!) { result: simulateBankBooking(input: $input) {
  __typename ... on InvalidInput { field } } }`;

test('in the sandbox a mutation lets the bank err, once for its key', async () => {
  const tell = async (input: object): Promise<Answer> =>
    (await ask(world.fixture.payments, tenant.viewer, SIMULATE, { input })).result;
  const own = { idempotencyKey: 'own-1', fault: 'OWN', amount: '1.50', text: 'Monthly fee' };
  for (const input of [own, own]) expect(await tell(input)).toEqual({ __typename: 'SandboxDone' });
  expect(await tell({ idempotencyKey: 'own-2', fault: 'AMOUNT' })).toMatchObject({ field: 'amount' });
  expect(await tell({ idempotencyKey: 'own-3', fault: 'DUPLICATE' })).toEqual({ __typename: 'SandboxDone' });
  await pay('2.00');
  const items = await untilItems(2);
  expect(items.map(({ kind, difference }) => [kind, difference.amount]).toSorted()).toEqual([
    ['DUPLICATE', '-2.00'],
    ['MISSING_OURS', '-1.50'],
  ]);
});

test('endpoints are told of items where their key may read them', () => {
  expect(WEBHOOK_TYPES.get('reconciliationItem.opened')).toBe('ReconciliationItemOpened');
  expect(scopesToRead(['reconciliationItem.closed'])).toEqual(['reconciliation:read']);
});
