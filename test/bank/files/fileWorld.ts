import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLedger } from '../../../ledger/check.ts';
import type { Uuid } from '../../../platform/id.ts';
import { createLogger } from '../../../platform/log.ts';
import { type Database, openDatabase } from '../../../platform/postgres.ts';
import { openFileVault } from '../../../platform/vault/fileVault.ts';
import type { KeyVault } from '../../../platform/vault/keyVault.ts';
import { placeKeyOf } from '../../../rails/bank/externalAccounts/fingerprint.ts';
import { IBAN, isoBank } from '../../../rails/bank/files/banks.fixture.ts';
import type { FileBank } from '../../../rails/bank/files/fileBank.ts';
import { type FileWork, startFileWork } from '../../../rails/bank/files/fileWork.ts';
import { FileBankSimulator } from '../../../rails/bank/simulator/files/fileBankSimulator.ts';
import { screeningOfMode } from '../../../rails/screening/screeningOfMode.ts';
import type { Screener } from '../../../rails/screening/screenOrHold.ts';
import { type Fixture, type FixtureOptions, keyOf, openFixture } from '../../payments/fixture.ts';
import { type Asks, createAsks } from '../asks.ts';
import type { Tenant } from '../world.ts';

export const SEPA = { rail: 'SEPA', accountHolderName: 'Ana Peña', iban: 'FR1420041010050500013M02606' };
export const TODAY = new Date().toISOString().slice(0, 10);

/** Payments, the bank worker by files and a bank that answers with files, on real folders and a real database. */
export interface FileWorld extends Asks {
  readonly databaseUrl: string;
  readonly keyFile: string;
  readonly folder: string;
  readonly database: Database;
  readonly vault: KeyVault;
  readonly bank: FileBank;
  readonly outside: FileBankSimulator;
  readonly lane: Fixture['payments']['lane'];
  readonly logger: ReturnType<typeof createLogger>;
  readonly screener: Screener;
  readonly placeKey: Buffer;
  rows<T extends object>(sql: string, values?: readonly unknown[]): Promise<readonly T[]>;
  startWork(): FileWork;
  stopWork(): Promise<void>;
  addTenant(amountMinor?: bigint): Promise<Tenant>;
  balance(tenant: Tenant, kind: string): Promise<string>;
  /** Lets the bank take what is there until it has taken so many files. */
  untilTaken(count: number): Promise<readonly string[]>;
  /** What is in a folder below the inbox. */
  put(place: 'done' | 'failed'): Promise<readonly string[]>;
  /** Files of the bank that nobody has put away. */
  unread(): Promise<readonly string[]>;
  expectSound(): Promise<void>;
  close(): Promise<void>;
}

const PAUSE_MS = 40;

/** @param make the bank of a folder; the usual one speaks pain.001 in euros */
export async function openFileWorld(
  make: (folder: string) => FileBank = isoBank,
  options: Pick<FixtureOptions, 'runsWorkers' | 'catalog'> = {},
): Promise<FileWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'omsx-files-'));
  const keyFile = join(folder, 'seal.key');
  const vault = await openFileVault(keyFile, 'create');
  const bank = make(folder);
  const isAch = bank.format === 'NACHA';
  const [asset, account] = isAch
    ? (['USD', { kind: 'OTHER', id: '000999', scheme: null }] as const)
    : (['EUR', { kind: 'IBAN', iban: IBAN }] as const);
  const fixture = await openFixture({ runsWorkers: true, ...options, bank: { adapter: bank.code, vault } });
  const database = await openDatabase({ url: fixture.url, role: 'omsx_bank', poolMax: 8 });
  const checks = await openDatabase({ url: fixture.url, role: 'omsx_check', poolMax: 1 });
  const logger = createLogger({ level: process.env.OMSX_TEST_LOG === '1' ? 'info' : 'silent', name: 'test' });
  const placeKey = placeKeyOf('a pepper of tests that is long enough');
  const screener = { provider: screeningOfMode('sandbox'), logger };
  const asks = createAsks(fixture);
  const outside = new FileBankSimulator({
    ...{ outbox: bank.outbox, inbox: bank.inbox, taken: join(folder, 'taken'), account, currency: asset },
    today: () => TODAY,
  });
  const works: FileWork[] = [];
  const world: FileWorld = {
    ...asks,
    ...{ databaseUrl: fixture.url, keyFile, folder, database, vault, bank, outside },
    ...{ logger, screener, placeKey },
    lane: fixture.payments.lane,
    rows: (sql, values) => fixture.rows(sql, values),
    startWork() {
      const work = startFileWork({
        ...{ database, databaseUrl: fixture.url, vault, placeKey, bank, pauseMs: PAUSE_MS, logger },
      });
      works.push(work);
      return work;
    },
    async stopWork() {
      await Promise.all(works.splice(0).map((work) => work.close()));
    },
    addTenant: (amountMinor = 100_000n) => addTenant(fixture, asset, amountMinor),
    balance: (tenant, kind) => readBalance(fixture.rows, tenant.organizationId, kind),
    async untilTaken(count) {
      const taken: string[] = [];
      await asks.eventually(
        async () => {
          taken.push(...(await outside.takeAll()));
          return taken.length;
        },
        (length) => length >= count,
      );
      return taken;
    },
    async put(place) {
      await mkdir(join(bank.inbox, place), { recursive: true });
      return (await readdir(join(bank.inbox, place))).sort();
    },
    unread: () => unreadIn(bank.inbox),
    expectSound: () => expectSoundBooks(checks),
    async close() {
      await world.stopWork();
      await Promise.all([database.close(), checks.close()]);
      await fixture.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return world;
}

async function expectSoundBooks(checks: Database): Promise<void> {
  const results = await checkLedger(checks);
  expect(results.filter(({ faulty }) => faulty > 0n)).toEqual([]);
}

async function unreadIn(inbox: string): Promise<readonly string[]> {
  return (await readdir(inbox)).filter((name) => name !== 'done' && name !== 'failed');
}

async function readBalance(
  rows: <T extends object>(sql: string, values?: readonly unknown[]) => Promise<readonly T[]>,
  organizationId: Uuid,
  kind: string,
): Promise<string> {
  const found = await rows<{ posted: string; pending: string }>(
    `select credits_posted - debits_posted as posted, credits_pending - debits_pending as pending
       from ledger.account where organization_id = $1 and kind = $2`,
    [organizationId, kind],
  );
  return found
    .map(({ posted, pending }) => (pending === '0' ? posted : `${posted} and ${pending}`))
    .join(', ');
}

async function addTenant(fixture: Fixture, asset: string, amountMinor: bigint): Promise<Tenant> {
  const organizationId = await fixture.addOrganization();
  const accountId = await fixture.openAccount(organizationId, { amountMinor, asset });
  return { organizationId, viewer: keyOf(organizationId), accountId };
}
