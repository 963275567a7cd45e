import { setTimeout as sleep } from 'node:timers/promises';
import { parseId } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { SimulatorEndpoint } from '../../rails/bank/simulator/client.ts';
import { controlCashSimulator } from '../../rails/cash/simulator/client.ts';
import { type Answer, acc, ask, type Fixture, mutate, newKey } from '../payments/fixture.ts';
import type { Tenant } from './world.ts';

const WAIT_MS = 15_000;
const STEP_MS = 25;

const CASH_IN = `id status version network amount { amount } net { amount } fees { amount { amount } percent }
  account { id } customer { id } code codeMask expiresAt refreshesLeft cancelAsked failureCode externalId
  metadata { key value } transaction { id status cashIn { id } source { rail } destination { amount { amount } } }`;

const PICKUP = `id status finality version amount { amount } capturedAmount { amount }
  destination { rail amount { amount } cashPickup { network orderId recipientName code codeMask expiresAt } }
  events { version kind status leg nextAction expectedBy amount { amount } reason { code message } terminal }`;

const FAULTS = `... on Failure { code message retryable }`;
const INVALID = '... on InvalidInput { field value expected }';
const STATE = '... on InvalidCashInState { cashInId status }';

const DOCUMENTS = {
  createCashIn: `mutation ($input: CreateCashInInput!) { result: createCashIn(input: $input) { __typename
    ... on CashIn { ${CASH_IN} } ... on Failure { failure: code message } ${INVALID}
    ... on ExternalIdTaken { existingId } } }`,
  refreshCashIn: `mutation ($input: RefreshCashInInput!) { result: refreshCashIn(input: $input) { __typename
    ... on CashIn { ${CASH_IN} } ... on Failure { failure: code message } ${STATE} } }`,
  cancelCashIn: `mutation ($input: CancelCashInInput!) { result: cancelCashIn(input: $input) { __typename
    ... on CashIn { ${CASH_IN} } ... on Failure { failure: code message } ${STATE} } }`,
  assignCashReceipt: `mutation ($input: AssignCashReceiptInput!) { result: assignCashReceipt(input: $input) {
    __typename ... on Transaction { id status destination { account { id } amount { amount } } } ${FAULTS} ${INVALID} } }`,
  createTransaction: `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) {
    __typename ... on Transaction { ${PICKUP} } ... on Failure { code message } ${INVALID} } }`,
  simulateCashPayment: sandbox('simulateCashPayment', 'SimulateCashPaymentInput'),
  simulateCashPickup: sandbox('simulateCashPickup', 'SimulateCashPickupInput'),
  setNextCashOutcome: sandbox('setNextCashOutcome', 'SetNextCashOutcomeInput'),
};

function sandbox(name: string, input: string): string {
  return `mutation ($input: ${input}!) { result: ${name}(input: $input) { __typename ${FAULTS} ${INVALID} } }`;
}

/** What a test asks payments and reads of its tables. */
export interface Asks {
  /** Any mutation of cash, with a fresh key unless `input` has one. */
  send(viewer: Viewer, name: keyof typeof DOCUMENTS, input: object): Promise<Answer>;
  /** A cash-in for the customer's account that must succeed. */
  cashIn(tenant: Tenant, more?: object): Promise<Answer>;
  pickup(tenant: Tenant, amount: string, more?: object): Promise<Answer>;
  readCashIn(viewer: Viewer, id: string): Promise<Answer>;
  listCashIns(viewer: Viewer): Promise<readonly Answer[]>;
  readPickup(viewer: Viewer, id: string): Promise<Answer>;
  untilCashIn(tenant: Tenant, id: string, status: string): Promise<Answer>;
  untilPickup(tenant: Tenant, id: string, status: string): Promise<Answer>;
  pay(tenant: Tenant, cashInId: string, more?: object): Promise<Answer>;
  /** Pays by any code, past the API: `orderId` is the code's. */
  payByOrder(tenant: Tenant, orderId: string, amountMinor: string): Promise<boolean>;
  collect(tenant: Tenant, transactionId: string, more?: object): Promise<Answer>;
  outcome(tenant: Tenant, outcome: string): Promise<void>;
  receipts(tenant: Tenant, unassigned?: boolean): Promise<readonly Answer[]>;
  untilReceipts(tenant: Tenant, count: number, unassigned?: boolean): Promise<readonly Answer[]>;
  cancelTransaction(tenant: Tenant, id: string): Promise<Answer>;
  orderOf(cashInId: string): Promise<Answer>;
  /** Asks again until what is read is right. */
  eventually<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T>;
  /** All rows of all tables of cash, payments and the platform, as text. */
  everything(): Promise<string>;
}

/** Queries, each as any Viewer. */
function createReads({
  payments,
}: Fixture): Pick<Asks, 'readCashIn' | 'listCashIns' | 'readPickup' | 'receipts'> {
  return {
    readCashIn: async (viewer, id) =>
      (await ask(payments, viewer, `query ($id: ID!) { cashIn(id: $id) { ${CASH_IN} } }`, { id })).cashIn,
    async listCashIns(viewer) {
      const query = `{ cashIns(first: 50) { edges { node { ${CASH_IN} } } } }`;
      return (await ask(payments, viewer, query)).cashIns.edges.map(({ node }: Answer) => node);
    },
    readPickup: async (viewer, id) =>
      (await ask(payments, viewer, `query ($id: ID!) { transaction(id: $id) { ${PICKUP} } }`, { id }))
        .transaction,
    async receipts({ viewer }, unassigned = false) {
      const query = `query ($u: Boolean) { cashReceipts(first: 50, unassigned: $u) { edges { node { id reason
        amount { amount } cashIn { id } account { id } transaction { id } network } } } }`;
      const { cashReceipts } = await ask(payments, viewer, query, { u: unassigned });
      return cashReceipts.edges.map(({ node }: Answer) => node);
    },
  };
}

export function createAsks(fixture: Fixture, endpoint: SimulatorEndpoint): Asks {
  const { payments, rows } = fixture;
  const send: Asks['send'] = async (viewer, name, input) =>
    (await ask(payments, viewer, DOCUMENTS[name], { input: { idempotencyKey: newKey(), ...input } })).result;
  const reads = createReads(fixture);
  const { readCashIn, readPickup, receipts } = reads;
  return {
    send,
    async cashIn(tenant, more = {}) {
      const destinationId = acc(tenant.customerAccountId);
      const input = { destinationId, network: 'COUNTERS_US', amount: '100', asset: 'USD', ...more };
      const made = await send(tenant.viewer, 'createCashIn', input);
      expect(made).toMatchObject({ __typename: 'CashIn' });
      return made;
    },
    pickup(tenant, amount, more = {}) {
      const destinationCashPickup = { network: 'COUNTERS_US', recipientName: 'Ada Example' };
      const sides = { sourceId: acc(tenant.accountId), destinationCashPickup };
      return send(tenant.viewer, 'createTransaction', { ...sides, amount, asset: 'USD', ...more });
    },
    ...reads,
    untilCashIn: ({ viewer }, id, status) =>
      eventually(
        () => readCashIn(viewer, id),
        (one) => one.status === status,
      ),
    untilPickup: ({ viewer }, id, status) =>
      eventually(
        () => readPickup(viewer, id),
        (one) => one.status === status,
      ),
    pay: ({ viewer }, cashInId, more = {}) => send(viewer, 'simulateCashPayment', { cashInId, ...more }),
    payByOrder: ({ organizationId: customer }, orderKey, amountMinor) =>
      controlCashSimulator(endpoint, '/control/payment', {
        ...{ key: newKey(), customer, orderKey, amountMinor, anyway: true },
      }),
    collect: ({ viewer }, transactionId, more = {}) =>
      send(viewer, 'simulateCashPickup', { transactionId, ...more }),
    async outcome({ viewer }, outcome) {
      expect(await send(viewer, 'setNextCashOutcome', { outcome })).toMatchObject({
        __typename: 'SandboxDone',
      });
    },
    untilReceipts: (tenant, count, unassigned) =>
      eventually(
        () => receipts(tenant, unassigned),
        (found) => found.length >= count,
      ),
    cancelTransaction: async ({ viewer }, id) =>
      (await mutate(payments, viewer, 'cancelTransaction', { id })).result,
    async orderOf(cashInId) {
      const sql = `select wish.* from cash.order wish join payments.cash_in on cash_in.order_id = wish.id
                    where cash_in.id = $1`;
      return (await rows<Answer>(sql, [parseId('csh', cashInId)]))[0];
    },
    eventually,
    everything: () => dumpOf(fixture),
  };
}

async function eventually<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
    if (performance.now() > deadline) throw new Error(`not in ${WAIT_MS} ms: ${JSON.stringify(value)}`);
    await sleep(STEP_MS);
  }
}

async function dumpOf({ rows }: Fixture): Promise<string> {
  const tables = await rows<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname in ('cash', 'payments', 'platform', 'ledger')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const found = await rows<{ text: string }>(`select row_to_json(t)::text as text from ${name} t`);
    texts.push(...found.map(({ text }) => text));
  }
  return texts.join('\n');
}
