import { newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { openDatabase } from '../../platform/postgres.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { placeKeyOf } from '../../rails/bank/externalAccounts/fingerprint.ts';
import { parsePlace } from '../../rails/bank/externalAccounts/place.ts';
import {
  type Arrival,
  type Attribution,
  findVirtualAccountFor,
} from '../../rails/bank/virtualAccounts/findVirtualAccountFor.ts';
import { sandboxDetails } from '../../rails/bank/virtualAccounts/issuer.ts';
import { eventsOf, type Json, mutate, openWorld, PEPPER, run, type World } from './world.ts';

let world: World;
let customerId: string;
let accountId: string;

beforeAll(async () => {
  world = await openWorld();
  const customer = await mutate(world.accounts, world.ours.viewer, 'createCustomer', {
    type: 'BUSINESS',
    legalName: 'B',
  });
  customerId = customer.id;
  accountId = await newAccount();
});
afterAll(() => world.close());

async function newAccount(asset = 'USD'): Promise<string> {
  return (await mutate(world.accounts, world.ours.viewer, 'createAccount', { customerId, asset })).id;
}

/** Runs one of the mutations on virtual accounts and gives its result. */
async function act(field: string, input: object, viewer: Viewer = world.ours.viewer): Promise<Json> {
  const isCreate = field === 'createVirtualAccount';
  const type = isCreate ? 'CreateVirtualAccountInput' : 'ChangeVirtualAccountInput';
  const own = isCreate
    ? '... on ExternalIdTaken { existingId }'
    : '... on VirtualAccountClosed { virtualAccountId }';
  const text = `mutation ($input: ${type}!) { result: ${field}(input: $input) { __typename
    ... on VirtualAccount { id type status asset { code } convertsTo { code }
      developerFee { recipient { id } percent } rails bankName bankCode accountNumber customer { id } account { id } }
    ... on InvalidInput { field expected } ... on NotFound { missing: id } ... on IdempotencyKeyReused { idempotencyKey } ${own} } }`;
  const keyed = { idempotencyKey: newUuid(), ...input };
  return (await run(world.accounts, viewer, text, { input: keyed })).result;
}

const create = (more: object = {}): Promise<Json> =>
  act('createVirtualAccount', { type: 'US_BANK', destinationId: accountId, ...more });

/** As the role that posts what arrives. */
async function attribute(arrival: Arrival): Promise<Attribution> {
  const database = await openDatabase({ url: world.url, role: 'omsx_payments_writer', poolMax: 1 });
  try {
    return await database.write((tx) => findVirtualAccountFor(tx, placeKeyOf(PEPPER), arrival));
  } finally {
    await database.close();
  }
}

test.each([
  ['US_BANK', 'USD', ['ACH', 'WIRE']],
  ['IBAN', 'EUR', ['SEPA']],
  ['CLABE', 'MXN', ['SPEI']],
] as const)(
  "a %s is given out, its check digits are right, and what arrives is its account's",
  async (type, asset, rails) => {
    const destinationId = await newAccount(asset);
    const made = await create({ type, destinationId });
    expect(made).toMatchObject({
      type,
      status: 'ACTIVE',
      asset: { code: asset },
      rails,
      customer: { id: customerId },
      account: { id: destinationId },
    });
    const { accountNumber, bankCode } = made;
    const arrival = { type, accountNumber, bankCode, asset };
    expect(parsePlace(arrival)).toMatchObject({ accountNumber });
    const found = await attribute(arrival);
    expect(found).toMatchObject({
      kind: 'CREDIT',
      virtualAccount: { accountId: parseId('acc', destinationId) },
    });
    expect(await attribute({ ...arrival, asset: 'GBP' })).toMatchObject({
      kind: 'SUSPENSE',
      reason: 'OTHER_ASSET',
    });
  },
);

test('details of a thousand places in the order are a thousand, all of them valid', () => {
  for (const type of ['US_BANK', 'IBAN', 'CLABE'] as const) {
    const details = Array.from({ length: 1_000 }, (_, serial) => sandboxDetails(type, BigInt(serial + 1)));
    expect(new Set(details.map(({ accountNumber }) => accountNumber)).size).toBe(1_000);
    for (const one of details)
      expect(parsePlace({ type, ...one })).toEqual({ type, ...one, bankName: undefined });
  }
});

test('those of a customer are pages of the customer, for a key that may see them', async () => {
  const owner = await mutate(world.accounts, world.ours.viewer, 'createCustomer', {
    type: 'BUSINESS',
    legalName: 'C',
  });
  const account = { customerId: owner.id, asset: 'USD' };
  const { id: destinationId } = await mutate(world.accounts, world.ours.viewer, 'createAccount', account);
  const made = [await create({ destinationId }), await create({ destinationId })].map(({ id }) => id);
  await create();
  const query = `query ($id: ID!) { customer(id: $id) {
    virtualAccounts(first: 10) { edges { node { id } } } oldest: virtualAccounts(last: 1) { edges { node { id } } } } }`;
  const { customer } = await run(world.accounts, world.ours.viewer, query, { id: owner.id });
  const idsOf = ({ edges }: Json) => edges.map(({ node }: Json) => node.id);
  expect(idsOf(customer.virtualAccounts)).toEqual([...made].reverse());
  expect(idsOf(customer.oldest)).toEqual([made[0]]);
});

test('what arrives while it is paused, after it was closed, or for nobody, goes to SUSPENSE', async () => {
  const { id, accountNumber, bankCode } = await create();
  const arrival: Arrival = { type: 'US_BANK', accountNumber, bankCode, asset: 'USD' };
  const steps = [
    ['pauseVirtualAccount', 'PAUSED', 'SUSPENSE'],
    ['pauseVirtualAccount', 'PAUSED', 'SUSPENSE'],
    ['resumeVirtualAccount', 'ACTIVE', 'CREDIT'],
    ['closeVirtualAccount', 'CLOSED', 'SUSPENSE'],
    ['closeVirtualAccount', 'CLOSED', 'SUSPENSE'],
  ] as const;
  for (const [field, status, kind] of steps) {
    expect(await act(field, { id })).toMatchObject({ status });
    expect(await attribute(arrival)).toMatchObject(kind === 'CREDIT' ? { kind } : { kind, reason: status });
  }
  expect(await act('resumeVirtualAccount', { id })).toMatchObject({ __typename: 'VirtualAccountClosed' });
  const events = await eventsOf(world, parseId('vac', id) as Uuid);
  expect(events.map(({ type, version }) => `${type} ${version}`)).toEqual([
    'VirtualAccountCreated 1',
    'VirtualAccountPaused 2',
    'VirtualAccountResumed 3',
    'VirtualAccountClosed 4',
  ]);
  for (const unknown of ['99999', 'x', '']) {
    const found = await attribute({ ...arrival, accountNumber: unknown });
    expect(found).toEqual({ kind: 'SUSPENSE', reason: 'UNKNOWN', virtualAccount: null });
  }
});

test('the same key is the same virtual account; an externalId is there once; other Assets are refused', async () => {
  const input = { idempotencyKey: newUuid(), externalId: 'vac-1' };
  const first = await create(input);
  expect(await create(input)).toEqual(first);
  expect(await create({ ...input, type: 'IBAN', destinationId: await newAccount('EUR') })).toMatchObject({
    __typename: 'IdempotencyKeyReused',
  });
  expect(await create({ externalId: 'vac-1' })).toMatchObject({ existingId: first.id });
});

test('what arrives in another asset than the account counts is converted, for a share that may be declared', async () => {
  const destinationId = await newAccount('USDC');
  const recipientId = await newAccount('EUR');
  const make = (developerFee: object | null, type = 'IBAN') => create({ type, destinationId, developerFee });
  expect(await make({ recipientId, percent: '0.0001' })).toMatchObject({
    ...{ asset: { code: 'EUR' }, convertsTo: { code: 'USDC' }, account: { id: destinationId } },
    developerFee: { recipient: { id: recipientId }, percent: '0.0001' },
  });
  expect(await make(null)).toMatchObject({ convertsTo: { code: 'USDC' }, developerFee: null });
  expect(await create()).toMatchObject({ convertsTo: null, developerFee: null });
  const field = 'developerFee.recipientId';
  expect(await make({ recipientId, percent: '50.01' })).toMatchObject({ field: 'developerFee.percent' });
  expect(await make({ recipientId, percent: '1' }, 'CLABE')).toMatchObject({ field });
  expect(await make({ recipientId: destinationId, percent: '1' })).toMatchObject({ field });
  const unconverted = { developerFee: { recipientId, percent: '1' } };
  expect(await create(unconverted)).toMatchObject({ field: 'developerFee' });
  const theirs = await mutate(world.accounts, world.theirs.viewer, 'createAccount', { asset: 'EUR' });
  expect(await make({ recipientId: theirs.id, percent: '1' })).toEqual({
    ...{ __typename: 'NotFound', missing: theirs.id },
  });
});

test("nothing is given out for an account that is closed or another organization's", async () => {
  const closed = await newAccount();
  await mutate(world.accounts, world.ours.viewer, 'closeAccount', { id: closed });
  expect(await create({ destinationId: closed })).toEqual({ __typename: 'NotFound', missing: closed });
  const theirs = await act(
    'createVirtualAccount',
    { type: 'US_BANK', destinationId: accountId },
    world.theirs.viewer,
  );
  expect(theirs).toEqual({ __typename: 'NotFound', missing: accountId });
  const { id } = await create();
  expect(await act('closeVirtualAccount', { id }, world.theirs.viewer)).toEqual({
    __typename: 'NotFound',
    missing: id,
  });
});

test('lists are newest first, filtered and paged, and show nothing of others', async () => {
  const [older, newer] = [(await create()).id, (await create()).id];
  await act('pauseVirtualAccount', { id: older });
  const document = `query ($owner: ID!) {
    page: virtualAccounts(first: 1) { edges { node { id } } pageInfo { hasNextPage } }
    paused: virtualAccounts(first: 1, filter: { customerId: $owner, statuses: [PAUSED] }) { edges { node { id } } }
    node(id: "${newer}") { __typename id } }`;
  const data = await run(world.accounts, world.ours.viewer, document, { owner: customerId });
  expect(data).toEqual({
    page: { edges: [{ node: { id: newer } }], pageInfo: { hasNextPage: true } },
    paused: { edges: [{ node: { id: older } }] },
    node: { __typename: 'VirtualAccount', id: newer },
  });
  expect(await run(world.accounts, world.theirs.viewer, document, { owner: customerId })).toEqual({
    page: { edges: [], pageInfo: { hasNextPage: false } },
    paused: { edges: [] },
    node: null,
  });
});
