import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLedger } from '../../ledger/check.ts';
import { choosePort } from '../../platform/embedded/ports.ts';
import type { Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { SIMULATOR, type SimulatorEndpoint } from '../../rails/bank/simulator/client.ts';
import type { Simulator } from '../../rails/bank/simulator/serveSimulator.ts';
import { CASH_SIMULATOR } from '../../rails/cash/simulator/client.ts';
import { startCashSimulator } from '../../rails/cash/simulator/startSimulator.ts';
import { type CashWork, startCashWork } from '../../rails/cash/work.ts';
import { clientOf, type Fixture, keyOf, openFixture } from '../payments/fixture.ts';
import { type Asks, createAsks } from './asks.ts';

export const SECRET = 'a secret of tests that is long enough';
const HOST = '127.0.0.1';
/** Short, so that what answers nothing is known to do so within a test. */
const CALL_TIMEOUT_MS = 2_500;
const POLL_MS = 500;

/** An organization with money in an Account of its own, and a customer with an empty one. */
export interface Tenant {
  readonly organizationId: Uuid;
  readonly viewer: Viewer;
  readonly accountId: Uuid;
  readonly customerId: Uuid;
  readonly customerAccountId: Uuid;
  /** A client token of the customer. */
  readonly payer: Viewer;
}

/** Payments, the cash worker and the simulated counters, each on its real port, database and file. */
export interface World extends Asks {
  readonly fixture: Fixture;
  readonly cashDatabase: Database;
  readonly endpoint: SimulatorEndpoint;
  /** For processes that take the parts' places. */
  readonly settings: {
    readonly databaseUrl: string;
    readonly keyFile: string;
    readonly folder: string;
    readonly cashPort: number;
    readonly simulatorPort: number;
  };
  addTenant(amountMinor?: bigint): Promise<Tenant>;
  startCash(): Promise<void>;
  stopCash(): Promise<void>;
  startSimulator(): Promise<void>;
  stopSimulator(): Promise<void>;
  /** Posted and pending of a kind of account. */
  balance(tenant: Tenant, kind: string): Promise<string>;
  expectSound(): Promise<void>;
  close(): Promise<void>;
}

/** @param options.isBare leaves cash worker, counters and workers to processes of their own */
export async function openWorld(options: { readonly isBare?: boolean } = {}): Promise<World> {
  const { isBare = false } = options;
  const folder = await mkdtemp(join(tmpdir(), 'omsx-cash-'));
  const keyFile = join(folder, 'seal.key');
  const vault = await openFileVault(keyFile, 'create');
  const [cashPort, simulatorPort] = [await choosePort([]), await choosePort([])];
  const endpoint = { url: `http://${HOST}:${simulatorPort}`, secret: SECRET, timeoutMs: CALL_TIMEOUT_MS };
  const connection = { adapter: CASH_SIMULATOR, vault };
  // Refunds may go to a bank: it takes orders, and nobody hands them on.
  const bank = { adapter: SIMULATOR, vault };
  const fixture = await openFixture({
    runsWorkers: !isBare,
    bank,
    cash: connection,
    cashSimulator: endpoint,
  });
  const { url: databaseUrl } = fixture;
  const database = await openDatabase({ url: databaseUrl, role: 'omsx_cash', poolMax: 6 });
  const checks = await openDatabase({ url: databaseUrl, role: 'omsx_check', poolMax: 1 });
  const logger = createLogger({ level: 'silent', name: 'test' });
  let cash: CashWork | null = null;
  let simulator: Simulator | null = null;
  const world: World = {
    ...createAsks(fixture, endpoint),
    ...{ fixture, cashDatabase: database, endpoint },
    settings: { databaseUrl, keyFile, folder, cashPort, simulatorPort },
    addTenant: (amountMinor = 100_000n) => addTenant(fixture, amountMinor),
    async startCash() {
      cash = await startCashWork({
        ...{ database, databaseUrl, vault, simulator: endpoint, host: HOST, port: cashPort },
        ...{ pollMs: POLL_MS, logger },
      });
    },
    async stopCash() {
      await cash?.close();
      cash = null;
    },
    async startSimulator() {
      simulator = await startCashSimulator({
        ...{ host: HOST, port: simulatorPort, secret: SECRET },
        journalPath: join(folder, 'cash-simulator.journal'),
        callbackUrl: `http://${HOST}:${cashPort}/callbacks`,
        crash: () => undefined,
        onFault: () => undefined,
      });
    },
    async stopSimulator() {
      await simulator?.close();
      simulator = null;
    },
    balance: (tenant, kind) => readBalance(fixture, tenant.organizationId, kind),
    async expectSound() {
      const results = await checkLedger(checks);
      expect(results.filter(({ faulty }) => faulty > 0n)).toEqual([]);
    },
    async close() {
      await Promise.all([world.stopCash(), world.stopSimulator()]);
      await Promise.all([database.close(), checks.close()]);
      await fixture.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  if (!isBare) {
    await world.startSimulator();
    await world.startCash();
  }
  return world;
}

async function addTenant(fixture: Fixture, amountMinor: bigint): Promise<Tenant> {
  const organizationId = await fixture.addOrganization();
  const customerId = await fixture.addCustomer(organizationId);
  return {
    ...{ organizationId, customerId, viewer: keyOf(organizationId) },
    accountId: await fixture.openAccount(organizationId, { amountMinor }),
    customerAccountId: await fixture.openAccount(organizationId, { customerId }),
    payer: clientOf(organizationId, customerId),
  };
}

async function readBalance(fixture: Fixture, organizationId: Uuid, kind: string): Promise<string> {
  const rows = await fixture.rows<{ posted: string; pending: string }>(
    `select credits_posted - debits_posted as posted, credits_pending - debits_pending as pending
       from ledger.account where organization_id = $1 and kind = $2`,
    [organizationId, kind],
  );
  return rows
    .map(({ posted, pending }) => (pending === '0' ? posted : `${posted} and ${pending}`))
    .join(', ');
}
