import { waitFor } from '../crash/child.ts';
import { type Omsx, removeOmsx, startOmsx } from '../e2e/omsx.ts';
import type { Answer } from '../payments/fixture.ts';

/** A Postgres is made and everything started first. */
jest.setTimeout(150_000);

let omsx: Omsx;

beforeAll(async () => {
  omsx = await startOmsx();
});
afterAll(() => removeOmsx(omsx));

async function ask(query: string, variables: object = {}) {
  const response = await fetch(omsx.credentials.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${omsx.credentials.apiKey}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as Answer;
  expect(errors).toBeUndefined();
  return data;
}

test('in the sandbox cash is paid in at a counter and picked up at another', async () => {
  const open = `mutation { createAccount(input: { idempotencyKey: "a", asset: "USD" }) { ... on Account { id } } }`;
  const { id: accountId } = (await ask(open)).createAccount;
  const make = `mutation ($id: ID!) { createCashIn(input: { idempotencyKey: "c", destinationId: $id,
    network: "COUNTERS_US", amount: "100", asset: "USD" }) { ... on CashIn { id status code expiresAt }
    ... on Failure { failure: code message } } }`;
  const made = (await ask(make, { id: accountId })).createCashIn;
  const read = 'query ($id: ID!) { node(id: $id) { ... on CashIn { status code transaction { id } } } }';
  const cashIn = async () => (await ask(read, { id: made.id })).node;
  await waitFor('code', 20_000, async () => (await cashIn()).status === 'OPEN');
  expect((await cashIn()).code).toMatch(/^\d{12}$/);
  const pay = `mutation ($id: ID!) { simulateCashPayment(input: { idempotencyKey: "p", cashInId: $id }) { __typename } }`;
  expect((await ask(pay, { id: made.id })).simulateCashPayment.__typename).toBe('SandboxDone');
  await waitFor('payment', 20_000, async () => (await cashIn()).status === 'PAID');

  const send = `mutation ($id: ID!) { createTransaction(input: { idempotencyKey: "t", sourceId: $id, amount: "40",
    asset: "USD", destinationCashPickup: { network: "MACHINES_US", recipientName: "Ada Example" } }) {
      ... on Transaction { id status } ... on Failure { code message } } }`;
  const { id } = (await ask(send, { id: accountId })).createTransaction;
  const status = async () =>
    (await ask('query ($id: ID!) { transaction(id: $id) { status } }', { id })).transaction.status;
  await waitFor('pickup', 20_000, async () => (await status()) === 'AWAITING_ACTION');
  const collect = `mutation ($id: ID!) { simulateCashPickup(input: { idempotencyKey: "u", transactionId: $id }) { __typename } }`;
  expect((await ask(collect, { id })).simulateCashPickup.__typename).toBe('SandboxDone');
  await waitFor('completion', 20_000, async () => (await status()) === 'COMPLETED');
  const metrics = await (await fetch(new URL('/metrics', omsx.credentials.graphql))).text();
  expect(metrics).toContain('omsx_cash_readable 1');
});
