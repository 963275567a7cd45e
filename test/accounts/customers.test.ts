import { newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { queryOnce } from '../harness/embedded.ts';
import { eventsOf, execute, mutate, mutationOf, openAccounts, openWorld, run, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const ada = { type: 'INDIVIDUAL', firstName: 'Ada', lastName: 'Lovelace' };

function create(input: Readonly<Record<string, unknown>>) {
  return mutate(world.accounts, world.ours.viewer, 'createCustomer', input);
}

function update(input: Readonly<Record<string, unknown>>) {
  return mutate(world.accounts, world.ours.viewer, 'updateCustomer', input);
}

test('a person is onboarded with everything that was given, and is a holder in the ledger', async () => {
  const metadata = [
    { key: '__proto__', value: 'own' },
    { key: 'tier', value: 'gold' },
  ];
  const customer = await create({ ...ada, email: 'ada@example.com', externalId: 'ada-1', metadata });
  expect(customer).toMatchObject({
    __typename: 'Customer',
    type: 'INDIVIDUAL',
    displayName: 'Ada Lovelace',
    legalName: null,
    email: 'ada@example.com',
    externalId: 'ada-1',
    metadata,
  });
  const id = parseId('cus', customer.id);
  const holders = await queryOnce(
    world.url,
    `select kind, organization_id from ledger.holder where id = '${id}'`,
  );
  expect(holders).toEqual([{ kind: 'CUSTOMER', organization_id: world.ours.organizationId }]);
  expect(await eventsOf(world, id as Uuid)).toMatchObject([
    { type: 'CustomerCreated', version: 1, subjects: `{${id}}` },
  ]);
});

test.each([
  ['firstName', { type: 'INDIVIDUAL', lastName: 'Lovelace' }],
  ['lastName', { type: 'INDIVIDUAL', firstName: 'Ada', lastName: '' }],
  ['legalName', { ...ada, legalName: 'Ada Ltd' }],
  ['legalName', { type: 'BUSINESS' }],
  ['firstName', { type: 'BUSINESS', legalName: 'Ada Ltd', firstName: 'Ada' }],
  ['firstName', { ...ada, firstName: 'x'.repeat(201) }],
  ['lastName', { ...ada, lastName: 'nul\0' }],
  ['email', { ...ada, email: 'ada at example.com' }],
  ['email', { ...ada, email: `a@${'x'.repeat(320)}` }],
  ['externalId', { ...ada, externalId: '' }],
  [
    'metadata.1.key',
    {
      ...ada,
      metadata: [
        { key: 'a', value: '' },
        { key: 'a', value: '' },
      ],
    },
  ],
  ['idempotencyKey', { ...ada, idempotencyKey: '' }],
])('%s is told when it breaks its rule', async (field, input) => {
  expect(await create(input)).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT', field });
});

test('a taken externalId names who has it, also within one batch; other organizations are free to use it', async () => {
  const first = await create({ ...ada, externalId: 'taken' });
  const expected = { __typename: 'ExternalIdTaken', externalId: 'taken', existingId: first.id };
  expect(await create({ ...ada, externalId: 'taken' })).toMatchObject(expected);
  const theirs = await mutate(world.accounts, world.theirs.viewer, 'createCustomer', {
    ...ada,
    externalId: 'taken',
  });
  expect(theirs.__typename).toBe('Customer');

  const results = await Promise.all(
    Array.from({ length: 20 }, () => create({ ...ada, externalId: 'one-batch' })),
  );
  const winners = results.filter((result) => result.__typename === 'Customer');
  expect(winners).toHaveLength(1);
  const losers = results.filter((result) => result.__typename !== 'Customer');
  expect(losers.map((loser) => loser.existingId)).toEqual(Array(19).fill(winners[0].id));
});

test('two processes that race for the same externalIds, in opposite orders, settle on one customer each', async () => {
  const other = await openAccounts(world.url);
  const names = Array.from({ length: 30 }, (_, index) => `race-${index}`);
  const race = (accounts: typeof other, externalIds: readonly string[]) =>
    externalIds.map((externalId) =>
      mutate(accounts, world.ours.viewer, 'createCustomer', { ...ada, externalId }),
    );
  const results = await Promise.all([...race(world.accounts, names), ...race(other, names.toReversed())]);
  await other.close();
  const created = results.filter((result) => result.__typename === 'Customer');
  const taken = results.filter((result) => result.__typename === 'ExternalIdTaken');
  expect([created.length, taken.length]).toEqual([30, 30]);
  const ownerOf = new Map(created.map((customer) => [customer.externalId, customer.id]));
  for (const failure of taken) expect(failure.existingId).toBe(ownerOf.get(failure.externalId));
});

test('the same key answers the same customer, also 50 times in parallel, and says that it is a replay', async () => {
  const input = { ...ada, idempotencyKey: 'same' };
  const results = await Promise.all(Array.from({ length: 50 }, () => create(input)));
  expect(new Set(results.map((result) => result.id)).size).toBe(1);
  const replay = await execute(world.accounts, world.ours.viewer, mutationOf('createCustomer'), { input });
  expect(replay.extensions).toEqual({ idempotentReplay: true });
  expect(await create({ ...input, firstName: 'Augusta' })).toMatchObject({
    __typename: 'IdempotencyKeyReused',
    idempotencyKey: 'same',
    retryable: false,
  });
  const theirs = await mutate(world.accounts, world.theirs.viewer, 'createCustomer', input);
  expect(theirs.__typename).toBe('Customer');
  expect(theirs.id).not.toBe(results[0].id);
});

test('a refusal is kept under its key as well', async () => {
  await create({ ...ada, externalId: 'kept' });
  const input = { ...ada, externalId: 'kept', idempotencyKey: 'refused' };
  const first = await create(input);
  expect(first.__typename).toBe('ExternalIdTaken');
  expect(await create(input)).toEqual(first);
});

test('an update changes what is given, null removes, and what is left out stays', async () => {
  const metadata = [{ key: 'a', value: '1' }];
  const { id } = await create({ ...ada, email: 'ada@example.com', metadata });
  expect(await update({ id, lastName: 'King' })).toMatchObject({
    displayName: 'Ada King',
    email: 'ada@example.com',
    metadata,
  });
  const bare = await update({ id, email: null, metadata: [] });
  expect(bare).toMatchObject({ displayName: 'Ada King', email: null, metadata: [] });
  expect(Date.parse(bare.updatedAt)).toBeGreaterThan(Date.parse(bare.createdAt));
  const events = await eventsOf(world, parseId('cus', id) as Uuid);
  expect(events.map((event) => [event.type, event.version])).toEqual([
    ['CustomerCreated', 1],
    ['CustomerUpdated', 2],
    ['CustomerUpdated', 3],
  ]);
});

test('updates of one customer in one batch add up, with a version each', async () => {
  const { id } = await create(ada);
  const results = await Promise.all([
    ...Array.from({ length: 20 }, (_, index) => update({ id, email: `ada${index}@example.com` })),
    update({ id, lastName: 'King' }),
  ]);
  expect(new Set(results.map((result) => result.__typename))).toEqual(new Set(['Customer']));
  const events = await eventsOf(world, parseId('cus', id) as Uuid);
  expect(events.map((event) => event.version)).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
  const { customer } = await run(
    world.accounts,
    world.ours.viewer,
    'query ($id: ID!) { customer(id: $id) { lastName } }',
    { id },
  );
  expect(customer.lastName).toBe('King');
});

test('an update that does not fit the type, or of nobody, is refused', async () => {
  const { id } = await create(ada);
  expect(await update({ id, firstName: null })).toMatchObject({ code: 'INVALID_INPUT', field: 'firstName' });
  expect(await update({ id, legalName: 'Ada Ltd' })).toMatchObject({ field: 'legalName' });
  expect(await update({ id, email: 'nowhere' })).toMatchObject({ field: 'email' });
  for (const missing of ['cus_nonsense', id.replace('cus', 'acc'), id.slice(0, -1)]) {
    expect(await update({ id: missing, email: null })).toMatchObject({ __typename: 'NotFound', missing });
  }
});

test('a mutation in one document sees what the one before it did', async () => {
  const { id } = await create(ada);
  const document = `mutation ($id: ID!) {
    first: updateCustomer(input: { id: $id, idempotencyKey: "${newUuid()}", lastName: "One" }) { ... on Customer { lastName accounts(first: 1) { edges { node { id } } } } }
    open: createAccount(input: { customerId: $id, idempotencyKey: "${newUuid()}", asset: "USD" }) { ... on Account { id customer { lastName } } }
    second: updateCustomer(input: { id: $id, idempotencyKey: "${newUuid()}", lastName: "Two" }) { ... on Customer { lastName accounts(first: 1) { edges { node { id } } } } }
  }`;
  const { first, open, second } = await run(world.accounts, world.ours.viewer, document, { id });
  expect(first).toEqual({ lastName: 'One', accounts: { edges: [] } });
  expect(open.customer.lastName).toBe('One');
  expect(second).toEqual({ lastName: 'Two', accounts: { edges: [{ node: { id: open.id } }] } });
});
