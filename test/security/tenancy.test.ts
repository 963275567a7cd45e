import { formatId, newUuid, parseId, prefixOf, type Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { execute, type Json, mutate, openWorld, run, viewerOf, type World } from '../accounts/world.ts';

let world: World;
/** Ids of the other organization's objects, and of nothing, by type. */
const theirs: Record<string, string> = {};
const absent: Record<string, string> = {};
let ownCustomer: string;
let ownAccount: string;
let secondCustomer: string;
let secondAccount: string;
let ownKey: string;

beforeAll(async () => {
  world = await openWorld();
  const fill = async (viewer: Viewer): Promise<Json> => {
    const customer = await mutate(world.accounts, viewer, 'createCustomer', {
      type: 'INDIVIDUAL',
      firstName: 'Ada',
      lastName: 'Lovelace',
      externalId: newUuid(),
    });
    const account = await mutate(world.accounts, viewer, 'createAccount', {
      customerId: customer.id,
      asset: 'USD',
    });
    const key = await mutate(world.accounts, viewer, 'createApiKey', { name: 'x', scopes: ['*'] });
    return { customer: customer.id, account: account.id, key: key.apiKey.id };
  };
  const other = await fill(world.theirs.viewer);
  Object.assign(theirs, {
    Customer: other.customer,
    Account: other.account,
    ApiKey: other.key,
    Organization: formatId('org', world.theirs.organizationId),
  });
  for (const [type, id] of Object.entries(theirs)) {
    absent[type] = formatId(prefixOf(id) as 'cus', newUuid());
  }
  const own = await fill(world.ours.viewer);
  [ownCustomer, ownAccount, ownKey] = [own.customer, own.account, own.key];
  const second = await fill(world.ours.viewer);
  [secondCustomer, secondAccount] = [second.customer, second.account];
});
afterAll(() => world.close());

/** What we are answered when we ask for an id, with the id taken out. */
async function answerTo(viewer: Viewer, document: string, id: string, variables = {}): Promise<string> {
  const result = await execute(world.accounts, viewer, document, { id, ...variables });
  return JSON.stringify(result).replaceAll(id, 'ID');
}

const READS: Readonly<Record<string, string>> = {
  node: 'query ($id: ID!) { node(id: $id) { __typename id } }',
  nodes: 'query ($id: ID!) { nodes(ids: [$id, $id]) { __typename id } }',
  customer: 'query ($id: ID!) { customer(id: $id) { id } }',
  account: 'query ($id: ID!) { account(id: $id) { id } }',
  accountsOfCustomer:
    'query ($id: ID!) { accounts(first: 10, filter: { customerId: $id }) { edges { node { id } } pageInfo { hasNextPage } } }',
};

test.each(Object.keys(READS))(
  '%s answers for objects of others as for those that do not exist',
  async (name) => {
    for (const type of Object.keys(theirs)) {
      const document = READS[name] as string;
      const answer = await answerTo(world.ours.viewer, document, theirs[type] as string);
      expect(answer).toBe(await answerTo(world.ours.viewer, document, absent[type] as string));
      expect(answer).not.toContain('"id":"ID"');
    }
  },
);

test('_entities resolves no object of others', async () => {
  const representations = Object.entries(theirs).map(([__typename, id]) => ({ __typename, id }));
  const document =
    'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename ... on Customer { id } ... on Account { id } ... on ApiKey { id } ... on Organization { id name } } }';
  const { _entities } = await run(world.accounts, world.ours.viewer, document, { representations });
  expect(_entities).toEqual([null, null, null, null]);
});

test('requests of two organizations at once, over the same connections, never mix', async () => {
  const parties = [world.ours, world.theirs];
  const document = '{ organization { id } customers(first: 100) { edges { node { externalId } } } }';
  const [ours, others] = await Promise.all(
    parties.map(({ viewer }) => run(world.accounts, viewer, document)),
  );
  expect(ours).not.toEqual(others);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      run(world.accounts, parties[index % 2]?.viewer as Viewer, document),
    ),
  );
  for (const [index, answer] of answers.entries()) expect(answer).toEqual(index % 2 === 0 ? ours : others);
});

test('lists hold our own objects only', async () => {
  const data = await run(
    world.accounts,
    world.ours.viewer,
    '{ customers(first: 100) { edges { node { id } } } accounts(first: 100) { edges { node { id } } } apiKeys(first: 100) { edges { node { id } } } organization { id } }',
  );
  const text = JSON.stringify(data);
  for (const id of Object.values(theirs)) expect(text).not.toContain(id);
  expect(data.customers.edges).toHaveLength(2);
});

test.each([
  ['updateCustomer', 'Customer', {}],
  ['closeAccount', 'Account', {}],
  ['revokeApiKey', 'ApiKey', {}],
])('%s refuses objects of others as those that do not exist', async (field, type, input) => {
  const ask = (id: string | undefined) => mutate(world.accounts, world.ours.viewer, field, { ...input, id });
  const blank = (answer: Json): string => JSON.stringify(answer).replaceAll(answer.missing, 'ID');
  const answer = await ask(theirs[type]);
  expect(answer).toMatchObject({ __typename: 'NotFound', missing: theirs[type] });
  expect(blank(answer)).toBe(blank(await ask(absent[type])));
});

test('no account is opened for a customer of others', async () => {
  const open = (customerId: string | undefined) =>
    mutate(world.accounts, world.ours.viewer, 'createAccount', { customerId, asset: 'USD' });
  expect(await open(theirs.Customer)).toMatchObject({ __typename: 'NotFound', missing: theirs.Customer });
  expect(await open(absent.Customer)).toMatchObject({ __typename: 'NotFound', missing: absent.Customer });
  const organization = formatId('cus', parseId('org', theirs.Organization as string) as Uuid);
  expect(await open(organization)).toMatchObject({ __typename: 'NotFound' });
});

test('nobody reads an HMAC: no type of the schema has a field for it', () => {
  const fields = Object.values(world.accounts.schema.getTypeMap())
    .flatMap((type) => ('getFields' in type ? Object.keys(type.getFields()) : []))
    .filter((name) => /hmac|hash|pepper/i.test(name));
  expect(fields).toEqual([]);
});

const SCOPED: readonly (readonly [string, string])[] = [
  ['organization:read', '{ organization { id } }'],
  ['customers:read', 'query ($id: ID!) { customer(id: $id) { id } }'],
  ['customers:read', '{ customers(first: 1) { edges { cursor } } }'],
  ['accounts:read', '{ accounts(first: 1) { edges { cursor } } }'],
  ['keys:read', '{ apiKeys(first: 1) { edges { cursor } } }'],
];

test.each(SCOPED)('%s is needed for %s, and enough', async (scope, document) => {
  const { organizationId } = world.ours;
  const variables = { id: ownCustomer };
  const without = await execute(
    world.accounts,
    viewerOf(organizationId, 'sandbox:write'),
    document,
    variables,
  );
  expect(without.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', scope });
  expect(
    (await execute(world.accounts, viewerOf(organizationId, scope), document, variables)).errors,
  ).toBeUndefined();
});

test('a scope is asked for on every way to an object: node, alias, fragment, edge and entity', async () => {
  const accountsOnly = viewerOf(world.ours.organizationId, 'accounts:read');
  const paths = [
    `{ node(id: "${ownCustomer}") { id } }`,
    `{ a: node(id: "${ownAccount}") { id } b: node(id: "${ownCustomer}") { ... on Node { id } } }`,
    `{ nodes(ids: ["${ownAccount}", "${ownCustomer}"]) { ...F } } fragment F on Node { id }`,
    `{ account(id: "${ownAccount}") { customer { displayName } } }`,
    `{ _entities(representations: [{ __typename: "Customer", id: "${ownCustomer}" }]) { ... on Customer { displayName } } }`,
  ];
  for (const document of paths) {
    const { errors, data } = await execute(world.accounts, accountsOnly, document);
    expect(errors?.map((error) => error.extensions.scope)).toEqual(['customers:read']);
    expect(JSON.stringify(data)).not.toContain(ownCustomer);
  }
  const customersOnly = viewerOf(world.ours.organizationId, 'customers:read');
  const edge = `{ customer(id: "${ownCustomer}") { accounts(first: 1) { edges { node { id } } } } }`;
  expect((await execute(world.accounts, customersOnly, edge)).errors?.[0]?.extensions.scope).toBe(
    'accounts:read',
  );
});

test('a client token sees its own customer only, on every path', async () => {
  const client: Viewer = {
    ...viewerOf(world.ours.organizationId),
    kind: 'CLIENT',
    customerId: parseId('cus', ownCustomer) as Uuid,
  };
  const data = await run(
    world.accounts,
    client,
    `{ customers(first: 10) { edges { node { id accounts(first: 5) { edges { node { id } } } } } }
       accounts(first: 10) { edges { node { id customer { id } } } }
       none: customers(first: 10, filter: { type: BUSINESS }) { edges { node { id } } }
       theirs: accounts(first: 10, filter: { customerId: "${secondCustomer}" }) { edges { node { id } } }
       nodes(ids: ["${ownCustomer}", "${secondCustomer}", "${ownAccount}", "${secondAccount}", "${ownKey}"]) { id }
       customer(id: "${secondCustomer}") { id } account(id: "${secondAccount}") { id }
       _entities(representations: [{ __typename: "Account", id: "${secondAccount}" }]) { ... on Account { id } } }`,
  );
  expect(data).toEqual({
    customers: {
      edges: [{ node: { id: ownCustomer, accounts: { edges: [{ node: { id: ownAccount } }] } } }],
    },
    accounts: { edges: [{ node: { id: ownAccount, customer: { id: ownCustomer } } }] },
    none: { edges: [] },
    theirs: { edges: [] },
    nodes: [{ id: ownCustomer }, null, { id: ownAccount }, null, null],
    customer: null,
    account: null,
    _entities: [null],
  });
  const refused = [
    '{ apiKeys(first: 1) { edges { cursor } } }',
    'mutation { createApiKey(input: { name: "x", scopes: ["*"] }) { __typename } }',
    `mutation { updateCustomer(input: { idempotencyKey: "x", id: "${ownCustomer}" }) { __typename } }`,
    `mutation { closeAccount(input: { idempotencyKey: "x", id: "${ownAccount}" }) { __typename } }`,
    'mutation { createAccount(input: { idempotencyKey: "x", asset: "USD" }) { __typename } }',
    'mutation { createCustomer(input: { idempotencyKey: "x", type: BUSINESS, legalName: "x" }) { __typename } }',
  ];
  for (const document of refused) {
    expect((await execute(world.accounts, client, document)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});
