import { mutate, wal } from './fixture.ts';
import { chx, kindsOf, newHash, openWorld, type Tenant, type World } from './onchainWorld.ts';

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

const wallet = () => world.balance(tenant.organizationId, 'CUSTOMER');
const omnibus = () => world.balance(tenant.organizationId, 'OMNIBUS');
const suspense = () => world.balance(tenant.organizationId, 'SUSPENSE');
async function read(depositId: Parameters<World['transactionOf']>[0]) {
  const id = await world.transactionOf(depositId);
  return id === null ? null : world.timeline(tenant.viewer, id);
}

test('a deposit is pending once it is seen, and available once it is final', async () => {
  const hash = newHash();
  const id = await world.deposit(tenant, { hash });
  await world.settle();
  expect([await wallet(), await omnibus()]).toEqual(['0 and 5000000', '0 and 5000000']);
  expect(await read(id)).toMatchObject({ status: 'PROCESSING', finality: 'PROVISIONAL', version: 2 });

  await world.change('deposit', id, `state = 'FINAL'`);
  await world.settle();
  expect([await wallet(), await omnibus()]).toEqual(['5000000', '5000000']);
  const done = await read(id);
  expect(done).toMatchObject({
    type: 'CRYPTO_TO_CRYPTO',
    status: 'COMPLETED',
    finality: 'FINAL',
    capturedAmount: { amount: '5.000000' },
    source: { rail: 'ONCHAIN', network: 'POLYGON', chainTransaction: { id: chx(id) } },
    destination: { rail: 'BOOK', wallet: { id: wal(tenant.walletId) }, network: null, address: null },
  });
  expect(done.source.address).toMatch(/^0x[0-9a-f]{40}$/);
  expect(done.events.slice(1)).toEqual([
    {
      version: 2,
      kind: 'INCLUDED',
      status: 'PROCESSING',
      terminal: false,
      reason: null,
      chainTransaction: { id: chx(id) },
      transactionHash: hash,
    },
    expect.objectContaining({ version: 3, kind: 'COMPLETED', terminal: true, transactionHash: hash }),
  ]);
});

test('a deposit that is final before it was looked at takes all steps at once', async () => {
  const id = await world.deposit(tenant, { state: 'FINAL' });
  await world.settle();
  expect(kindsOf(await read(id))).toEqual(['CREATED', 'INCLUDED', 'COMPLETED']);
  expect(await wallet()).toBe('5000000');
});

test('a re-org takes back what was pending, and another block brings it again', async () => {
  const id = await world.deposit(tenant);
  await world.settle();
  await world.change('deposit', id, `state = 'ORPHANED'`);
  await world.settle();
  expect([await wallet(), await omnibus()]).toEqual(['0', '0']);
  expect(await read(id)).toMatchObject({ status: 'PROCESSING', version: 3 });
  await world.change('deposit', id, `state = 'SEEN', block_number = 2`);
  await world.settle();
  expect(await wallet()).toBe('0 and 5000000');
  await world.change('deposit', id, `state = 'FINAL'`);
  await world.settle();
  expect(kindsOf(await read(id))).toEqual(['CREATED', 'INCLUDED', 'REORGED', 'INCLUDED', 'COMPLETED']);
  expect(await wallet()).toBe('5000000');
});

test('a re-org between two looks leaves no trace, and one after which nothing came opens no transaction', async () => {
  const quick = await world.deposit(tenant);
  await world.settle();
  await world.change('deposit', quick, `state = 'ORPHANED'`);
  await world.change('deposit', quick, `state = 'SEEN', block_number = 2`);
  const gone = await world.deposit(tenant);
  await world.change('deposit', gone, `state = 'ORPHANED'`);
  await world.settle();
  expect(kindsOf(await read(quick))).toEqual(['CREATED', 'INCLUDED']);
  expect(await read(gone)).toBeNull();
  await world.change('deposit', gone, `state = 'DROPPED'`);
  await world.settle();
  expect(await read(gone)).toBeNull();
});

test('what the chain dropped has failed, and what revives is a new transaction', async () => {
  const id = await world.deposit(tenant);
  await world.settle();
  const first = await read(id);
  await world.change('deposit', id, `state = 'ORPHANED'`);
  await world.change('deposit', id, `state = 'DROPPED'`);
  await world.settle();
  const failed = await world.timeline(tenant.viewer, first.id);
  expect(failed).toMatchObject({ status: 'FAILED', events: [{}, {}, { reason: { code: 'REORGED_AWAY' } }] });
  expect(await wallet()).toBe('0');
  await world.change('deposit', id, `state = 'FINAL'`);
  await world.settle();
  const second = await read(id);
  expect(second.id).not.toBe(first.id);
  expect(second.status).toBe('COMPLETED');
  expect(await wallet()).toBe('5000000');
});

test('other money in the place of the first ends its transaction and begins another', async () => {
  const id = await world.deposit(tenant);
  await world.settle();
  const first = await read(id);
  await world.change('deposit', id, `state = 'ORPHANED'`);
  await world.change('deposit', id, `state = 'FINAL', amount = 7000000`);
  await world.settle();
  expect((await world.timeline(tenant.viewer, first.id)).status).toBe('FAILED');
  expect([await wallet(), await omnibus()]).toEqual(['7000000', '7000000']);
});

test('what was credited is never taken back by itself: it waits for somebody, and holds up nobody', async () => {
  const broken = await world.deposit(tenant, { state: 'FINAL' });
  await world.settle();
  await world.change('deposit', broken, `state = 'ORPHANED'`);
  const next = await world.deposit(tenant, { state: 'FINAL' });
  await world.settle();
  expect(await wallet()).toBe('10000000');
  expect((await read(broken)).status).toBe('COMPLETED');
  expect((await read(next)).status).toBe('COMPLETED');
  const [row] = await world.fixture.rows<object>(
    'select version - settled_version as behind from chain.deposit where id = $1',
    [broken],
  );
  expect(row).toEqual({ behind: 1 });
  await world.change('deposit', broken, `state = 'FINAL'`);
  await world.settle();
  expect(await wallet()).toBe('10000000');
});

test('dust is in suspense once it is final, once, and opens no transaction', async () => {
  const id = await world.deposit(tenant, { credits: 'SUSPENSE', amount: 3n });
  await world.settle();
  expect([await omnibus(), await suspense()]).toEqual(['0', '0']);
  await world.change('deposit', id, `state = 'FINAL'`);
  await world.settle();
  await world.change('deposit', id, `state = 'FINAL'`);
  await world.settle();
  expect([await omnibus(), await suspense(), await wallet()]).toEqual(['3', '3', '0']);
  expect(await read(id)).toBeNull();
});

test('the coin that arrives for gas is paid ahead, and what gas cost is taken off it once', async () => {
  const { organizationId } = tenant;
  await world.deposit(tenant, { credits: 'GAS', asset: 'POL', amount: 10n ** 18n, state: 'FINAL' });
  await world.settle();
  expect(await world.balance(organizationId, 'FEES', 'POL')).toBe(String(10n ** 18n));
  await world.fixture.rows(
    `insert into chain.transaction (id, organization_id, network, from_address, nonce, kind, state, outcome,
       included_hash, fee)
     select gen_random_uuid(), $1, 'POLYGON', $2, n + 1000, 'TRANSFER', 'FINAL', outcome, 'x', fee
       from (values (1, 'SUCCEEDED', 300), (2, 'REVERTED', 20), (3, 'CANCELED', 1), (4, 'SUCCEEDED', 0))
         as done(n, outcome, fee)`,
    [organizationId, tenant.custody],
  );
  await Promise.all([world.settle(), world.settle()]);
  expect(await world.balance(organizationId, 'FEES', 'POL')).toBe(String(10n ** 18n - 321n));
  expect(await world.balance(organizationId, 'OMNIBUS', 'POL')).toBe(String(10n ** 18n - 321n));
  const left = await world.fixture.rows('select 1 from chain.transaction where not fee_settled');
  expect(left).toEqual([]);
});

test('a deposit to a closed account is kept in suspense', async () => {
  await world.fixture.closeEmptyAccount(tenant.walletId);
  const id = await world.deposit(tenant);
  await world.settle();
  expect(await read(id)).toBeNull();
  await world.change('deposit', id, `state = 'FINAL'`);
  await world.settle();
  expect(await read(id)).toBeNull();
  expect([await omnibus(), await suspense()]).toEqual(['5000000', '5000000']);
});

test('a deposit whose account was closed while a re-org had it away fails into suspense', async () => {
  const id = await world.deposit(tenant);
  await world.settle();
  await world.change('deposit', id, `state = 'ORPHANED'`);
  await world.settle();
  await world.fixture.closeEmptyAccount(tenant.walletId);
  await world.change('deposit', id, `state = 'SEEN'`);
  await world.settle();
  await world.change('deposit', id, `state = 'FINAL'`);
  await world.settle();
  const failed = await read(id);
  expect(kindsOf(failed)).toEqual(['CREATED', 'INCLUDED', 'REORGED', 'INCLUDED', 'FAILED']);
  expect(failed.events[4].reason).toEqual({ code: 'ACCOUNT_CLOSED' });
  expect([await omnibus(), await suspense()]).toEqual(['5000000', '5000000']);
});

test('a deposit never credits an account of another organization or asset', async () => {
  const other = await world.addTenant();
  const dollars = await world.fixture.openAccount(tenant.organizationId);
  for (const account of [other.walletId, dollars]) {
    const id = await world.deposit(tenant, { state: 'FINAL' });
    await world.change('deposit', id, `account_id = '${account}'`);
    await world.settle();
    expect(await read(id)).toBeNull();
  }
  expect(await world.balance(other.organizationId, 'CUSTOMER')).toBe('0');
});

test('what came from a chain is not called off, and not refunded without an address', async () => {
  const id = await world.deposit(tenant);
  await world.settle();
  const transaction = await read(id);
  const cancel = await mutate(world.fixture.payments, tenant.viewer, 'cancelTransaction', {
    id: transaction.id,
  });
  expect(cancel.result).toMatchObject({ __typename: 'InvalidState' });
  await world.change('deposit', id, `state = 'FINAL'`);
  await world.settle();
  const refund = await mutate(world.fixture.payments, tenant.viewer, 'refundTransaction', {
    id: transaction.id,
  });
  expect(refund.result).toMatchObject({
    __typename: 'InvalidInput',
    field: 'destinationAddress',
  });
});
