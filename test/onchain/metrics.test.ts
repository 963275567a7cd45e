import { Registry } from 'prom-client';
import { parseEther } from 'viem';
import { Closers } from '../../bin/closers.ts';
import { serveHealth } from '../../bin/worker.ts';
import { readConfig } from '../../platform/config.ts';
import { newUuid } from '../../platform/id.ts';
import { gaugeChains } from '../../rails/onchain/metrics/gaugeChains.ts';
import { local } from '../../rails/onchain/networks/local.ts';
import { CODE } from './planNetwork.ts';
import { PlanWorld } from './planWorld.ts';

/** What an operator is told of a Network, read as it is scraped. */
let world: PlanWorld;

beforeAll(async () => {
  world = await PlanWorld.open();
});

afterAll(() => world.end());

async function scrape(): Promise<string> {
  const registry = new Registry();
  const network = { ...local, code: CODE, rpcUrls: [] };
  gaugeChains(registry, { ...world, networks: [{ network, client: world.client }] });
  return await registry.metrics();
}

const of = (text: string, name: string, labels = ''): number | null => {
  const line = text.match(new RegExp(`^omsx_chain_${name}\\{network="${CODE}"${labels}\\} (\\S+)$`, 'm'));
  return line === null ? null : Number(line[1]);
};

test('a quiet Network is told with zeros that alarms can be put on', async () => {
  const text = await scrape();
  expect(text).toContain('\nomsx_chain_readable 1\n');
  expect(of(text, 'status', ',status="HEALTHY"')).toBe(1);
  expect(of(text, 'status', ',status="LOST"')).toBe(0);
  expect(of(text, 'differences_open', ',kind="BALANCE"')).toBe(0);
  expect(of(text, 'sends_queued', ',waits_for="GAS"')).toBe(0);
  expect(of(text, 'signatures_asked', ',what="ATTEMPT"')).toBe(0);
  expect(of(text, 'tank_balance')).toBe(1000);
  // Nobody has paid anything ahead, and nothing was followed.
  expect(of(text, 'prepaid_gas_min')).toBeNull();
  expect(of(text, 'head_number')).toBeNull();
});

test('what is late, stuck or wrong is told with its number and its age', async () => {
  const { organizationId, custody } = await world.addOrganization({ paidWei: parseEther('5') });
  await world.addOrganization({ paidWei: parseEther('0.25') });
  await world.rows(
    `update chain.network set status = 'STALLED', head_number = 120, followed_number = 119, finalized_number = 100,
       finalized_at = now() - interval '90 seconds',
       endpoints = '[{"name":"a","status":"HEALTHY"},{"name":"b","status":"FAULTY"},{"name":"c","status":"FAULTY"}]'`,
  );
  await world.queue(organizationId, custody, custody, 5n);
  await world.rows(`update chain.send set waits_for = 'GAS'`);
  await world.queue(organizationId, custody, custody, 6n);
  const deposit = await world.addAddress('DEPOSIT', organizationId, 'USDC');
  await world.addDeposit(organizationId, deposit, 'USDC', 7n);
  await world.rows(`update chain.deposit set updated_at = now() - interval '600 seconds'`);
  const id = newUuid();
  await world.rows(
    `insert into chain.transaction (id, organization_id, network, from_address, kind, created_at)
     values ($1, $2, $3, $4, 'TRANSFER', now() - interval '300 seconds')`,
    [id, organizationId, CODE, custody],
  );
  await world.rows(
    `insert into chain.attempt (chain_transaction_id, number, organization_id, network, purpose, to_address, value, data,
       gas_limit, max_fee_per_gas, max_priority_fee_per_gas, created_at)
     values ($1, 1, $2, $3, 'FIRST', $4, 0, '', 21000, 1, 1, now() - interval '200 seconds')`,
    [id, organizationId, CODE, custody],
  );
  await world.rows(
    `insert into chain.difference (id, network, organization_id, kind, detail, block_number)
     values ($1, $2, $3, 'FOREIGN_NONCE', 'test', 100)`,
    [newUuid(), CODE, organizationId],
  );
  const text = await scrape();
  expect(of(text, 'status', ',status="STALLED"')).toBe(1);
  expect(of(text, 'status', ',status="HEALTHY"')).toBe(0);
  expect([of(text, 'head_number'), of(text, 'followed_number'), of(text, 'finalized_number')]).toEqual([
    120, 119, 100,
  ]);
  expect(of(text, 'finalized_age_seconds')).toBeGreaterThanOrEqual(90);
  expect(of(text, 'endpoints', ',status="FAULTY"')).toBe(2);
  expect(of(text, 'sends_queued', ',waits_for="GAS"')).toBe(1);
  expect(of(text, 'sends_queued', ',waits_for="NOTHING"')).toBe(1);
  expect(of(text, 'deposits_unsettled', ',state="FINAL"')).toBe(1);
  expect(of(text, 'deposits_unsettled_age_seconds', ',state="FINAL"')).toBeGreaterThanOrEqual(600);
  expect(of(text, 'transactions_open', ',state="PLANNED"')).toBe(1);
  expect(of(text, 'transactions_open_age_seconds', ',state="PLANNED"')).toBeGreaterThanOrEqual(300);
  expect(of(text, 'signatures_asked', ',what="ATTEMPT"')).toBe(1);
  expect(of(text, 'signatures_asked_age_seconds', ',what="ATTEMPT"')).toBeGreaterThanOrEqual(200);
  expect(of(text, 'differences_open', ',kind="FOREIGN_NONCE"')).toBe(1);
  expect(of(text, 'prepaid_gas_min')).toBe(0.25);
});

test('a scrape that cannot read says so, and claims nothing', async () => {
  const registry = new Registry();
  const database = { ...world.database, write: () => Promise.reject(new Error('gone')) };
  const network = { ...local, code: CODE, rpcUrls: [] };
  gaugeChains(registry, { database, logger: world.logger, networks: [{ network, client: world.client }] });
  const text = await registry.metrics();
  expect(text).toContain('\nomsx_chain_readable 0\n');
  expect(of(text, 'status', ',status="HEALTHY"')).toBeNull();
  expect(of(text, 'differences_open', ',kind="BALANCE"')).toBeNull();
});

test('a process without a router tells its metrics to whoever may read them, and to nobody else', async () => {
  const registry = new Registry();
  gaugeChains(registry, { ...world, networks: [] });
  const closers = new Closers();
  const token = 'x'.repeat(32);
  const config = readConfig({ OMSX_PORT: '0', OMSX_METRICS_TOKEN: token });
  const parts = { config, closers, databaseUrl: world.url, redisUrl: undefined, tracer: undefined };
  const url = await serveHealth({ ...parts, logger: world.logger }, registry);
  const get = (path: string, authorization = ''): Promise<Response> =>
    fetch(`${url}${path}`, { headers: { authorization } });
  expect((await get('/health')).status).toBe(200);
  expect((await get('/metrics')).status).toBe(401);
  const told = await get('/metrics', `Bearer ${token}`);
  expect(told.headers.get('content-type')).toBe(registry.contentType);
  expect(await told.text()).toContain('\nomsx_chain_readable 1\n');
  await closers.close();
});
