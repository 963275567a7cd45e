import { parseId, type Uuid } from '../../platform/id.ts';
import { type Answer, acc, type Fixture } from '../payments/fixture.ts';
import { handIn, ITEM, mutateBatch, type Payer, readBatch } from '../payments/payoutsWorld.ts';
import { WIRE } from './asks.ts';
import { addPlace, OWNER, setPlaceStatus } from './places.ts';
import { openWorld, type Tenant, type World } from './world.ts';

const ITEMS = `items(first: 100) { edges { node { ${ITEM} rail reference destinationBankAccount
  destinationExternalAccount { id } } } }`;

let world: World;
let fixture: Fixture;
let tenant: Tenant;
let payer: Payer;

beforeAll(async () => {
  world = await openWorld();
  ({ fixture } = world);
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
  const { organizationId, viewer, accountId: source } = tenant;
  payer = { organizationId, viewer, source, payees: [await fixture.openAccount(organizationId)] };
});
afterEach(() => world.expectSound());

const read = async (id: string): Promise<Answer> => {
  const batch = await readBatch(fixture, payer, id, ITEMS);
  return { ...batch, items: batch.items.edges.map(({ node }: Answer) => node) };
};
const until = (id: string, isRight: (batch: Answer) => boolean): Promise<Answer> =>
  world.eventually(() => read(id), isRight);
const hasEnded = ({ endedAt }: Answer) => endedAt !== null;

test('each item follows its order: settled, refused, sent back', async () => {
  const place = await addPlace(world, tenant);
  const to = { destinationExternalAccountId: place, amount: '10' };
  const batch = await handIn(fixture, payer, [
    { ...to, rail: 'WIRE', reference: 'sim:SLOW' },
    { ...to, rail: 'ACH', reference: 'sim:REJECT:AC04' },
    { destinationBankAccount: WIRE, amount: '10' },
    { destinationId: acc(payer.payees[0] as Uuid), amount: '10' },
  ]);
  const ended = await until(batch.id, hasEnded);
  expect(ended.status).toBe('PARTIALLY_COMPLETED');
  expect(ended.items.map(({ status }: Answer) => status)).toEqual([
    ...['COMPLETED', 'FAILED', 'COMPLETED', 'COMPLETED'],
  ]);
  expect(ended.items[0]).toMatchObject({
    rail: 'WIRE',
    reference: 'sim:SLOW',
    destinationBankAccount: '****6789',
    destinationExternalAccount: { id: place },
  });
  expect(ended.items[1]).toMatchObject({
    failure: { code: 'TRANSACTION_FAILED' },
    transaction: { status: 'FAILED' },
  });
  expect((await world.balance(tenant, 'CLEARING')).split(', ').sort()).toEqual(['0', '2000']);
  const dump = await world.everything();
  expect(dump).not.toContain(OWNER);
  expect(dump).not.toContain('000123456789');
  expect(await fixture.rows('select 1 from payments.payout_item where sealed is not null')).toEqual([]);
});

test('what a bank sends back after the batch has ended fails its item, and the end stays', async () => {
  const place = await addPlace(world, tenant);
  await world.outcome(tenant, 'RETURN', { delayMs: 1_500 });
  const batch = await handIn(fixture, payer, [
    { destinationExternalAccountId: place, rail: 'ACH', amount: '10' },
  ]);
  const { status, endedAt } = await until(batch.id, hasEnded);
  expect(status).toBe('COMPLETED');
  const after = await until(batch.id, (one) => one.status === 'FAILED');
  expect(after.items[0]).toMatchObject({ status: 'FAILED', failure: { code: 'TRANSACTION_RETURNED' } });
  expect(after.endedAt).toBe(endedAt);
  const kinds = await fixture.rows<{ type: string }>(
    'select type from platform.outbox where aggregate_id = $1 order by version',
    [parseId('bat', batch.id)],
  );
  expect(kinds.map(({ type }) => type).filter((type) => type === 'PayoutBatchCompleted')).toHaveLength(1);
});

test('a file names places and accounts in columns, and each fault its column', async () => {
  const place = await addPlace(world, tenant);
  const header =
    'amount,destination_external_account_id,rail,speed,reference,account_holder_name,routing_number,account_number';
  const upload = async (lines: readonly string[], more: object = {}) =>
    (
      await mutateBatch(fixture, payer, 'uploadPayoutBatch', {
        format: 'CSV',
        text: [header, ...lines].join('\n'),
        ...more,
      })
    ).result;
  const good = [`10,${place},ACH,SAME_DAY,rent,,,`, '10,,WIRE,,,Ada Example,021000021,000123456789'];
  expect(await upload(good, { dryRun: true })).toMatchObject({ __typename: 'PayoutBatchPreview' });
  const batch = await upload(good);
  expect(batch.__typename).toBe('PayoutBatch');
  const ended = await until(batch.id, hasEnded);
  expect(ended.status).toBe('COMPLETED');
  const invalid = await upload([
    `10,${place},,,,,,`,
    `10,${place},TELEX,,,,,`,
    '10,,WIRE,,,Ada Example,021000022,000123456789',
    `10,${place},ACH,INSTANT,,,,`,
    '10,xac_01jx5c9v7ye8r9a1nq0bz3m4kd,ACH,,,,,',
    `1000000.01,${place},ACH,SAME_DAY,,,,`,
    `10,${acc(payer.source)},,,,,,`,
  ]);
  expect(invalid.faults.map(({ row, field, code }: Answer) => `${row} ${field} ${code}`)).toEqual([
    '2 rail RAIL_REQUIRED',
    '3 rail INVALID_INPUT',
    '4 routing_number INVALID_INPUT',
    '5 speed INVALID_INPUT',
    '6 destination_external_account_id NOT_FOUND',
    '7 amount AMOUNT_OUTSIDE_RAIL',
    '8 destination_external_account_id NOT_FOUND',
  ]);
  expect(JSON.stringify(invalid)).not.toContain('021000022');
});

test('places that may not be paid to, and those of others, are faults of their items', async () => {
  const other = await world.addTenant();
  const [declined, foreign] = [
    await addPlace(world, tenant, { status: 'DECLINED' }),
    await addPlace(world, other),
  ];
  const german = await addPlace(world, tenant, {
    ...{ type: 'IBAN', accountNumber: 'DE89370400440532013000', bankCode: null },
  });
  const { result } = await mutateBatch(fixture, payer, 'createPayoutBatch', {
    items: [
      { destinationExternalAccountId: declined, rail: 'ACH', amount: '1' },
      { destinationExternalAccountId: foreign, rail: 'ACH', amount: '1' },
      { destinationExternalAccountId: german, amount: '1' },
      { destinationExternalAccountId: german, destinationBankAccount: WIRE, amount: '1' },
    ],
  });
  expect(result.faults.map(({ item, code }: Answer) => `${item} ${code}`)).toEqual([
    '1 EXTERNAL_ACCOUNT_NOT_USABLE',
    '2 NOT_FOUND',
    '3 ASSET_MISMATCH',
    '4 INVALID_INPUT',
  ]);
});

test('the same key answers the same batch, also once its place is closed', async () => {
  const place = await addPlace(world, tenant);
  const input = {
    idempotencyKey: 'wages',
    items: [{ destinationExternalAccountId: place, rail: 'WIRE', amount: '1' }],
  };
  const first = await mutateBatch(fixture, payer, 'createPayoutBatch', input);
  await until(first.result.id, hasEnded);
  await setPlaceStatus(world, parseId('xac', place) as Uuid, 'CLOSED');
  const again = await mutateBatch(fixture, payer, 'createPayoutBatch', input);
  expect(again).toMatchObject({ replayed: true, result: { id: first.result.id } });
});

test('an item is called off with its transaction, and canceled items keep nothing sealed', async () => {
  await world.stopBank();
  const item = { destinationBankAccount: WIRE, amount: '1' };
  const batch = await handIn(fixture, payer, [item]);
  const paid = await until(batch.id, ({ items }) => items[0].transaction !== null);
  await world.change(tenant, 'cancelTransaction', paid.items[0].transaction.id);
  const ended = await until(batch.id, hasEnded);
  expect(ended.items[0]).toMatchObject({ status: 'FAILED', failure: { code: 'TRANSACTION_CANCELED' } });
  await world.startBank();
});
