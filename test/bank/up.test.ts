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

test('details that were given out are known to the bank, and small amounts verify an account', async () => {
  const open = `mutation { createAccount(input: { idempotencyKey: "v", asset: "USD" }) { ... on Account { id } } }`;
  const { id: accountId } = (await ask(open)).createAccount;
  const give = `mutation ($id: ID!) { createVirtualAccount(input: { idempotencyKey: "v", type: US_BANK,
    destinationId: $id }) { ... on VirtualAccount { id } } }`;
  const { id } = (await ask(give, { id: accountId })).createVirtualAccount;
  const deposit = `mutation ($id: ID!) { simulateBankDeposit(input: { idempotencyKey: "v", rail: ACH, amount: "7",
    reference: "x", virtualAccountId: $id }) { __typename } }`;
  await ask(deposit, { id });
  const arrived = `query ($id: ID!) { virtualAccount(id: $id) { transactions(first: 2) { edges { node {
    status amount { amount } source { bankAccount virtualAccount { id status } } destination { account { id } } } } } } }`;
  const edges = async () => (await ask(arrived, { id })).virtualAccount.transactions.edges;
  await waitFor('arrival', 20_000, async () => (await edges()).length === 1);
  expect((await edges())[0].node).toEqual({
    status: 'COMPLETED',
    amount: { amount: '7.00' },
    source: { bankAccount: '****6789', virtualAccount: { id, status: 'ACTIVE' } },
    destination: { account: { id: accountId } },
  });

  const name = `mutation { createExternalAccount(input: { idempotencyKey: "x", type: US_BANK, accountNumber: "000123450032",
    bankCode: "021000021", ownerName: "Ada Example", verification: MICRO_DEPOSITS }) { ... on ExternalAccount { id } } }`;
  const { id: externalAccountId } = (await ask(name)).createExternalAccount;
  const send = `mutation ($to: ID!, $from: ID!) { sendMicroDeposits(input: { idempotencyKey: "x", externalAccountId: $to,
    sourceId: $from }) { ... on MicroDeposits { status } ... on Failure { code message } } }`;
  expect(await ask(send, { to: externalAccountId, from: accountId })).toEqual({
    sendMicroDeposits: { status: 'UNDER_WAY' },
  });
  const read =
    'query ($id: ID!) { externalAccount(id: $id) { status microDeposits { status source { id } } } }';
  const place = async () => (await ask(read, { id: externalAccountId })).externalAccount;
  await waitFor('micro-deposits', 20_000, async () => (await place()).microDeposits.status === 'ARRIVED');
  const verify = `mutation ($id: ID!) { verifyExternalAccount(input: { idempotencyKey: "y", id: $id,
    amounts: ["0.45", "0.32"] }) { ... on ExternalAccount { status } ... on Failure { code message } } }`;
  expect(await ask(verify, { id: externalAccountId })).toEqual({
    verifyExternalAccount: { status: 'VERIFIED' },
  });
});
