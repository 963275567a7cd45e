import { createLogger } from '../../platform/log.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { type KeyVault, KeyVaultError } from '../../platform/vault/keyVault.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { createPayments, type Payments } from '../../subgraphs/payments/main.ts';
import { acc, newKey, run } from '../payments/fixture.ts';
import { WIRE } from './asks.ts';
import { addPlace } from './places.ts';
import { openWorld, type Tenant, type World } from './world.ts';

/** Goal: while the vault does not answer nothing is stored and no key is used up; once it does, the same request goes through. */
let world: World;
let tenant: Tenant;
let place: string;
let payments: Payments;
let isDown = false;

beforeAll(async () => {
  world = await openWorld({ isBare: true });
  const { databaseUrl, keyFile } = world.settings;
  const real = await openFileVault(keyFile, 'refuse');
  const refuse = () => {
    if (isDown) throw new KeyVaultError('UNAVAILABLE', 'the line is cut');
  };
  // The real vault, behind a line that can be cut.
  const vault: KeyVault = {
    id: real.id,
    async wrap(...args) {
      refuse();
      return real.wrap(...args);
    },
    async unwrap(...args) {
      refuse();
      return real.unwrap(...args);
    },
  };
  payments = await createPayments({
    databaseUrl,
    logger: createLogger({ level: 'silent', name: 'test' }),
    runsWorkers: false,
    bank: { adapter: SIMULATOR, vault },
  });
  tenant = await world.addTenant();
  place = await addPlace(world, tenant);
});
afterAll(async () => {
  await payments.close();
  await world.close();
});

const sourceId = () => acc(tenant.accountId);
const to = () => ({ destinationExternalAccountId: place, rail: 'WIRE' });
const sides = { fixedSide: 'SOURCE', sourceAsset: 'USD', destinationAsset: 'USD' };
const REQUESTS: readonly (readonly [string, string, () => object])[] = [
  [
    'createTransaction',
    'CreateTransactionInput',
    () => ({ ...to(), sourceId: sourceId(), amount: '1', asset: 'USD' }),
  ],
  ['createQuote', 'CreateQuoteInput', () => ({ ...to(), ...sides, sourceId: sourceId(), amount: '1' })],
  [
    'createQuote',
    'CreateQuoteInput',
    () => ({ destinationBankAccount: WIRE, ...sides, sourceId: sourceId(), amount: '1' }),
  ],
  [
    'createPayoutBatch',
    'CreatePayoutBatchInput',
    () => ({ sourceId: sourceId(), asset: 'USD', items: [{ ...to(), amount: '1' }] }),
  ],
];

test.each(REQUESTS)(
  '%s is UNAVAILABLE while the vault is, and its key is free',
  async (name, type, input) => {
    const query = `mutation ($input: ${type}!) { result: ${name}(input: $input) { __typename } }`;
    const variables = { input: { idempotencyKey: newKey(), ...input() } };
    isDown = true;
    const refused = await run(payments, tenant.viewer, query, variables);
    isDown = false;
    expect(refused.errors?.[0]?.extensions?.code).toBe('UNAVAILABLE');
    expect(refused.errors?.[0]?.message).toContain('nothing happened');
    const [counted] = await world.fixture.rows<{ kept: number }>(
      'select count(*)::int as kept from platform.idempotency where organization_id = $1 and key = $2',
      [tenant.organizationId, variables.input.idempotencyKey],
    );
    expect(counted).toEqual({ kept: 0 });
    const done = await run(payments, tenant.viewer, query, variables);
    expect(done.errors).toBeUndefined();
    expect(['Transaction', 'Quote', 'PayoutBatch']).toContain(
      (done.data as { result: { __typename: string } }).result.__typename,
    );
  },
);
