import { setTimeout as sleep } from 'node:timers/promises';
import { parseId } from '../../platform/id.ts';
import { openDatabase } from '../../platform/postgres.ts';
import { finalizeDue } from '../../subgraphs/payments/workers/finalize.ts';
import { type Answer, acc, ask, type Fixture, mutate, newKey } from '../payments/fixture.ts';
import type { Tenant } from './world.ts';

const WAIT_MS = 15_000;
const POLL_MS = 25;

/** What a test asks payments and reads of its tables. */
export interface Asks {
  pay(tenant: Tenant, amount: string, more?: object): Promise<Answer>;
  payOrFail(tenant: Tenant, amount: string, more?: object): Promise<Answer>;
  read(tenant: Tenant, id: string): Promise<Answer>;
  /** Waits until the timeline has this kind. */
  until(tenant: Tenant, id: string, kind: string): Promise<Answer>;
  /** Asks again until what is read is right. */
  eventually<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T>;
  order(id: string): Promise<Answer>;
  untilOrder(id: string, state: string): Promise<void>;
  untilDifference(id: string): Promise<Answer>;
  messagesOf(id: string): Promise<readonly Answer[]>;
  /** Lets the return window of a completed payout end, and the worker see it. */
  endWindow(id: string): Promise<void>;
  change(tenant: Tenant, name: 'cancelTransaction' | 'refundTransaction', id: string): Promise<Answer>;
  outcome(tenant: Tenant, outcome: string, more?: object): Promise<void>;
  /** All rows of all tables of banks, payments and the platform, as text. */
  everything(): Promise<string>;
}

const TRANSACTION = `
  id type status finality version expectedBy reversibleUntil returnReason capturedAmount { amount }
  source { rail account { id } bankAccount reference orderId }
  destination { rail account { id } bankAccount reference orderId externalAccount { id } }
  events { version kind status terminal leg expectedBy amount { amount } reason { code message } }`;

const CREATE = `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) {
  __typename ... on Transaction { ${TRANSACTION} } ... on Failure { code message }
  ... on InvalidInput { field value expected } ... on RailRequired { choices }
  ... on ExternalAccountNotUsable { externalAccountId usableStatus: status }
  ... on AmountOutsideRail { rail speed minimum { amount } maximum { amount } } } }`;

const OUTCOME = `mutation ($input: SetNextBankOutcomeInput!) { result: setNextBankOutcome(input: $input) { __typename
  ... on Failure { code } } }`;

/** A right ABA routing number and an account. */
export const WIRE = {
  rail: 'WIRE',
  accountHolderName: 'Ada Example',
  routingNumber: '021000021',
  accountNumber: '000123456789',
};
export const ACH = { ...WIRE, rail: 'ACH' };

export function createAsks(fixture: Fixture): Asks {
  const { payments, rows } = fixture;
  const asks: Asks = {
    async payOrFail(tenant, amount, more = {}) {
      const sides = { sourceId: acc(tenant.accountId), destinationBankAccount: WIRE };
      const input = { idempotencyKey: newKey(), ...sides, amount, asset: 'USD', ...more };
      return (await ask(payments, tenant.viewer, CREATE, { input })).result;
    },
    async pay(tenant, amount, more) {
      const paid = await asks.payOrFail(tenant, amount, more);
      expect(paid).toMatchObject({ __typename: 'Transaction' });
      return paid;
    },
    async read(tenant, id) {
      const query = `query ($id: ID!) { transaction(id: $id) { ${TRANSACTION} } }`;
      return (await ask(payments, tenant.viewer, query, { id })).transaction;
    },
    async until(tenant, id, kind) {
      const hasKind = ({ events }: Answer) => events.some((event: Answer) => event.kind === kind);
      await waitFor(`${kind} of ${id}`, async () => hasKind(await asks.read(tenant, id)));
      // Once more: the row of the first may be from before the events of the second statement.
      return await asks.read(tenant, id);
    },
    async eventually(read, isRight) {
      let value = await read();
      await waitFor('what is right', async () => {
        value = await read();
        return isRight(value);
      });
      return value;
    },
    order: async (id) =>
      (await rows<Answer>('select * from bank.order where id = $1', [parseId('txn', id)]))[0],
    untilOrder: (id, state) => waitFor(`order ${state}`, async () => (await asks.order(id)).state === state),
    async untilDifference(id) {
      const sql = 'select * from bank.difference where order_id = $1';
      const read = () => rows<Answer>(sql, [parseId('txn', id)]);
      return (await asks.eventually(read, (found) => found.length === 1))[0];
    },
    messagesOf: (id) => rows('select * from bank.message where key = $1', [parseId('txn', id)]),
    endWindow: (id) => endWindow(fixture, id),
    change: async (tenant, name, id) => (await mutate(payments, tenant.viewer, name, { id })).result,
    everything: () => dumpOf(fixture),
    async outcome(tenant, outcome, more = {}) {
      const input = { idempotencyKey: newKey(), outcome, ...more };
      const { result } = await ask(payments, tenant.viewer, OUTCOME, { input });
      expect(result).toMatchObject({ __typename: 'SandboxDone' });
    },
  };
  return asks;
}

async function endWindow({ url, payments, rows }: Fixture, id: string): Promise<void> {
  await rows('update payments.transaction set reversible_until = now() where id = $1', [parseId('txn', id)]);
  const writes = await openDatabase({ url, role: 'omsx_payments_writer', poolMax: 1 });
  await finalizeDue(writes, payments.lane);
  await writes.close();
}

async function waitFor(what: string, isThere: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_MS;
  while (!(await isThere())) {
    if (performance.now() > deadline) throw new Error(`no ${what} in ${WAIT_MS} ms`);
    await sleep(POLL_MS);
  }
}

async function dumpOf({ rows }: Fixture): Promise<string> {
  const tables = await rows<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname in ('bank', 'payments', 'platform', 'ledger')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const found = await rows<{ text: string }>(`select row_to_json(t)::text as text from ${name} t`);
    texts.push(...found.map(({ text }) => text));
  }
  return texts.join('\n');
}
