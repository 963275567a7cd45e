import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILT_IN, type Catalog } from '../../../rails/bank/catalog/catalog.ts';
import { nachaBank } from '../../../rails/bank/files/banks.fixture.ts';
import { readBankFile } from '../../../rails/bank/readBankFile.ts';
import { ACH } from '../asks.ts';
import { kindsOf, type Tenant } from '../world.ts';
import { type FileWorld, openFileWorld } from './fileWorld.ts';

let world: FileWorld;
let tenant: Tenant;

beforeAll(async () => {
  world = await openFileWorld(nachaBank, { catalog: WITHOUT_LIMITS });
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant(20_000_000_000n);
});
afterEach(async () => {
  await world.stopWork();
  await world.expectSound();
});

const pay = (amount: string, reference?: string) =>
  world.pay(tenant, amount, { destinationBankAccount: ACH, reference });

/** What a rail takes is known beforehand; here it is not, so that the file has to say so. */
const WITHOUT_LIMITS: Catalog = {
  ...BUILT_IN,
  entries: BUILT_IN.entries.map((entry) => ({
    ...entry,
    speeds: entry.speeds.map((speed) => ({ ...speed, amountMinorMax: 10n ** 12n })),
  })),
};

test('payouts of a file are settled by the one debit of it', async () => {
  const paid = [await pay('10.00', `${'long '.repeat(27)}x`), await pay('5.00')];
  world.startWork();
  const [name = ''] = await world.untilTaken(1);
  expect(name).toMatch(/^FEDBANK-\d{8}\.ach$/);
  const read = readBankFile(await readFile(join(world.folder, 'taken', name)));
  const entries = read.kind === 'ACH' ? (read.file.batches[0]?.entries ?? []) : [];
  expect(entries.map(({ amountMinor }) => amountMinor)).toEqual([1_000n, 500n]);
  // What is shown of a payment is cut to what the format has room for; no payment fails by it.
  expect(entries[0]?.addenda[0]).toMatchObject({ kind: 'PAYMENT', information: 'long '.repeat(16).trim() });
  for (const { id } of paid) {
    expect(kindsOf(await world.until(tenant, id, 'COMPLETED'))).toContain('ACKNOWLEDGED');
  }
  expect(await world.balance(tenant, 'CLEARING')).toBe('1500');
});

test('a return brings the money back, under the code of the rail', async () => {
  world.startWork();
  const paid = await pay('10.00', 'sim:RETURN:R03');
  await world.untilTaken(1);
  const back = await world.until(tenant, paid.id, 'RETURNED');
  const { code, message } = back.events.at(-1).reason;
  expect([back.status, code]).toEqual(['RETURNED', 'R03']);
  expect(message).toMatch(/account/);
  expect(await world.balance(tenant, 'TREASURY')).toBe('20000000000');
});

test('a notification of change moves nothing, and is kept with its order', async () => {
  world.startWork();
  const paid = await pay('10.00', 'sim:CHANGE:C01');
  await world.untilTaken(1);
  await world.until(tenant, paid.id, 'COMPLETED');
  const { id, organization_id } = await world.order(paid.id);
  const read = () =>
    world.rows('select organization_id, code from bank.change_notice where order_id = $1', [id]);
  expect(await world.eventually(read, (found) => found.length > 0)).toEqual([
    { organization_id, code: 'C01' },
  ]);
  expect(await world.everything()).not.toContain('987654321');
  expect((await world.order(paid.id)).state).toBe('SETTLED');
});

test('an order that no file can carry fails alone, and at once', async () => {
  const [good, bad] = [await pay('10.00'), await pay('100000000.00')];
  world.startWork();
  await world.untilTaken(1);
  const failed = await world.until(tenant, bad.id, 'FAILED');
  expect(failed.events.at(-1).reason.code).toBe('CH16');
  await world.until(tenant, good.id, 'COMPLETED');
  expect(await world.balance(tenant, 'TREASURY')).toBe('19999999000');
});

test('a day has thirty-six files, and what comes later waits', async () => {
  await world.rows(
    `insert into bank.file (id, adapter, number, name, message_id, made_on, last_sequence, order_count, state, written_at)
     select gen_random_uuid(), 'FEDBANK', 1000 + at, 'x' || at, 'x' || at,
            (now() at time zone 'America/New_York')::date, 1000, 1, 'WRITTEN', now() from generate_series(1, 36) at`,
  );
  world.startWork();
  const paid = await pay('10.00');
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect((await world.order(paid.id)).state).toBe('QUEUED');
});
