import type { Viewer } from '../../platform/viewer.ts';
import { createWorld, furnish, type Inventory, type World } from './world.ts';

/**
 * Goal: an external account of one subgraph is paid to by another, and each knows of the other's part. Method: all of it is
 * asked through the router, as a client would.
 */
// biome-ignore lint/suspicious/noExplicitAny: what a test reads out of a response is what it asserts
type Answer = any;

let world: World;
let owner: Viewer;
let spy: Viewer;
let own: Inventory;
let serial = 0;

beforeAll(async () => {
  world = await createWorld({ cached: false });
  owner = (await world.addOrganization('Owner')).viewer;
  spy = (await world.addOrganization('Spy')).viewer;
  own = await furnish(world, owner);
});
afterAll(() => world.close());

async function ask(viewer: Viewer, document: string, variables: object = {}): Promise<Answer> {
  const { data, errors } = await world.run(viewer, document, { ...variables });
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data));
}

const input = (more: object) => ({ input: { idempotencyKey: `external-${++serial}`, ...more } });

const CREATE = `mutation ($input: CreateExternalAccountInput!) { result: createExternalAccount(input: $input) { __typename
  ... on ExternalAccount { id status } ... on Failure { message } } }`;
const CLOSE = `mutation ($input: CloseExternalAccountInput!) { result: closeExternalAccount(input: $input) { __typename } }`;
const PAY = `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) { __typename
  ... on Transaction { id destination { rail bankAccount externalAccount { id status accountNumber ownerName
    transactions(first: 5) { edges { node { id } } } } } }
  ... on Failure { code message } } }`;

/** An account in the United States of the organization itself. */
async function makePlace(accountNumber: string): Promise<string> {
  const account = { type: 'US_BANK', accountNumber, bankCode: '021000021', ownerName: 'Ada Example' };
  const vouched = { verification: 'ATTESTATION', attestation: 'seen on paper' };
  const { result } = await ask(owner, CREATE, input({ ...account, ...vouched }));
  expect(result).toMatchObject({ __typename: 'ExternalAccount', status: 'VERIFIED' });
  return result.id;
}

const pay = async (viewer: Viewer, place: string, more: object = {}): Promise<Answer> => {
  const sides = { sourceId: own.treasuryId, destinationExternalAccountId: place, rail: 'ACH' };
  return (await ask(viewer, PAY, input({ ...sides, amount: '1', asset: 'USD', ...more }))).result;
};

test('a payment leads to its external account, and the account to its payments', async () => {
  const place = await makePlace('000123456789');
  const paid = await pay(owner, place);
  expect(paid).toMatchObject({
    __typename: 'Transaction',
    destination: {
      rail: 'ACH',
      bankAccount: '****6789',
      externalAccount: { id: place, status: 'VERIFIED', accountNumber: '000123456789' },
    },
  });
  const listed = `query ($id: ID!) { externalAccount(id: $id) { transactions(first: 5) { edges { node { id status } } } } }`;
  const { externalAccount } = await ask(owner, listed, { id: place });
  expect(externalAccount.transactions.edges.map(({ node }: Answer) => node.id)).toEqual([paid.id]);
});

test('closed by one subgraph, it is paid nothing by the other from then on', async () => {
  const place = await makePlace('000123456780');
  expect((await pay(owner, place)).__typename).toBe('Transaction');
  const { result } = await ask(owner, CLOSE, input({ id: place }));
  expect(result.__typename).toBe('ExternalAccount');
  expect(await pay(owner, place)).toMatchObject({
    __typename: 'ExternalAccountNotUsable',
    code: 'EXTERNAL_ACCOUNT_NOT_USABLE',
  });
});

test('for another organization neither the account nor what was paid to it is there', async () => {
  const place = await makePlace('000123456781');
  await pay(owner, place);
  expect(await pay(spy, place)).toMatchObject({ code: 'NOT_FOUND' });
  const query = `query ($id: ID!) { externalAccount(id: $id) { id }
    transactions(first: 5, filter: { externalAccountId: $id }) { edges { node { id } } } }`;
  expect(await ask(spy, query, { id: place })).toEqual({
    externalAccount: null,
    transactions: { edges: [] },
  });
  expect((await ask(owner, query, { id: place })).transactions.edges).toHaveLength(1);
});
