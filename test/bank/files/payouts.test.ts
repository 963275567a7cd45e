import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseId } from '../../../platform/id.ts';
import { readBankFile } from '../../../rails/bank/readBankFile.ts';
import { kindsOf, type Tenant } from '../world.ts';
import { type FileWorld, openFileWorld, SEPA } from './fileWorld.ts';

let world: FileWorld;
let tenant: Tenant;

beforeAll(async () => {
  world = await openFileWorld();
  world.startWork();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
});
afterEach(() => world.expectSound());

const pay = (amount: string, reference?: string) =>
  world.pay(tenant, amount, { asset: 'EUR', destinationBankAccount: SEPA, reference });

const told = (kind: string) => ['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', kind];

test('a payout goes out in a pain.001, is acknowledged and settled by files', async () => {
  const paid = await pay('10.00', 'invoice 7');
  const [name = ''] = await world.untilTaken(1);
  const file = readBankFile(await readFile(join(world.folder, 'taken', name)));
  const group = file.kind === 'INITIATION' ? file.initiation.groups[0] : undefined;
  expect(group?.transfers).toMatchObject([
    { amountMinor: 1_000n, currency: 'EUR', remittance: 'invoice 7', creditor: { name: 'Ana Pena' } },
  ]);
  const done = await world.until(tenant, paid.id, 'COMPLETED');
  expect(kindsOf(done)).toEqual(told('COMPLETED'));
  expect(done).toMatchObject({ status: 'COMPLETED', finality: 'PROVISIONAL' });
  expect(await world.balance(tenant, 'TREASURY')).toBe('99000');
  expect(await world.balance(tenant, 'CLEARING')).toBe('1000');
});

test.each(['DUPLICATE', 'OUT_OF_ORDER', 'BATCH'])(
  '%s: the payout is made once all the same',
  async (outcome) => {
    const paid = await pay('10.00', `sim:${outcome}`);
    await world.untilTaken(1);
    const done = await world.until(tenant, paid.id, 'COMPLETED');
    expect(kindsOf(done)).toEqual(told('COMPLETED'));
    await world.eventually(
      () => world.unread(),
      (names) => names.length === 0,
    );
    expect(kindsOf(await world.read(tenant, paid.id))).toEqual(told('COMPLETED'));
    expect(await world.balance(tenant, 'TREASURY')).toBe('99000');
    expect(await world.balance(tenant, 'CLEARING')).toBe('1000');
    expect(await world.rows('select kind, detail from bank.difference')).toEqual([]);
  },
);

test('many that are booked as one line are settled together', async () => {
  await world.stopWork();
  const paid = [
    await pay('10.00', 'sim:BATCH'),
    await pay('20.00', 'sim:BATCH'),
    await pay('5.00', 'sim:BATCH'),
  ];
  world.startWork();
  expect(await world.untilTaken(1)).toHaveLength(1);
  for (const { id } of paid) await world.until(tenant, id, 'COMPLETED');
  expect(await world.balance(tenant, 'CLEARING')).toBe('3500');
});

test.each([
  ['REJECT:AC06', 'AC06'],
  ['REJECT_FILE', 'MS03'],
])('%s: the money is free again, and the reason is told', async (outcome, code) => {
  const paid = await pay('10.00', `sim:${outcome}`);
  await world.untilTaken(1);
  const failed = await world.until(tenant, paid.id, 'FAILED');
  expect(failed).toMatchObject({ status: 'FAILED', returnReason: code });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});

test('one of a file is refused, and the others are paid', async () => {
  await world.stopWork();
  const [good, bad] = [await pay('10.00'), await pay('20.00', 'sim:REJECT')];
  world.startWork();
  expect(await world.untilTaken(1)).toHaveLength(1);
  await world.until(tenant, good.id, 'COMPLETED');
  await world.until(tenant, bad.id, 'FAILED');
  expect(await world.balance(tenant, 'TREASURY')).toBe('99000');
});

test('completed money that comes back is on the source again', async () => {
  const paid = await pay('10.00', 'sim:RETURN:AC03');
  await world.untilTaken(1);
  const back = await world.until(tenant, paid.id, 'RETURNED');
  expect(kindsOf(back)).toEqual([...told('COMPLETED'), 'RETURNED']);
  expect(back).toMatchObject({ status: 'RETURNED', returnReason: 'AC03' });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
  expect(await world.balance(tenant, 'CLEARING')).toBe('0');
});

test('a return after the window is a difference that changes nothing', async () => {
  const paid = await pay('10.00');
  await world.untilTaken(1);
  await world.until(tenant, paid.id, 'COMPLETED');
  await world.endWindow(paid.id);
  const final = await world.until(tenant, paid.id, 'FINALIZED');
  const key = (parseId('txn', paid.id) ?? '').replaceAll('-', '');
  await world.outside.put(world.outside.statement([world.outside.back(1_000n, key)]));
  expect(await world.untilDifference(paid.id)).toMatchObject({ kind: 'CONTRADICTS_ORDER' });
  expect((await world.read(tenant, paid.id)).version).toBe(final.version);
});

test('a bank that refuses what it has settled is a difference; the end stays', async () => {
  const paid = await pay('10.00', 'sim:REJECT_AFTER_SETTLED');
  await world.untilTaken(1);
  await world.until(tenant, paid.id, 'COMPLETED');
  const difference = await world.untilDifference(paid.id);
  expect(difference.detail).toBe('REJECTED after the order was SETTLED');
  expect(kindsOf(await world.read(tenant, paid.id))).toEqual(told('COMPLETED'));
});

test('what no file has yet is called off at once, what is in one goes on', async () => {
  await world.stopWork();
  const paid = await pay('10.00');
  expect(await world.change(tenant, 'cancelTransaction', paid.id)).toMatchObject({ status: 'CANCELED' });
  const sent = await pay('10.00', 'sim:SILENCE');
  world.startWork();
  await world.untilTaken(1);
  await world.untilOrder(sent.id, 'SUBMITTED');
  await world.change(tenant, 'cancelTransaction', sent.id);
  const asked = await world.eventually(
    () => world.order(sent.id),
    (order) => order.cancel_asked_at === null,
  );
  expect(asked.state).toBe('SUBMITTED');
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000 and -1000');
});

test('nothing of an account is stored in the clear, but in the file that the bank gets', async () => {
  const paid = await pay('10.00', 'a wish of mine');
  await world.untilTaken(1);
  await world.until(tenant, paid.id, 'COMPLETED');
  const dump = await world.everything();
  expect(dump).toContain('TESTBANK-0000');
  for (const secret of [SEPA.iban, 'Ana Peña', 'Ana Pena', Buffer.from('Ana Pena').toString('hex')]) {
    expect(dump).not.toContain(secret);
  }
});
