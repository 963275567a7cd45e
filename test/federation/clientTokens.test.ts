import { type ExecutionResult, getNamedType, isInputObjectType, isNonNullType } from 'graphql';
import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import { queryOnce } from '../harness/embedded.ts';
import { connectChain, furnishChain } from './onchain.ts';
import { selectAll, selectIds } from './select.ts';
import { createWorld, furnish, type Inventory, type World } from './world.ts';

/**
 * Goal: a client token finds nothing of another customer, of the organization itself, of its keys or its notes, by any path.
 * Method: two customers of one organization trade with one another and with the organization. Every root field of the API schema
 * is asked, with everything below it, with every id there is, as the token of one of them; no answer may hold an id or a text
 * that is not its own, unless the question did. New fields are covered as soon as they are in the schema.
 */
let world: World;
let owner: Viewer;
let client: Viewer;
let own: Inventory;
let traded: string;
let foreign: readonly string[];
/** Ids of what is there and not the client's, to ask for. */
let askable: readonly string[];

/** With all fields an object that its owner denies is null as a whole; with ids alone nobody asks the owner. */
const SELECTIONS: readonly ((...of: Parameters<typeof selectAll>) => string)[] = [
  selectAll,
  ...[1, 2, 3, 4, 5].map(
    (levels) =>
      (...[schema, type]: Parameters<typeof selectAll>) =>
        selectIds(schema, type, levels),
  ),
];

const CLIENT_SCOPES = ['transactions:read', 'accounts:read', 'wallets:read'];
const NOTE = 'a-note-of-the-organization';
let keys = 0;

async function make(
  field: string,
  success: string,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
  const text = `mutation ($input: ${type}!) { result: ${field}(input: $input) { ... on ${success} { id } ... on Failure { message } } }`;
  const result = await world.run(owner, text, { input: { idempotencyKey: `walk-${++keys}`, ...input } });
  const { id } = (result.data as { readonly result: { readonly id?: string } }).result;
  if (id === undefined) throw new Error(`${field}: ${JSON.stringify(result)}`);
  return id;
}

beforeAll(async () => {
  world = await createWorld({ cached: true });
  owner = (await world.addOrganization('Owner')).viewer;
  own = await furnish(world, owner);
  await connectChain(world);
  const { dep } = await furnishChain(world, owner, own);
  const other = await make('createCustomer', 'Customer', {
    type: 'BUSINESS',
    legalName: 'Rival Ltd',
    externalId: 'rival-17',
  });
  const otherAccount = await make('createAccount', 'Account', {
    asset: 'USD',
    customerId: other,
    name: 'Rival book',
  });
  const otherWallet = await make('createWallet', 'Wallet', {
    asset: 'USD',
    network: 'LEDGER',
    customerId: other,
  });
  const pay = (sourceId: string, destinationId: string, more = {}) =>
    make('createTransaction', 'Transaction', {
      sourceId,
      destinationId,
      amount: '1.00',
      asset: 'USD',
      ...more,
    });
  const foreignPayment = await pay(own.treasuryId, otherAccount, { externalId: 'rival-payment' });
  await pay(own.treasuryId, otherWallet);
  // Each is the other's counterparty.
  traded = await pay(own.acc, otherAccount, { metadata: [{ key: 'memo', value: NOTE }] });
  await pay(otherAccount, own.wal);
  const xac = await make('createExternalAccount', 'ExternalAccount', {
    customerId: other,
    type: 'UPI_ID',
    accountNumber: 'rival@bank',
    ownerName: 'Rival Ltd',
    verification: 'ATTESTATION',
    attestation: 'seen',
  });
  client = {
    organizationId: owner.organizationId,
    kind: 'CLIENT',
    subjectId: newUuid(),
    scopes: CLIENT_SCOPES,
    customerId: parseId('cus', own.cus) as Uuid,
  };
  askable = [
    own.org,
    own.key,
    own.treasuryId,
    own.xac,
    own.vac,
    other,
    otherAccount,
    otherWallet,
    foreignPayment,
    xac,
    dep,
    own.csh,
  ];
  foreign = [...askable, ...(await otherUuids()), 'Rival', 'rival', NOTE];
});

afterAll(async () => {
  await world.close();
});

/** Whatever has an id in a table of ours and is not the client's, in every form that an id is written in. */
async function otherUuids(): Promise<readonly string[]> {
  const customer = client.customerId;
  const rows = (await queryOnce(
    world.databaseUrl,
    `select id from payments.transaction where '${customer}' not in (source_customer_id, destination_customer_id) is not false
        and '${customer}' is distinct from source_customer_id and '${customer}' is distinct from destination_customer_id
     union select id from ledger.account where holder_id <> '${customer}'
     union select id from accounts.customer where id <> '${customer}'
     union select id from accounts.api_key union select id from accounts.organization
     union select id from bank.external_account union select id from bank.virtual_account
     union select id from chain.deposit_address`,
  )) as readonly { readonly id: Uuid }[];
  expect(rows.length).toBeGreaterThan(8);
  return rows.flatMap(({ id }) => [id, formatId('acc', id).slice(4)]);
}

/** What of `foreign` the answer holds and the question does not. */
function leaksOf(answer: unknown, asked: string): readonly string[] {
  const text = JSON.stringify(answer);
  return foreign.filter((one) => text.includes(one) && !asked.includes(one.replace(/^\w+_/, '')));
}

/** Gives what was answered, of which nothing is another's. */
async function expectNothing(
  document: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<ExecutionResult> {
  const answer = await world.run(client, document, variables);
  expect({
    document: document.slice(0, 90),
    variables,
    leaks: leaksOf(answer, JSON.stringify(variables)),
  }).toEqual({
    document: document.slice(0, 90),
    variables,
    leaks: [],
  });
  return answer;
}

const rootFields = () => Object.values(world.apiSchema.getQueryType()?.getFields() ?? {});

test('every list and every object of the organization, with everything below it', async () => {
  for (const field of rootFields()) {
    if (field.args.some((arg) => isNonNullType(arg.type))) continue;
    const isPaged = field.args.some((arg) => arg.name === 'first');
    for (const page of isPaged ? ['(first: 100)', '(last: 100)'] : ['']) {
      for (const select of SELECTIONS) {
        await expectNothing(`{ result: ${field.name}${page}${select(world.apiSchema, field.type)} }`);
      }
    }
  }
});

test('every field that takes ids, with each id there is, answers as for one that names nothing', async () => {
  const taking = rootFields().filter(({ args }) => args.some(({ type }) => getNamedType(type).name === 'ID'));
  expect(taking.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['node', 'nodes', 'transaction', 'account']),
  );
  for (const field of taking) {
    const arg = field.args.find(({ type }) => getNamedType(type).name === 'ID');
    const documents = SELECTIONS.map(
      (select) =>
        `query ($id: ${arg?.type}) { result: ${field.name}(${arg?.name}: $id)${select(world.apiSchema, field.type)} }`,
    );
    const answerTo = async (id: string): Promise<string> => {
      const variables = { id: arg?.name === 'ids' ? [id] : id };
      const told: unknown[] = [];
      for (const document of documents) told.push(await expectNothing(document, variables));
      return JSON.stringify(told).replaceAll(id, '<id>');
    };
    for (const id of askable) {
      const absent = formatId(id.slice(0, 3) as 'acc', newUuid());
      expect([field.name, id.slice(0, 3), await answerTo(id)]).toEqual([
        field.name,
        id.slice(0, 3),
        await answerTo(absent),
      ]);
    }
    for (const id of [own.txn, traded, own.acc, own.wal]) await answerTo(id);
  }
}, 180_000);

test('every filter by an id, with each id there is, and by a note, finds nothing', async () => {
  for (const field of rootFields()) {
    const filter = field.args.find(({ name }) => name === 'filter');
    const type = filter && getNamedType(filter.type);
    if (!isInputObjectType(type)) continue;
    const document = `query ($filter: ${type.name}) { result: ${field.name}(first: 100, filter: $filter) { edges { cursor } } }`;
    for (const { name, type: inner } of Object.values(type.getFields())) {
      if (getNamedType(inner).name !== 'ID') continue;
      for (const id of askable) {
        const ask = (one: string) => world.run(client, document, { filter: { [name]: one } });
        const absent = formatId(id.slice(0, 3) as 'acc', newUuid());
        expect([field.name, name, JSON.stringify(await ask(id))]).toEqual([
          field.name,
          name,
          JSON.stringify(await ask(absent)),
        ]);
      }
    }
  }
  const noted =
    '{ transactions(first: 9, filter: { metadata: { key: "memo", value: "a-note-of-the-organization" } }) { edges { cursor } } }';
  expect((await world.run(client, noted)).data).toEqual({ transactions: { edges: [] } });
});

test("the walk does find what is the client's: its transactions, its sides of them, its books", async () => {
  const document = `{ transactions(first: 100) { edges { node { id metadata { key }
      source { account { id } wallet { id } customer { id } } destination { account { id } wallet { id } customer { id } } } } }
    accounts(first: 100) { edges { node { id entries(first: 50) { edges { node { transaction { id } } } } } } }
    wallets(first: 100) { edges { node { id } } } }`;
  const { data, errors } = await world.run(client, document);
  expect(errors).toBeUndefined();
  const text = JSON.stringify(data);
  for (const id of [own.txn, own.heldId, own.acc, own.wal, own.cus, traded]) expect(text).toContain(id);
  const one = `query ($id: ID!) { transaction(id: $id) { source { account { id } } destination { account { id } customer { id } } metadata { key } } }`;
  expect((await world.run(client, one, { id: traded })).data).toEqual({
    transaction: {
      source: { account: { id: own.acc } },
      destination: { account: null, customer: null },
      metadata: [],
    },
  });
  expect((await world.run(owner, one, { id: traded })).data).toMatchObject({
    transaction: {
      destination: { account: { id: askable[6] }, customer: { id: askable[5] } },
      metadata: [{ key: 'memo' }],
    },
  });
});

test("no mutation is a client's, whatever scopes somebody gave it", async () => {
  const viewer = { ...client, scopes: ['*'] };
  for (const field of Object.values(world.apiSchema.getMutationType()?.getFields() ?? {})) {
    const [input] = field.args;
    const type = input && getNamedType(input.type);
    const values = isInputObjectType(type)
      ? Object.values(type.getFields()).filter(({ type: inner }) => isNonNullType(inner))
      : [];
    const given = Object.fromEntries(
      values.map(({ name, type: inner }) => [name, valueFor(name, String(inner))]),
    );
    const document = `mutation ($input: ${input?.type}) { result: ${field.name}(input: $input) { __typename } }`;
    const { errors } = await world.run(viewer, document, { input: given });
    expect([field.name, errors?.map(({ extensions }) => extensions.code)]).toEqual([
      field.name,
      ['FORBIDDEN'],
    ]);
  }
});

/** A value that its type lets through. */
function valueFor(name: string, type: string): unknown {
  if (type.startsWith('[')) return type.includes('Input') ? [] : ['transactions:read'];
  if (type === 'Int!') return 60;
  if (type === 'Decimal!') return '1.00';
  if (type === 'DateTime!') return '2020-01-01T00:00:00Z';
  if (type === 'ID!') return own.acc;
  const named = world.apiSchema.getType(type.replaceAll('!', ''));
  if (isInputObjectType(named)) {
    const needed = Object.values(named.getFields()).filter(({ type: inner }) => isNonNullType(inner));
    return Object.fromEntries(needed.map((field) => [field.name, valueFor(field.name, String(field.type))]));
  }
  if (named && 'getValues' in named) return named.getValues()[0]?.name;
  return name === 'asset' ? 'USD' : 'x';
}
