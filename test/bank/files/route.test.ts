import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Uuid } from '../../../platform/id.ts';
import { openFileVault } from '../../../platform/vault/fileVault.ts';
import { isoBank, nachaBank } from '../../../rails/bank/files/banks.fixture.ts';
import { createRoute } from '../../../rails/bank/routeOrders.ts';
import { type Fixture, keyOf, openFixture } from '../../payments/fixture.ts';
import { ACH, type Asks, createAsks, WIRE } from '../asks.ts';

/** Several banks side by side: who gets whose orders. */
let folder: string;
let fixture: Fixture;
let asks: Asks;
let ours: Uuid | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'omsx-route-'));
  const vault = await openFileVault(join(folder, 'seal.key'), 'create');
  // The organization is made by the first test, so the list of it is asked for late.
  const route = (rail: Parameters<ReturnType<typeof createRoute>>[0], organizationId: Uuid) =>
    createRoute(
      [
        { kind: 'files', bank: nachaBank(folder, { organizations: ours === null ? [] : [ours] }) },
        { kind: 'files', bank: isoBank(folder, { code: 'ANYBANK', rails: ['ACH'] }) },
      ],
      false,
    )(rail, organizationId);
  fixture = await openFixture({ bank: { adapter: 'NOBODY', route, vault } });
  asks = createAsks(fixture);
});
afterAll(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

async function addTenant() {
  const organizationId = await fixture.addOrganization();
  const accountId = await fixture.openAccount(organizationId, { amountMinor: 10_000n, asset: 'USD' });
  return { organizationId, viewer: keyOf(organizationId), accountId };
}

test('orders of one rail go to the bank of the organization, and else to that of everybody', async () => {
  const [first, second] = [await addTenant(), await addTenant()];
  ours = first.organizationId;
  const adapterOf = async (tenant: typeof first) => {
    const { id } = await asks.pay(tenant, '1.00', { destinationBankAccount: ACH });
    return (await asks.order(id)).adapter;
  };
  expect([await adapterOf(first), await adapterOf(second)]).toEqual(['FEDBANK', 'ANYBANK']);
});

test('a rail that no bank takes is refused before anything is held or kept under the key', async () => {
  const tenant = await addTenant();
  const input = { idempotencyKey: 'again', destinationBankAccount: WIRE };
  const refused = await asks.payOrFail(tenant, '1.00', input);
  expect(refused).toMatchObject({
    __typename: 'InvalidInput',
    field: 'destinationBankAccount.rail',
    value: 'WIRE',
  });
  await asks.pay(tenant, '1.00', { ...input, destinationBankAccount: ACH });
});
