import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { openDatabase } from '../../platform/postgres.ts';
import { startFileWork } from '../../rails/bank/files/fileWork.ts';
import { startCallbackServer } from '../../rails/bank/inbox/callbackServer.ts';
import { BankMeters } from '../../rails/bank/metrics/bankMeters.ts';
import { gaugeBanks } from '../../rails/bank/metrics/gaugeBanks.ts';
import { type FileWorld, openFileWorld, SEPA } from './files/fileWorld.ts';
import type { Tenant } from './world.ts';

/** What an operator is told of banks, read as it is scraped. */
let world: FileWorld;
let tenant: Tenant;
let registry: Registry;
const meters = new BankMeters();

beforeAll(async () => {
  world = await openFileWorld();
  tenant = await world.addTenant();
});
afterAll(() => world.close());
beforeEach(() => {
  registry = new Registry();
  gaugeBanks(registry, { database: world.database, adapters: ['TESTBANK'], logger: world.logger });
});

const pay = (reference: string) =>
  world.pay(tenant, '1.00', { asset: 'EUR', destinationBankAccount: SEPA, reference });

async function value(name: string, labels = '{adapter="TESTBANK"}'): Promise<number | null> {
  const text = await registry.metrics();
  const line = text.split('\n').find((one) => one.startsWith(`omsx_bank_${name}${labels} `));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}
const state = (of: string) => `{adapter="TESTBANK",state="${of}"}`;

test('a quiet bank is told with zeros that alarms can be put on', async () => {
  expect(await value('readable', '')).toBe(1);
  expect(await value('orders_open', state('UNKNOWN'))).toBe(0);
  expect(await value('orders_overdue')).toBe(0);
  expect(await value('files_unwritten', '{adapter="TESTBANK",fault="NAME_TAKEN"}')).toBe(0);
  expect(await value('differences_open', '{adapter="TESTBANK",kind="REUSED_ID"}')).toBe(0);
});

test('what waits, is unknown, late or contradicted is told with its number and its age', async () => {
  const [waits, unknown] = [await pay('waits'), await pay('unknown')];
  const id = async (of: { id: string }) => (await world.order(of.id)).id;
  await world.rows(
    `update bank.order set state = 'UNKNOWN', updated_at = now() - interval '90 seconds',
            expected_by = now() - interval '1 second' where id = $1`,
    [await id(unknown)],
  );
  expect(await value('orders_open', state('QUEUED'))).toBe(1);
  expect(await value('orders_open', state('UNKNOWN'))).toBe(1);
  expect(await value('orders_open_age_seconds', state('UNKNOWN'))).toBeGreaterThanOrEqual(90);
  expect(await value('orders_overdue')).toBe(1);
  await world.change(tenant, 'cancelTransaction', waits.id);
  await world.rows(`update bank.order set state = 'SUBMITTED' where id = $1`, [await id(unknown)]);
});

test('files that were written, read and refused are counted, and how long rails take', async () => {
  meters.register(registry);
  const { database, databaseUrl, vault, placeKey, bank, logger } = world;
  const work = startFileWork({ database, databaseUrl, vault, placeKey, bank, meters, pauseMs: 30, logger });
  const paid = await pay('plain');
  await world.untilTaken(1);
  await writeFile(join(bank.inbox, 'nonsense.txt'), 'nonsense');
  await world.until(tenant, paid.id, 'COMPLETED');
  const count = (name: string, outcome: string) => value(name, `{adapter="TESTBANK",outcome="${outcome}"}`);
  await world.eventually(
    () => count('files_read_total', 'NOT_A_BANK_FILE'),
    (found) => found === 1,
  );
  expect(await count('files_written_total', 'WRITTEN')).toBe(1);
  expect(await count('files_read_total', 'DONE')).toBe(2);
  expect(await value('settle_median_seconds', '{rail="SEPA"}')).toBeGreaterThan(0);
  expect(await value('settle_p95_seconds', '{rail="SEPA"}')).toBeGreaterThan(0);
  await work.close();
});

test('callbacks are counted by what they were answered with, and metrics are read at the same port', async () => {
  meters.register(registry);
  const server = await startCallbackServer({
    ...{ host: '127.0.0.1', port: 0, secret: 'a secret of tests that is long enough', logger: world.logger },
    parse: () => null,
    take: async () => undefined,
    onCallback: (status) => meters.callback(status),
    answerOther: async ({ url }) =>
      url === '/metrics' ? { status: 200, type: 'text/plain', body: await registry.metrics() } : null,
  });
  const refused = await fetch(`${server.url}/callbacks`, { method: 'POST', body: '{}' });
  expect(refused.status).toBe(401);
  expect(await (await fetch(`${server.url}/metrics`)).text()).toContain(
    '\nomsx_bank_callbacks_total{status="401"} 1\n',
  );
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect(await value('callbacks_total', '{status="401"}')).toBe(1);
  await server.close();
});

test('what cannot be read is left out, and said', async () => {
  const gone = new Registry();
  const database = await openDatabase({ url: world.databaseUrl, role: 'omsx_bank', poolMax: 1 });
  await database.close();
  gaugeBanks(gone, { database, adapters: ['TESTBANK'], logger: world.logger });
  const text = await gone.metrics();
  expect(text).toContain('\nomsx_bank_readable 0\n');
  expect(text).not.toMatch(/^omsx_bank_orders_open\{/m);
});
