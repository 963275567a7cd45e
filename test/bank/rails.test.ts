import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configuredCatalog } from '../../bin/bankCatalog.ts';
import { readConfig } from '../../platform/config.ts';
import { readCatalog } from '../../rails/bank/catalog/readCatalog.ts';
import { type Answer, ask, clientOf, type Fixture, keyOf, openFixture, run } from '../payments/fixture.ts';

const RAILS = `{ rails { rail asset { code } returnDays returnDaysAreBusinessDays
  speeds { speed minimum { amount } maximum { amount } isOpen nextCutOffAt settlesBy } } }`;

let folder: string;
let fixture: Fixture;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-rails-'));
  const overrides = { rails: { 'ACH/USD': { speeds: { SAME_DAY: { amountMinorMax: '5000' } } } } };
  fixture = await openFixture({ catalog: readCatalog(overrides) });
});
afterAll(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the operator's file of this text is read as. */
async function read(text: string) {
  const path = join(folder, 'rails.json');
  await writeFile(path, text);
  return configuredCatalog(readConfig({ OMSX_BANK_CATALOG_FILE: path }));
}

test('every rail between banks is listed with its speeds, as the operator has them', async () => {
  const viewer = keyOf(await fixture.addOrganization());
  const { rails } = await ask(fixture.payments, viewer, RAILS);
  expect(rails.map(({ rail, asset }: Answer) => `${rail} ${asset.code}`)).toEqual([
    ...['ACH USD', 'WIRE USD', 'SEPA EUR', 'PIX BRL', 'SPEI MXN', 'UPI INR', 'FPS GBP'],
  ]);
  const [ach, wire, , pix] = rails;
  expect(ach.speeds.map(({ speed }: Answer) => speed)).toEqual(['STANDARD', 'SAME_DAY']);
  expect(ach).toMatchObject({ returnDays: 2, returnDaysAreBusinessDays: true });
  expect(ach.speeds[1]).toMatchObject({ minimum: { amount: '0.01' }, maximum: { amount: '50.00' } });
  expect(wire.returnDays).toBeNull();
  expect(pix.speeds[0]).toMatchObject({ isOpen: true, nextCutOffAt: null });
  for (const { speeds } of rails) {
    for (const { settlesBy, nextCutOffAt } of speeds) {
      expect(Date.parse(settlesBy)).toBeGreaterThan(Date.now() - 1_000);
      if (nextCutOffAt !== null) expect(nextCutOffAt < settlesBy).toBe(true);
    }
  }
});

test('a client token, and a key without the scope, are told nothing of rails', async () => {
  const organizationId = await fixture.addOrganization();
  const customerId = await fixture.addCustomer(organizationId);
  for (const viewer of [clientOf(organizationId, customerId), keyOf(organizationId, ['accounts:read'])]) {
    const { data, errors } = await run(fixture.payments, viewer, RAILS);
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    expect(data?.rails ?? null).toBeNull();
  }
});

test("an operator's file changes what is known, and each of its faults is told at once", async () => {
  const { entries } = await read('{ "rails": { "PIX/BRL": { "returnWindow": { "kind": "OPEN" } } } }');
  expect(entries.find(({ rail }) => rail === 'PIX')?.returnWindow).toEqual({ kind: 'OPEN' });
  expect((await configuredCatalog(readConfig({}))).entries).toHaveLength(entries.length);
  const faulty = '{ "rails": { "PIX/BRL": { "isReversible": 1 }, "XYZ/USD": {} }, "more": 1 }';
  await expect(read(faulty)).rejects.toMatchObject({ name: 'CatalogError', faults: { length: 3 } });
  await expect(read('no JSON')).rejects.toThrow('OMSX_BANK_CATALOG_FILE cannot be read as JSON');
  const absent = readConfig({ OMSX_BANK_CATALOG_FILE: join(folder, 'absent.json') });
  await expect(configuredCatalog(absent)).rejects.toThrow('ENOENT');
});
