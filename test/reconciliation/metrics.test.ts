import { Registry } from 'prom-client';
import { createLogger } from '../../platform/log.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { gaugeReconciliation } from '../../subgraphs/payments/workers/reconciliationMeters.ts';
import { openWorld } from '../bank/world.ts';
import { createReconciliationAsks } from './asks.ts';
import { openRounds } from './bare.ts';
import { fileLine, fileOf } from './files.ts';

test('open items, the oldest suspense and the reach of statements are figures', async () => {
  const world = await openWorld({ isBare: true, reconciles: true });
  const asks = createReconciliationAsks(world);
  const rounds = await openRounds(world);
  const database = await openDatabase({ url: world.fixture.url, role: 'omsx_webhooks', poolMax: 1 });
  const registry = new Registry();
  gaugeReconciliation(registry, database, createLogger({ level: 'silent', name: 'test' }));
  const figure = async (name: string): Promise<number> => {
    const line = (await registry.metrics()).split('\n').find((one) => one.startsWith(`${name} `));
    return Number.parseFloat(line?.split(' ')[1] ?? 'NaN');
  };
  const open = 'omsx_reconciliation_items_open{kind="MISSING_OURS"}';
  expect(await figure(open)).toBe(0);
  expect(await figure('omsx_reconciliation_suspense_age_seconds')).toBe(0);
  const tenant = await world.addTenant();
  await asks.importFile(tenant, fileOf('s', 0n, [fileLine('a', 1n), fileLine('b', 2n)]));
  await rounds.work();
  expect(await figure(open)).toBe(2);
  const [item] = await asks.items(tenant);
  await asks.resolve(tenant, item.id, 'BOOK_TO_SUSPENSE');
  await world.fixture.rows(
    `insert into bank.statement_position values ('SLOW', '1', now() - interval '2 hours')`,
  );
  expect(await figure(open)).toBe(1);
  expect(await figure('omsx_reconciliation_suspense_age_seconds')).toBeGreaterThan(0);
  expect(await figure('omsx_reconciliation_statement_lag_seconds{adapter="SLOW"}')).toBeGreaterThan(7_000);
  expect(await figure('omsx_reconciliation_readable')).toBe(1);
  await database.close();
  expect(await figure('omsx_reconciliation_readable')).toBe(0);
  await rounds.close();
  await world.close();
});
