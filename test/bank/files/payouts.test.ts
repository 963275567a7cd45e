import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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

const DONE = ['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', 'COMPLETED'];

test('a payout goes out in a pain.001, is acknowledged and settled by files', async () => {
  const paid = await pay('10.00', 'invoice 7');
  const [name = ''] = await world.untilTaken(1);
  const file = readBankFile(await readFile(join(world.folder, 'taken', name)));
  const group = file.kind === 'INITIATION' ? file.initiation.groups[0] : undefined;
  expect(group?.transfers).toMatchObject([
    { amountMinor: 1_000n, currency: 'EUR', remittance: 'invoice 7', creditor: { name: 'Ana Pena' } },
  ]);
  const done = await world.until(tenant, paid.id, 'COMPLETED');
  expect(kindsOf(done)).toEqual(DONE);
  expect(done).toMatchObject({ status: 'COMPLETED', finality: 'PROVISIONAL' });
  expect(await world.balance(tenant, 'TREASURY')).toBe('99000');
  expect(await world.balance(tenant, 'CLEARING')).toBe('1000');
});
