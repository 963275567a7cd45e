import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkLedger } from '../../ledger/check.ts';
import { choosePort } from '../../platform/embedded/ports.ts';
import { parseId, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { type Simulator, startSimulator } from '../../rails/bank/simulator/startSimulator.ts';
import { type BankWork, startBankWork } from '../../rails/bank/work.ts';
import { finalizeDue } from '../../subgraphs/payments/workers/finalize.ts';
import {
  type Answer,
  acc,
  ask,
  type Fixture,
  keyOf,
  mutate,
  newKey,
  openFixture,
} from '../payments/fixture.ts';

export const SECRET = 'a secret of tests that is long enough';
const WAIT_MS = 15_000;
const POLL_MS = 25;
/** Short, so that what answers nothing is known to do so within a test. */
const CALL_TIMEOUT_MS = 2_500;

/** An organization with money in an Account. */
export interface Tenant {
  readonly organizationId: Uuid;
  readonly viewer: Viewer;
  readonly accountId: Uuid;
}

/** Payments, the bank worker and the simulated bank, each on its real port, database and file. */
export interface World {
  readonly fixture: Fixture;
  readonly folder: string;
  readonly bankDatabase: Database;
  /** For processes that take the parts' places. */
  readonly settings: {
    readonly databaseUrl: string;
    readonly keyFile: string;
    readonly bankPort: number;
    readonly simulatorPort: number;
  };
  addTenant(amountMinor?: bigint, asset?: string): Promise<Tenant>;
  pay(tenant: Tenant, amount: string, more?: object): Promise<Answer>;
  payOrFail(tenant: Tenant, amount: string, more?: object): Promise<Answer>;
  read(tenant: Tenant, id: string): Promise<Answer>;
  /** Waits until the timeline ends with this kind. */
  until(tenant: Tenant, id: string, kind: string): Promise<Answer>;
  /** Posted and pending of a kind of account. */
  balance(tenant: Tenant, kind: string): Promise<string>;
  order(id: string): Promise<Answer>;
  /** Asks again until what is read is right. */
  eventually<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T>;
  untilOrder(id: string, state: string): Promise<void>;
  stopSimulatorWhen(id: string, state: string): Promise<void>;
  untilDifference(id: string): Promise<Answer>;
  messagesOf(id: string): Promise<readonly Answer[]>;
  /** Lets the return window of a completed payout end, and the worker see it. */
  endWindow(id: string): Promise<void>;
  change(tenant: Tenant, name: 'cancelTransaction' | 'refundTransaction', id: string): Promise<Answer>;
  /** All rows of all tables of banks, payments and the platform, as text. */
  everything(): Promise<string>;
  outcome(tenant: Tenant, outcome: string, more?: object): Promise<void>;
  startBank(): Promise<void>;
  stopBank(): Promise<void>;
  startSimulator(): Promise<void>;
  stopSimulator(): Promise<void>;
  expectSound(): Promise<void>;
  close(): Promise<void>;
}

const TRANSACTION = `
  id type status finality version expectedBy reversibleUntil returnReason capturedAmount { amount }
  source { rail account { id } bankAccount reference orderId }
  destination { rail account { id } bankAccount reference orderId }
  events { version kind status terminal leg expectedBy amount { amount } reason { code message } }`;

const CREATE = `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) {
  __typename ... on Transaction { ${TRANSACTION} } ... on Failure { code message }
  ... on InvalidInput { field value expected } } }`;

/** A right ABA routing number and an account. */
export const WIRE = {
  rail: 'WIRE',
  accountHolderName: 'Ada Example',
  routingNumber: '021000021',
  accountNumber: '000123456789',
};
export const ACH = { ...WIRE, rail: 'ACH' };

/** @param options.isBare leaves bank, simulated bank and workers to processes of their own */
export async function openWorld(options: { readonly isBare?: boolean } = {}): Promise<World> {
  const { isBare = false } = options;
  const folder = await mkdtemp(join(tmpdir(), 'omsx-bank-'));
  const vault = await openFileVault(join(folder, 'seal.key'), 'create');
  const [bankPort, simulatorPort] = [await choosePort([]), await choosePort([])];
  const host = '127.0.0.1';
  const endpoint = { url: `http://${host}:${simulatorPort}`, secret: SECRET, timeoutMs: CALL_TIMEOUT_MS };
  const fixture = await openFixture({
    runsWorkers: !isBare,
    bank: { adapter: SIMULATOR, vault },
    simulator: endpoint,
  });
  const { url } = fixture;
  const logger = createLogger({ level: 'silent', name: 'test' });
  const bankDatabase = await openDatabase({ url, role: 'omsx_bank', poolMax: 6 });
  const checks = await openDatabase({ url, role: 'omsx_check', poolMax: 1 });
  let bank: BankWork | null = null;
  let simulator: Simulator | null = null;

  const world: World = {
    fixture,
    folder,
    bankDatabase,
    settings: { databaseUrl: url, keyFile: join(folder, 'seal.key'), bankPort, simulatorPort },
    addTenant: (amountMinor = 100_000n, asset = 'USD') => addTenant(fixture, amountMinor, asset),
    async payOrFail(tenant, amount, more = {}) {
      const input = {
        idempotencyKey: newKey(),
        sourceId: acc(tenant.accountId),
        destinationBankAccount: WIRE,
        amount,
        asset: 'USD',
        ...more,
      };
      return (await ask(fixture.payments, tenant.viewer, CREATE, { input })).result;
    },
    async pay(tenant, amount, more) {
      const paid = await world.payOrFail(tenant, amount, more);
      expect(paid).toMatchObject({ __typename: 'Transaction' });
      return paid;
    },
    async read(tenant, id) {
      const query = `query ($id: ID!) { transaction(id: $id) { ${TRANSACTION} } }`;
      return (await ask(fixture.payments, tenant.viewer, query, { id })).transaction;
    },
    async until(tenant, id, kind) {
      await waitFor(`${kind} of ${id}`, async () => {
        const read = await world.read(tenant, id);
        return read.events.some((event: Answer) => event.kind === kind);
      });
      // Once more: the row of the first may be from before the events of the second statement.
      return await world.read(tenant, id);
    },
    balance: (tenant, kind) => readBalance(fixture, tenant.organizationId, kind),
    async order(id) {
      const [row] = await fixture.rows<Answer>('select * from bank.order where id = $1', [
        parseId('txn', id),
      ]);
      return row;
    },
    async eventually(read, isRight) {
      let value = await read();
      await waitFor('what is right', async () => {
        value = await read();
        return isRight(value);
      });
      return value;
    },
    async untilOrder(id, state) {
      await waitFor(`order ${state}`, async () => (await world.order(id)).state === state);
    },
    async stopSimulatorWhen(id, state) {
      await world.untilOrder(id, state);
      await world.stopSimulator();
    },
    async untilDifference(id) {
      const sql = 'select * from bank.difference where order_id = $1';
      const read = () => fixture.rows<Answer>(sql, [parseId('txn', id)]);
      await waitFor('a difference', async () => (await read()).length === 1);
      return (await read())[0];
    },
    messagesOf: (id) => fixture.rows('select * from bank.message where key = $1', [parseId('txn', id)]),
    async endWindow(id) {
      const sql = 'update payments.transaction set reversible_until = now() where id = $1';
      await fixture.rows(sql, [parseId('txn', id)]);
      const writes = await openDatabase({ url, role: 'omsx_payments_writer', poolMax: 1 });
      await finalizeDue(writes, fixture.payments.lane);
      await writes.close();
    },
    async change(tenant, name, id) {
      return (await mutate(fixture.payments, tenant.viewer, name, { id })).result;
    },
    everything: () => dumpOf(fixture),
    async outcome(tenant, outcome, more = {}) {
      const done = await setOutcome(fixture, tenant, { outcome, ...more });
      expect(done).toMatchObject({ __typename: 'SandboxDone' });
    },
    async startBank() {
      bank = await startBankWork({
        ...{ database: bankDatabase, databaseUrl: url, vault, simulator: endpoint, host, port: bankPort },
        ...{ pollMs: 500, logger },
      });
    },
    async stopBank() {
      await bank?.close();
      bank = null;
    },
    async startSimulator() {
      simulator = await startSimulator({
        ...{ journalPath: join(folder, 'simulator.journal'), host, port: simulatorPort, secret: SECRET },
        callbackUrl: `http://${host}:${bankPort}/callbacks`,
        crash: () => undefined,
        onFault: () => undefined,
      });
    },
    async stopSimulator() {
      await simulator?.close();
      simulator = null;
    },
    async expectSound() {
      const results = await checkLedger(checks);
      expect(results.filter(({ faulty }) => faulty > 0n)).toEqual([]);
    },
    async close() {
      await Promise.all([world.stopBank(), world.stopSimulator()]);
      await Promise.all([bankDatabase.close(), checks.close()]);
      await fixture.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  if (isBare) return world;
  await world.startSimulator();
  await world.startBank();
  return world;
}

async function waitFor(what: string, isThere: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await isThere())) {
    if (performance.now() > deadline) throw new Error(`no ${what} in ${WAIT_MS} ms`);
    await sleep(POLL_MS);
  }
}

async function dumpOf(fixture: Fixture): Promise<string> {
  const tables = await fixture.rows<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname in ('bank', 'payments', 'platform', 'ledger')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await fixture.rows<{ text: string }>(`select row_to_json(t)::text as text from ${name} t`);
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
}

async function addTenant(fixture: Fixture, amountMinor: bigint, asset: string): Promise<Tenant> {
  const organizationId = await fixture.addOrganization();
  const accountId = await fixture.openAccount(organizationId, { amountMinor, asset });
  return { organizationId, viewer: keyOf(organizationId), accountId };
}

async function setOutcome(fixture: Fixture, tenant: Tenant, input: object): Promise<Answer> {
  const query = `mutation ($input: SetNextBankOutcomeInput!) { result: setNextBankOutcome(input: $input) { __typename
    ... on Failure { code } } }`;
  const variables = { input: { idempotencyKey: newKey(), ...input } };
  return (await ask(fixture.payments, tenant.viewer, query, variables)).result;
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

export const kindsOf = (transaction: Answer): readonly string[] =>
  transaction.events.map(({ kind }: { kind: string }) => kind);
