import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../platform/paths.ts';
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

/** The documents of docs/cash.md, one after the other. */
async function walkThrough(): Promise<string> {
  const text = await readFile(join(projectRoot, 'docs', 'cash.md'), 'utf8');
  return [...text.matchAll(/```graphql\n([^`]*)```/g)].map(([, document]) => document).join('\n');
}

let documents = '';

/** Runs one operation of the walk-through, or the one that has no name. */
async function ask(query: string, variables: object = {}, operationName?: string): Promise<Answer> {
  const response = await fetch(omsx.credentials.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${omsx.credentials.apiKey}` },
    body: JSON.stringify({ query, variables, operationName }),
  });
  const { data, errors } = (await response.json()) as Answer;
  expect(errors).toBeUndefined();
  return data;
}

const walk = (name: string, variables: object = {}) => ask(documents, variables, name);

test('the walk-through of the documentation works in the sandbox, from cash to cash', async () => {
  const text = await walkThrough();
  documents = text.slice(text.indexOf('mutation Account'));
  const { cashNetworks } = await ask(text.slice(0, text.indexOf('mutation Account')));
  expect(cashNetworks).toHaveLength(3);
  const { id: accountId } = (await walk('Account')).createAccount;
  const made = (await walk('PayIn', { accountId })).createCashIn;
  expect(made).toMatchObject({ status: 'OPEN', net: { amount: '98.50' } });
  const read = 'query ($id: ID!) { node(id: $id) { ... on CashIn { status code transaction { id } } } }';
  const cashIn = async () => (await ask(read, { id: made.id })).node;
  expect(await cashIn()).toMatchObject({ status: 'OPEN', code: made.code });
  const paid = (await walk('AtTheCounter', { cashInId: made.id })).simulateCashPayment;
  expect(paid.__typename).toBe('SandboxDone');
  await waitFor('payment', 20_000, async () => (await cashIn()).status === 'PAID');

  const { id } = (await walk('PayOut', { accountId })).createTransaction;
  const status = async () =>
    (await ask('query ($id: ID!) { transaction(id: $id) { status } }', { id })).transaction.status;
  await waitFor('pickup', 20_000, async () => (await status()) === 'AWAITING_ACTION');
  const collect = `mutation ($id: ID!) { simulateCashPickup(input: { idempotencyKey: "up-1", transactionId: $id }) { __typename } }`;
  expect((await ask(collect, { id })).simulateCashPickup.__typename).toBe('SandboxDone');
  await waitFor('completion', 20_000, async () => (await status()) === 'COMPLETED');
  const metrics = await (await fetch(new URL('/metrics', omsx.credentials.graphql))).text();
  expect(metrics).toContain('omsx_cash_readable 1');
});
