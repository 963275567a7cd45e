import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getAddress } from 'viem';
import { parseId, type Uuid } from '../../platform/id.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { addPlace, type PlaceOptions, setPlaceStatus } from '../bank/places.ts';
import { type Answer, acc, mutate, wal } from './fixture.ts';
import { NETWORK, newAddress, openWorld, type Tenant, type World } from './onchainWorld.ts';
import { handIn, ITEM, payAll, readBatch } from './payoutsWorld.ts';
import { mutateQuote, quoted } from './quotes/fixture.ts';

let world: World;
let tenant: Tenant;
let folder: string;
let settings: Parameters<typeof addPlace>[0]['settings'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-sends-'));
  const keyFile = join(folder, 'seal.key');
  const vault = await openFileVault(keyFile, 'create');
  world = await openWorld({ vault: async () => vault });
  settings = { keyFile, databaseUrl: world.fixture.url };
  await world.fixture.rows(
    'update chain.network set base_fee_per_gas = 20000000000, priority_fee_per_gas = 30000000000',
  );
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  tenant = await world.addTenant(100_000_000n);
});
afterEach(() => world.expectSound());

const place = (address: string, more: PlaceOptions = {}): Promise<string> =>
  addPlace({ fixture: world.fixture, settings }, tenant, {
    ...{ type: 'CHAIN_ADDRESS', accountNumber: getAddress(address), bankCode: null, network: NETWORK },
    assets: ['USDC'],
    ...more,
  });
const pay = async (id: string, more: object = {}): Promise<Answer> => {
  const sides = { sourceId: wal(tenant.walletId), destinationExternalAccountId: id };
  const input = { ...sides, amount: '40', asset: 'USDC', ...more };
  return (await mutate(world.fixture.payments, tenant.viewer, 'createTransaction', input)).result;
};
const sendOf = async (id: string): Promise<Answer> =>
  (await world.fixture.rows('select * from chain.send where id = $1', [parseId('txn', id)]))[0];

test('a payment to an address that is an external account is a send to it', async () => {
  const address = newAddress();
  const id = await place(address);
  const sent = await pay(id);
  expect(sent).toMatchObject({ __typename: 'Transaction', type: 'CRYPTO_TO_CRYPTO', status: 'PROCESSING' });
  expect(await sendOf(sent.id)).toMatchObject({ to_address: address, network: NETWORK, state: 'QUEUED' });
  const [row] = await world.fixture.rows(
    'select destination_external_account_id as id from payments.transaction where id = $1',
    [parseId('txn', sent.id)],
  );
  expect(row).toEqual({ id: parseId('xac', id) });
});

test('one on another network, of other assets, or not verified is sent nothing', async () => {
  expect(await pay(await place(newAddress(), { network: 'BASE' }))).toMatchObject({
    __typename: 'InvalidInput',
    field: 'destinationExternalAccountId',
  });
  expect(await pay(await place(newAddress(), { assets: ['EURC'] }))).toMatchObject({
    code: 'ASSET_MISMATCH',
  });
  const declined = await place(newAddress(), { status: 'DECLINED' });
  expect(await pay(declined)).toMatchObject({ code: 'EXTERNAL_ACCOUNT_NOT_USABLE' });
  const beside = await place(newAddress());
  expect(await pay(beside, { rail: 'ACH' })).toMatchObject({ code: 'INVALID_INPUT', field: 'rail' });
  expect(await pay(beside, { speed: 'INSTANT' })).toMatchObject({ code: 'INVALID_INPUT', field: 'speed' });
  const other = await world.fixture.addCustomer(tenant.organizationId);
  const foreign = await place(newAddress(), { customerId: other });
  expect(await pay(foreign)).toMatchObject({ code: 'EXTERNAL_ACCOUNT_NOT_USABLE' });
  expect(await world.balance(tenant.organizationId, 'CUSTOMER')).toBe('100000000');
});

test('what leads inside the organization is refused without showing the address', async () => {
  const refused = await pay(await place(tenant.address));
  expect(refused).toMatchObject({ __typename: 'InvalidInput', field: 'destinationAddress' });
  expect(JSON.stringify(refused).toLowerCase()).not.toContain(tenant.address.toLowerCase());
});

test('a quote leads to it, gas and all, and is refused once it is closed', async () => {
  const { payments } = world.fixture;
  const options = { customerId: tenant.customerId, amountMinor: 500_00n };
  const dollars = await world.fixture.openAccount(tenant.organizationId, options);
  const address = newAddress();
  const id = await place(address, { customerId: tenant.customerId });
  const wish = {
    sourceId: acc(dollars),
    destinationExternalAccountId: id,
    ...{ amount: '40', fixedSide: 'DESTINATION', sourceAsset: 'USD', destinationAsset: 'USDC' },
  };
  const [one, other] = [
    await quoted(payments, tenant.viewer, wish),
    await quoted(payments, tenant.viewer, wish),
  ];
  expect(one).toMatchObject({
    type: 'FIAT_TO_CRYPTO',
    destination: { rail: 'ONCHAIN', network: NETWORK, address },
  });
  const paid = await mutateQuote(payments, tenant.viewer, 'acceptQuote', { quoteId: one.id });
  expect(await sendOf(paid.id)).toMatchObject({ to_address: address, amount: '40000000' });
  await setPlaceStatus({ settings }, parseId('xac', id) as Uuid, 'CLOSED');
  const late = await mutateQuote(payments, tenant.viewer, 'acceptQuote', { quoteId: other.id });
  expect(late.code).toBe('EXTERNAL_ACCOUNT_NOT_USABLE');
});

test('items of a batch go to it, too', async () => {
  const address = newAddress();
  const id = await place(address);
  const payer = { ...tenant, source: tenant.walletId, payees: [] };
  const items = [{ destinationExternalAccountId: id, amount: '5' }];
  const more = { sourceId: wal(tenant.walletId), asset: 'USDC' };
  const batch = await handIn(world.fixture, payer, items, more);
  await payAll(world.fixture);
  const read = await readBatch(
    world.fixture,
    payer,
    batch.id,
    `items(first: 9) { edges { node { ${ITEM} destinationExternalAccount { id } } } }`,
  );
  const { node } = read.items.edges[0];
  expect(node).toMatchObject({ status: 'PROCESSING', destinationExternalAccount: { id } });
  expect(await sendOf(node.transaction.id)).toMatchObject({ to_address: address, amount: '5000000' });
});
