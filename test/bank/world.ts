import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLedger } from '../../ledger/check.ts';
import { choosePort } from '../../platform/embedded/ports.ts';
import type { Uuid } from '../../platform/id.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import type { RateProvider } from '../../subgraphs/payments/domain/rateProvider.ts';
import { type Answer, type Fixture, keyOf, openFixture } from '../payments/fixture.ts';
import { type Asks, createAsks } from './asks.ts';
import { createParts, type Parts } from './parts.ts';

export const SECRET = 'a secret of tests that is long enough';
/** Short, so that what answers nothing is known to do so within a test. */
const CALL_TIMEOUT_MS = 2_500;
/** Long against what a callback takes, short against a test. */
const RECONCILE_GRACE_MS = 1_000;

/** An organization with money in an Account. */
export interface Tenant {
  readonly organizationId: Uuid;
  readonly viewer: Viewer;
  readonly accountId: Uuid;
}

/** Payments, the bank worker and the simulated bank, each on its real port, database and file. */
export interface World extends Asks, Parts {
  readonly fixture: Fixture;
  readonly folder: string;
  /** For processes that take the parts' places. */
  readonly settings: {
    readonly databaseUrl: string;
    readonly keyFile: string;
    readonly bankPort: number;
    readonly simulatorPort: number;
  };
  addTenant(amountMinor?: bigint, asset?: string): Promise<Tenant>;
  /** Posted and pending of a kind of account. */
  balance(tenant: Tenant, kind: string): Promise<string>;
  /** What left by way of the bank, whether or not its statement was read by now. */
  outside(tenant: Tenant): Promise<string>;
  expectSound(): Promise<void>;
  close(): Promise<void>;
}

/** @param options.isBare leaves bank, simulated bank and workers to processes of their own */
export async function openWorld(
  options: {
    readonly isBare?: boolean;
    readonly reconcileGraceMs?: number;
    /** Whether the bank's statements are read, so that what is cleared leaves CLEARING. */
    readonly reconciles?: boolean;
    /** Who prices what is converted; the sandbox's own prices when left out. */
    readonly rates?: RateProvider;
  } = {},
): Promise<World> {
  const { isBare = false, reconcileGraceMs = RECONCILE_GRACE_MS, reconciles = false, rates } = options;
  const folder = await mkdtemp(join(tmpdir(), 'omsx-bank-'));
  const keyFile = join(folder, 'seal.key');
  const vault = await openFileVault(keyFile, 'create');
  const [bankPort, simulatorPort] = [await choosePort([]), await choosePort([])];
  const url = `http://127.0.0.1:${simulatorPort}`;
  const endpoint = { url, secret: SECRET, timeoutMs: CALL_TIMEOUT_MS };
  const bank = { adapter: SIMULATOR, vault };
  const priced = rates === undefined ? {} : { rates };
  const own = { runsWorkers: !isBare, bank, simulator: endpoint, reconcileGraceMs, ...priced };
  const fixture = await openFixture(own);
  const databaseUrl = fixture.url;
  const parts = await createParts({
    databaseUrl,
    folder,
    vault,
    endpoint,
    bankPort,
    simulatorPort,
    readsStatements: reconciles,
  });
  const checks = await openDatabase({ url: databaseUrl, role: 'omsx_check', poolMax: 1 });
  const asks = createAsks(fixture);
  if (!isBare) {
    await parts.startSimulator();
    await parts.startBank();
  }
  return {
    ...asks,
    ...parts,
    fixture,
    folder,
    settings: { databaseUrl, keyFile, bankPort, simulatorPort },
    async addTenant(amountMinor = 100_000n, asset = 'USD') {
      const organizationId = await fixture.addOrganization();
      const accountId = await fixture.openAccount(organizationId, { amountMinor, asset });
      return { organizationId, viewer: keyOf(organizationId), accountId };
    },
    balance: (tenant, kind) => readBalance(fixture, tenant.organizationId, kind),
    async outside({ organizationId }) {
      const [row] = await fixture.rows<{ sum: string }>(OUTSIDE, [organizationId]);
      return row?.sum ?? '0';
    },
    async expectSound() {
      const results = await checkLedger(checks);
      expect(results.filter(({ faulty }) => faulty > 0n)).toEqual([]);
    },
    async close() {
      await parts.closeParts();
      await checks.close();
      await fixture.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const OUTSIDE = `select coalesce(sum(credits_posted - debits_posted), 0)::text as sum from ledger.account
  where organization_id = $1 and (kind = 'CLEARING' or (kind = 'OMNIBUS' and place = '${SIMULATOR}'))`;

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

export const kindsOf = (transaction: Answer): readonly string[] =>
  transaction.events.map(({ kind }: { kind: string }) => kind);
