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

test('in the sandbox money arrives at the simulated bank and is paid out by it', async () => {
  const open = `mutation { createAccount(input: { idempotencyKey: "a", asset: "USD" }) { ... on Account { id } } }`;
  const { id: accountId } = (await ask(open)).createAccount;
  const deposit = `mutation ($reference: String!) { simulateBankDeposit(input: {
    idempotencyKey: "d", rail: WIRE, amount: "100", reference: $reference }) { __typename } }`;
  expect((await ask(deposit, { reference: accountId })).simulateBankDeposit.__typename).toBe('SandboxDone');
  const balance =
    'query ($id: ID!) { account(id: $id) { balance { posted { amount } available { amount } } } }';
  const posted = async () => (await ask(balance, { id: accountId })).account.balance.posted.amount;
  await waitFor('deposit', 20_000, async () => (await posted()) === '100.00');

  const pay = `mutation ($id: ID!) { createTransaction(input: { idempotencyKey: "p", sourceId: $id, amount: "40",
    asset: "USD", destinationBankAccount: { rail: WIRE, accountHolderName: "Ada Example",
    routingNumber: "021000021", accountNumber: "000123456789" } }) {
      ... on Transaction { id status } ... on Failure { code message } } }`;
  const paid = (await ask(pay, { id: accountId })).createTransaction;
  expect(paid.status).toBe('PROCESSING');
  const read =
    'query ($id: ID!) { transaction(id: $id) { status destination { bankAccount } events { kind } } }';
  const status = async () => (await ask(read, { id: paid.id })).transaction.status;
  await waitFor('payout', 20_000, async () => (await status()) === 'COMPLETED');
  expect(await posted()).toBe('60.00');
});
