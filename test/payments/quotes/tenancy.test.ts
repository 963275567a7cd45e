import { formatId, newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { FeedEvent } from '../../../schema/events.ts';
import { readFeed } from '../feed.ts';
import {
  type Answer,
  acc,
  ask,
  clientOf,
  type Fixture,
  keyOf,
  newKey,
  openFixture,
  run,
} from '../fixture.ts';
import { expectSound, mutateQuote, quoted } from './fixture.ts';

interface Tenant {
  readonly viewer: Viewer;
  readonly organizationId: Uuid;
  readonly customers: readonly [Uuid, Uuid];
  readonly usd: Uuid;
  readonly partner: Uuid;
  readonly quotes: readonly Answer[];
  readonly transaction: Answer;
}

let fixture: Fixture;
let ours: Tenant;
let theirs: Tenant;

beforeAll(async () => {
  fixture = await openFixture();
  ours = await addTenant();
  theirs = await addTenant();
});
afterAll(async () => {
  await expectSound(fixture.url);
  await fixture.close();
});

async function addTenant(): Promise<Tenant> {
  const organizationId = await fixture.addOrganization();
  const viewer = keyOf(organizationId);
  const customers = [
    await fixture.addCustomer(organizationId),
    await fixture.addCustomer(organizationId),
  ] as const;
  const usd = await fixture.openAccount(organizationId, { customerId: customers[0], amountMinor: 1_000_00n });
  const eur = await fixture.openAccount(organizationId, { customerId: customers[1], asset: 'EUR' });
  const own = await fixture.openAccount(organizationId, { asset: 'EUR' });
  const partner = await fixture.openAccount(organizationId);
  const create = (destination: Uuid): Promise<Answer> =>
    quoted(fixture.payments, viewer, {
      sourceId: acc(usd),
      destinationId: acc(destination),
      amount: '10',
      fixedSide: 'SOURCE',
      sourceAsset: 'USD',
      destinationAsset: 'EUR',
      developerFees: [{ recipientId: acc(partner), percent: '1' }],
    });
  const quotes = [await create(eur), await create(own), await create(eur)];
  const transaction = await mutateQuote(fixture.payments, viewer, 'acceptQuote', { quoteId: quotes[0].id });
  return { viewer, organizationId, customers, usd, partner, quotes, transaction };
}

const idsOf = ({ edges }: Answer): readonly string[] => edges.map(({ node }: Answer) => node.id);
const LIST = `query ($filter: QuoteFilter, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  quotes(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage } } }`;
const list = async (viewer: Viewer, variables: object): Promise<Answer> =>
  (await ask(fixture.payments, viewer, LIST, { ...variables })).quotes;
const OF_CUSTOMER = `query ($of: [_Any!]!) { _entities(representations: $of) {
  ... on Customer { quotes(first: 2) { edges { node { id } } pageInfo { hasNextPage } } } ... on Quote { id } } }`;
const customerOf = (id: Uuid) => ({ __typename: 'Customer', id: formatId('cus', id) });

test('pages walk all quotes in both directions, newest first', async () => {
  const all = ours.quotes.map(({ id }) => id).reverse();
  const first = await list(ours.viewer, { first: 2 });
  expect(idsOf(first)).toEqual(all.slice(0, 2));
  expect(first.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false });
  const rest = await list(ours.viewer, { first: 2, after: first.edges[1].cursor });
  expect(idsOf(rest)).toEqual(all.slice(2));
  expect(idsOf(await list(ours.viewer, { last: 2, before: rest.edges[0].cursor }))).toEqual(all.slice(0, 2));
});

test('filters narrow by status as it is now, customer, account and time', async () => {
  const [accepted, toOwn, open] = ours.quotes.map(({ id }) => id);
  const filtered = async (filter: object) => idsOf(await list(ours.viewer, { first: 10, filter }));
  expect(await filtered({ statuses: ['ACCEPTED'] })).toEqual([accepted]);
  expect(await filtered({ statuses: ['OPEN'] })).toEqual([open, toOwn]);
  expect(await filtered({ customerId: formatId('cus', ours.customers[1]) })).toEqual([open, accepted]);
  expect(await filtered({ accountId: acc(ours.usd) })).toEqual([open, toOwn, accepted]);
  expect(await filtered({ createdAt: { from: ours.quotes[2].createdAt } })).toEqual([open]);
  expect(await filtered({ createdAt: { to: ours.quotes[2].createdAt } })).toEqual([toOwn, accepted]);
  expect(await filtered({ customerId: 'x' })).toEqual([]);
});

test('customers list their quotes, many of them in one statement', async () => {
  const before = fixture.payments.readCount();
  const { _entities } = await ask(fixture.payments, ours.viewer, OF_CUSTOMER, {
    of: ours.customers.map(customerOf),
  });
  expect(fixture.payments.readCount() - before).toBe(1);
  const [accepted, toOwn, open] = ours.quotes.map(({ id }) => id);
  expect(_entities.map(({ quotes }: Answer) => idsOf(quotes))).toEqual([
    [open, toOwn],
    [open, accepted],
  ]);
  expect(_entities[0].quotes.pageInfo.hasNextPage).toBe(true);
});

test('a quote of another organization is not there, on any path', async () => {
  const [{ id }] = theirs.quotes;
  const of = [{ __typename: 'Quote', id }, customerOf(theirs.customers[0])];
  expect(await ask(fixture.payments, ours.viewer, OF_CUSTOMER, { of })).toEqual({
    _entities: [null, { quotes: { edges: [], pageInfo: { hasNextPage: false } } }],
  });
  expect(await ask(fixture.payments, ours.viewer, `{ quote(id: "${id}") { id } }`)).toEqual({ quote: null });
  const filter = { customerId: formatId('cus', theirs.customers[0]) };
  expect(idsOf(await list(ours.viewer, { first: 10, filter }))).toEqual([]);
});

test('a stream tells each step of one quote to its organization, and that there is none to everybody else', async () => {
  const [{ id }] = ours.quotes;
  const [created, accepted] = await readFeed(fixture, parseId('quo', id));
  const query = `subscription ($id: ID!) { quoteUpdated(id: $id) { cursor event { version kind } quote { id status } } }`;
  const told = (viewer: Viewer, event: FeedEvent | null | undefined, of = id) =>
    run(fixture.payments, viewer, query, { id: of }, { quoteUpdated: { cursor: 'c', event: event ?? null } });
  const quote = { id, status: 'ACCEPTED' };
  for (const [event, step] of [
    [null, null],
    [created, { version: 1, kind: 'CREATED' }],
    [accepted, { version: 2, kind: 'ACCEPTED' }],
  ] as const) {
    const { data } = await told(ours.viewer, event);
    expect(JSON.parse(JSON.stringify(data))).toEqual({ quoteUpdated: { cursor: 'c', event: step, quote } });
  }
  const payer = clientOf(ours.organizationId, ours.customers[0]);
  for (const viewer of [theirs.viewer, payer]) {
    expect((await told(viewer, null)).errors?.[0]?.message).toBe(`there is no ${id}`);
  }
  expect((await told(theirs.viewer, accepted)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect((await told(payer, accepted)).errors?.[0]?.message).toBe(`there is no ${id}`);
  expect((await told(ours.viewer, null, 'quo_x')).errors?.[0]?.message).toBe('there is no quo_x');
});

test("accepting another organization's quote, and pricing with its accounts, answers as for nothing", async () => {
  const [, { id }] = theirs.quotes;
  for (const quoteId of [id, formatId('quo', newUuid()), 'x']) {
    expect(await mutateQuote(fixture.payments, ours.viewer, 'acceptQuote', { quoteId })).toMatchObject({
      __typename: 'NotFound',
      message: `there is no ${quoteId}`,
    });
  }
  const rows = await fixture.rows('select status from payments.quote where id = $1', [parseId('quo', id)]);
  expect(rows).toEqual([{ status: 'OPEN' }]);
  const asked = {
    sourceId: acc(ours.usd),
    destinationId: acc(ours.partner),
    amount: '1',
    fixedSide: 'SOURCE',
    sourceAsset: 'USD',
    destinationAsset: 'USD',
  };
  for (const more of [
    { sourceId: acc(theirs.usd) },
    { destinationId: acc(theirs.usd) },
    { developerFees: [{ recipientId: acc(theirs.usd), flat: '0.10' }] },
  ]) {
    const answer = await mutateQuote(fixture.payments, ours.viewer, 'createQuote', { ...asked, ...more });
    expect(answer).toMatchObject({ __typename: 'NotFound', missingId: acc(theirs.usd) });
  }
});

test('the fee schedule of one organization is not that of another', async () => {
  await mutateQuote(fixture.payments, theirs.viewer, 'setPlatformFee', { asset: 'USD', percent: '5' });
  const quote = await quoted(fixture.payments, ours.viewer, {
    sourceId: acc(ours.usd),
    destinationId: acc(ours.partner),
    amount: '1',
    fixedSide: 'SOURCE',
    sourceAsset: 'USD',
    destinationAsset: 'USD',
  });
  expect(quote.source.fees.total.amount).toBe('0.00');
});

test('a client token sees no quote, nor what was charged for its own transaction, and makes none', async () => {
  const client = clientOf(ours.organizationId, ours.customers[1]);
  const [accepted, toOwn, open] = ours.quotes.map(({ id }) => id);
  expect(idsOf(await list(client, { first: 10 }))).toEqual([]);
  const query = 'query ($id: ID!) { quote(id: $id) { id } }';
  for (const id of [accepted, toOwn, open]) {
    expect(await ask(fixture.payments, client, query, { id })).toEqual({ quote: null });
  }
  const own = 'query ($id: ID!) { transaction(id: $id) { id quote { id } fees { kind } } }';
  const { id } = ours.transaction;
  const asked = await ask(fixture.payments, client, own, { id });
  expect(asked).toEqual({ transaction: { id, quote: null, fees: [] } });
  const answer = await run(
    fixture.payments,
    { ...client, scopes: ['*'] },
    'mutation ($input: AcceptQuoteInput!) { acceptQuote(input: $input) { __typename } }',
    { input: { idempotencyKey: newKey(), quoteId: open } },
  );
  expect(answer.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
});

test.each([
  ['transactions:read', '{ quotes(first: 1) { edges { cursor } } }'],
  [
    'transactions:write',
    'mutation { acceptQuote(input: { idempotencyKey: "k", quoteId: "x" }) { __typename } }',
  ],
  [
    'organization:write',
    'mutation { setPlatformFee(input: { idempotencyKey: "k", asset: "USD" }) { __typename } }',
  ],
])('without the scope %s the field is forbidden', async (scope, document) => {
  const others = ['transactions:read', 'transactions:write', 'organization:write'].filter(
    (one) => one !== scope,
  );
  const answer = await run(fixture.payments, keyOf(ours.organizationId, others), document);
  expect(answer.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
});
