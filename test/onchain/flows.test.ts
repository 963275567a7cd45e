import { parseEther } from 'viem';
import { expectSound } from './flows/sound.ts';
import { addTenant, available, deposit, ended, held, newOutside, send, type Tenant } from './flows/tenant.ts';
import { type Flows, openFlows } from './flows/world.ts';

const DOLLAR = 1_000_000n;
jest.setTimeout(60_000);

let flows: Flows;
beforeAll(async () => {
  flows = await openFlows();
});
afterAll(() => flows.close());
afterEach(async () => {
  await expectSound(flows);
});

const kinds = ({ events }: { readonly events: readonly { readonly kind: string }[] }) =>
  events.map(({ kind }) => kind);

async function sum(text: string, { organizationId }: Tenant): Promise<bigint> {
  const [row] = await flows.rows<{ sum: string | null }>(text, [organizationId]);
  return BigInt(row?.sum ?? 0);
}
const refilled = (tenant: Tenant) =>
  sum(
    `select sum(amount) from chain.deposit where organization_id = $1 and credits = 'GAS' and state = 'FINAL'`,
    tenant,
  );
const feesPaid = (tenant: Tenant) =>
  sum('select sum(fee) from chain.transaction where organization_id = $1', tenant);

test('money comes and goes, and the gas for it is refilled by itself and paid from what was refilled', async () => {
  const tenant = await addTenant(flows);
  const came = await deposit(flows, tenant, 25n * DOLLAR);
  expect(came).toMatchObject({ status: 'COMPLETED', finality: 'FINAL' });
  expect(kinds(came)).toEqual(['CREATED', 'INCLUDED', 'COMPLETED']);
  const to = newOutside();
  const sent = await ended(flows, tenant, await send(flows, tenant, '10', to));
  expect(sent).toMatchObject({ status: 'COMPLETED', finality: 'FINAL' });
  expect(kinds(sent)).toEqual(['CREATED', 'SUBMITTED', 'BROADCAST', 'INCLUDED', 'COMPLETED']);
  expect(await flows.chain.usdcOf(to)).toBe(10n * DOLLAR);
  await expectSound(flows);
  expect(await available(flows, tenant)).toBe(15n * DOLLAR);
  expect(await refilled(tenant)).toBe(flows.network.gas.refillWei);
  expect(await feesPaid(tenant)).toBeGreaterThan(0n);
  expect(await held(flows, tenant, 'FEES', 'ETH')).toBe((await refilled(tenant)) - (await feesPaid(tenant)));
});

test('sixty sends at once are a few transactions, and each recipient is paid once', async () => {
  const tenant = await addTenant(flows);
  await deposit(flows, tenant, 70n * DOLLAR);
  const recipients = Array.from({ length: 60 }, newOutside);
  const ids = await Promise.all(recipients.map((to) => send(flows, tenant, '1.000001', to)));
  for (const id of ids) expect(await ended(flows, tenant, id)).toMatchObject({ status: 'COMPLETED' });
  expect(new Set(await Promise.all(recipients.map((to) => flows.chain.usdcOf(to))))).toEqual(
    new Set([1_000_001n]),
  );
  const transactions = await flows.rows<{ kind: string }>(
    'select kind from chain.transaction where organization_id = $1 order by nonce',
    [tenant.organizationId],
  );
  const carriers = transactions.filter(({ kind }) => kind !== 'SWEEP').map(({ kind }) => kind);
  expect(carriers).toContain('MULTISEND');
  expect(carriers.filter((kind) => kind === 'APPROVAL')).toHaveLength(1);
  expect(carriers.length).toBeLessThanOrEqual(4);
});

test('what still lies at a deposit address is swept for who waits for it, and only gas is booked', async () => {
  const tenant = await addTenant(flows);
  await deposit(flows, tenant, 5n * DOLLAR);
  const to = newOutside();
  expect(await ended(flows, tenant, await send(flows, tenant, '3', to))).toMatchObject({
    status: 'COMPLETED',
  });
  await expectSound(flows);
  const sweeps = await flows.rows(
    `select s.state, s.amount::text, a.state as authorization, t.kind, t.outcome from chain.send s
       join chain.authorization a on a.send_id = s.id join chain.transaction t on t.id = s.chain_transaction_id
      where s.organization_id = $1 and s.purpose = 'SWEEP'`,
    [tenant.organizationId],
  );
  expect(sweeps).toEqual([
    { state: 'FINAL', amount: '5000000', authorization: 'USED', kind: 'SWEEP', outcome: 'SUCCEEDED' },
  ]);
  expect(
    await flows.rows(
      'select distinct asset from ledger.transfer where organization_id = $1 and transaction_id is null',
      [tenant.organizationId],
    ),
  ).toEqual([{ asset: 'ETH' }]);
  expect(await flows.chain.usdcOf(tenant.address)).toBe(0n);
});

test('a coin is swept to the wei, and no gas is ever taken of a customer', async () => {
  const tenant = await addTenant(flows, 'ETH');
  await deposit(flows, tenant, parseEther('2'));
  const to = newOutside();
  expect(await ended(flows, tenant, await send(flows, tenant, '1.5', to))).toMatchObject({
    status: 'COMPLETED',
  });
  await expectSound(flows);
  expect(await flows.chain.node.getBalance({ address: to })).toBe(parseEther('1.5'));
  expect(await flows.chain.node.getBalance({ address: tenant.address })).toBe(0n);
  const left = await available(flows, tenant);
  expect(left).toBe(parseEther('0.5'));
  const gas = (await refilled(tenant)) - (await feesPaid(tenant));
  expect(await held(flows, tenant, 'FEES', 'ETH')).toBe(gas);
  expect(await held(flows, tenant, 'OMNIBUS', 'ETH')).toBe(gas + left);
});
