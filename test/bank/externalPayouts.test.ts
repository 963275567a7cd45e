import { parseId, type Uuid } from '../../platform/id.ts';
import { acc, ask, clientOf } from '../payments/fixture.ts';
import { addPlace, OWNER, setPlaceStatus } from './places.ts';
import { kindsOf, openWorld, type Tenant, type World } from './world.ts';

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
});
afterEach(() => world.expectSound());

const to = (place: string, more: object = {}) => ({
  destinationBankAccount: null,
  destinationExternalAccountId: place,
  ...more,
});

test('a payment to an external account goes to its bank, is settled, and knows the place', async () => {
  const place = await addPlace(world, tenant);
  const paid = await world.pay(tenant, '10.00', to(place, { rail: 'WIRE', reference: 'rent' }));
  expect(paid).toMatchObject({
    destination: {
      rail: 'WIRE',
      bankAccount: '****6789',
      reference: 'rent',
      externalAccount: { id: place },
    },
  });
  const done = await world.until(tenant, paid.id, 'COMPLETED');
  expect(kindsOf(done)).toEqual(['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', 'COMPLETED']);
  expect(await world.balance(tenant, 'TREASURY')).toBe('99000');
  const dump = await world.everything();
  expect(dump).not.toContain(OWNER);
  expect(dump).not.toContain('000123456789');
});

test('where more than one rail leads there it is asked for, and where one does it is found', async () => {
  const american = await addPlace(world, tenant);
  expect(await world.payOrFail(tenant, '10.00', to(american))).toMatchObject({
    __typename: 'RailRequired',
    choices: ['ACH', 'WIRE'],
  });
  expect(await world.payOrFail(tenant, '10.00', to(american, { rail: 'SEPA' }))).toMatchObject({
    __typename: 'InvalidInput',
    field: 'rail',
    expected: 'one of ACH, WIRE to a US_BANK',
  });
  const iban = { type: 'IBAN', accountNumber: 'DE89370400440532013000', bankCode: null } as const;
  const german = await addPlace(world, tenant, iban);
  const euros = await world.fixture.openAccount(tenant.organizationId, { asset: 'EUR', amountMinor: 5_000n });
  const more = to(german, { asset: 'EUR', sourceId: acc(euros) });
  const paid = await world.pay(tenant, '10.00', more);
  expect(paid).toMatchObject({ destination: { rail: 'SEPA', bankAccount: '****3000' } });
  await world.until(tenant, paid.id, 'COMPLETED');
});

test.each(['PENDING_VERIFICATION', 'DECLINED', 'CLOSED'] as const)(
  'nothing is paid or held to one that is %s',
  async (status) => {
    const place = await addPlace(world, tenant, { status });
    expect(await world.payOrFail(tenant, '10.00', to(place, { rail: 'ACH' }))).toMatchObject({
      __typename: 'ExternalAccountNotUsable',
      externalAccountId: place,
      usableStatus: status,
    });
    expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
  },
);

test('the same key answers the same after the place was closed, and another key is refused', async () => {
  const place = await addPlace(world, tenant);
  const input = to(place, { rail: 'WIRE', idempotencyKey: 'once' });
  const paid = await world.pay(tenant, '10.00', input);
  await setPlaceStatus(world, parseId('xac', place) as Uuid, 'CLOSED');
  expect((await world.pay(tenant, '10.00', input)).id).toBe(paid.id);
  const again = { ...input, idempotencyKey: 'twice' };
  expect((await world.payOrFail(tenant, '10.00', again)).code).toBe('EXTERNAL_ACCOUNT_NOT_USABLE');
  expect((await world.payOrFail(tenant, '10.00', { ...input, rail: 'ACH' })).code).toBe(
    'IDEMPOTENCY_KEY_REUSED',
  );
  await world.until(tenant, paid.id, 'COMPLETED');
});

test('a customer pays to places of its own and of the organization, the organization to those of all', async () => {
  const { organizationId } = tenant;
  const [ada, bob] = [
    await world.fixture.addCustomer(organizationId),
    await world.fixture.addCustomer(organizationId),
  ];
  const account = await world.fixture.openAccount(organizationId, { customerId: ada, amountMinor: 5_000n });
  const sourceId = acc(account);
  const pay = async (customerId: Uuid | null, more: object) => {
    const place = await addPlace(world, tenant, customerId === null ? {} : { customerId });
    return (await world.payOrFail(tenant, '1.00', to(place, { rail: 'WIRE', ...more }))).__typename;
  };
  expect(await pay(ada, { sourceId })).toBe('Transaction');
  expect(await pay(null, { sourceId })).toBe('Transaction');
  expect(await pay(bob, { sourceId })).toBe('ExternalAccountNotUsable');
  expect(await pay(bob, {})).toBe('Transaction');
});

test("another organization's place is not there", async () => {
  const other = await world.addTenant();
  const place = await addPlace(world, other);
  const refused = await world.payOrFail(tenant, '1.00', to(place, { rail: 'WIRE' }));
  const absent = await world.payOrFail(
    tenant,
    '1.00',
    to('xac_01jx5c9v7ye8r9a1nq0bz3m4kd', { rail: 'WIRE' }),
  );
  expect(refused.code).toBe('NOT_FOUND');
  expect(refused.message.replace(place, '')).toBe(
    absent.message.replace('xac_01jx5c9v7ye8r9a1nq0bz3m4kd', ''),
  );
});

test('what the rail does not take is refused with what it does', async () => {
  const rich = await world.addTenant(1_000_000_000_000n);
  const place = await addPlace(world, rich);
  const input = to(place, { rail: 'ACH', speed: 'SAME_DAY' });
  expect(await world.payOrFail(rich, '1000000.01', input)).toMatchObject({
    __typename: 'AmountOutsideRail',
    speed: 'SAME_DAY',
    minimum: { amount: '0.01' },
    maximum: { amount: '1000000.00' },
  });
  expect(await world.payOrFail(rich, '1.00', { ...input, speed: 'INSTANT' })).toMatchObject({
    __typename: 'InvalidInput',
    field: 'speed',
    expected: 'one of STANDARD, SAME_DAY on ACH',
  });
  const paid = await world.pay(rich, '1.00', input);
  expect((await world.order(paid.id)).speed).toBe('SAME_DAY');
  expect(await world.balance(rich, 'TREASURY')).toBe('1000000000000 and -100');
});

describe('lists', () => {
  const LIST = `query ($filter: TransactionFilter) { transactions(first: 10, filter: $filter) { edges { node { id } } } }`;
  const OF = `query ($id: ID!) { _entities(representations: [{ __typename: "ExternalAccount", id: $id }]) {
    ... on ExternalAccount { transactions(first: 10) { edges { node { id } } } } } }`;
  const idsOf = ({ edges }: { edges: { node: { id: string } }[] }) => edges.map(({ node }) => node.id);

  test('transactions are listed by the place that they go to, but not for a client token', async () => {
    const { payments } = world.fixture;
    const customerId = await world.fixture.addCustomer(tenant.organizationId);
    const options = { customerId, amountMinor: 5_000n };
    const account = await world.fixture.openAccount(tenant.organizationId, options);
    const [one, other] = [await addPlace(world, tenant, { customerId }), await addPlace(world, tenant)];
    const sourceId = acc(account);
    const paid = await world.pay(tenant, '1.00', to(one, { rail: 'WIRE', sourceId }));
    await world.pay(tenant, '1.00', to(other, { rail: 'WIRE' }));
    const filter = { externalAccountId: one };
    const { viewer } = tenant;
    expect(idsOf((await ask(payments, viewer, LIST, { filter })).transactions)).toEqual([paid.id]);
    const [entity] = (await ask(payments, viewer, OF, { id: one }))._entities;
    expect(idsOf(entity.transactions)).toEqual([paid.id]);
    const client = clientOf(tenant.organizationId, customerId);
    expect(idsOf((await ask(payments, client, LIST, { filter })).transactions)).toEqual([]);
    const [hidden] = (await ask(payments, client, OF, { id: one }))._entities;
    expect(idsOf(hidden.transactions)).toEqual([]);
    const { transaction } = await ask(
      payments,
      client,
      `query ($id: ID!) { transaction(id: $id) { destination { externalAccount { id } } } }`,
      { id: paid.id },
    );
    expect(transaction.destination.externalAccount).toBeNull();
  });
});
