import { parseId } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { FeedEvent } from '../../schema/events.ts';
import { readFeed } from '../payments/feed.ts';
import { type Answer, ask, clientOf, keyOf, run } from '../payments/fixture.ts';
import { openWorld, type Tenant, type World } from './world.ts';

let world: World;
let tenant: Tenant;
let id: string;
let code: string;

beforeAll(async () => {
  world = await openWorld();
  tenant = await world.addTenant();
  ({ id, code } = await world.cashIn(tenant));
});

afterAll(() => world.close());

const events = () => readFeed(world.fixture, parseId('csh', id));

const QUERY = `subscription ($id: ID!) { cashInUpdated(id: $id) { cursor event { version kind }
  cashIn { id status code codeMask } } }`;

const messageFor = (viewer: Viewer, event: FeedEvent | null, of = id) =>
  run(world.fixture.payments, viewer, QUERY, { id: of }, { cashInUpdated: { cursor: 'c', event } });

test('each step comes with its number and the cash-in as it is, and the code for its payer only', async () => {
  const [created, opened] = await events();
  const seen = async (viewer: Viewer, event: FeedEvent | undefined) =>
    JSON.parse(JSON.stringify((await messageFor(viewer, event ?? null)).data)).cashInUpdated;
  const plain = keyOf(tenant.organizationId, ['transactions:read']);
  expect(await seen(plain, created)).toMatchObject({
    ...{ cursor: 'c', event: { version: 1, kind: 'CREATED' } },
    cashIn: { id, status: 'OPEN', code: null },
  });
  expect(await seen(tenant.payer, opened)).toMatchObject({
    ...{ event: { version: 2, kind: 'OPENED' }, cashIn: { code } },
  });
  expect(await seen(plain, undefined)).toMatchObject({ event: null, cashIn: { status: 'OPEN' } });
});

test('a stream of what is not there, another organization’s or another customer’s is refused alike', async () => {
  const spy = await world.addTenant();
  const stranger = await world.fixture.addCustomer(tenant.organizationId);
  const [created] = await events();
  for (const viewer of [spy.viewer, clientOf(tenant.organizationId, stranger)]) {
    const first = await messageFor(viewer, null);
    expect(first.errors?.[0]?.message).toBe(`there is no ${id}`);
    const later = await messageFor(viewer, created ?? null);
    expect(later.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
  expect((await messageFor(tenant.viewer, null, 'csh_nothing')).errors?.[0]?.message).toBe(
    'there is no csh_nothing',
  );
});

test('events name the cash-in and whom it concerns, and nothing of a code', async () => {
  const feed = await events();
  const subjects = [parseId('csh', id), tenant.customerAccountId, tenant.customerId];
  for (const event of feed) {
    expect([...event.subjects].sort()).toEqual([...subjects].sort());
    expect(event.payload).toEqual({ id: parseId('csh', id) });
  }
  expect(JSON.stringify(feed)).not.toContain(code.slice(-4));
});

test('lists page in both directions, by status and customer', async () => {
  const more = [await world.cashIn(tenant), await world.cashIn(tenant)];
  const query = `query ($first: Int, $after: Cursor, $last: Int, $filter: CashInFilter) {
    cashIns(first: $first, after: $after, last: $last, filter: $filter) {
      edges { node { id } } pageInfo { hasNextPage endCursor } } }`;
  const list = async (variables: object) => {
    const { cashIns } = await ask(world.fixture.payments, tenant.viewer, query, { ...variables });
    return { ids: cashIns.edges.map(({ node }: Answer) => node.id), ...cashIns.pageInfo };
  };
  const [second, third] = more.map((one: Answer) => one.id);
  const newest = await list({ first: 2 });
  expect(newest).toMatchObject({ ids: [third, second], hasNextPage: true });
  expect(await list({ first: 2, after: newest.endCursor })).toMatchObject({ ids: [id], hasNextPage: false });
  expect((await list({ last: 1 })).ids).toEqual([id]);
  expect((await list({ first: 5, filter: { statuses: ['PAID'] } })).ids).toEqual([]);
  expect((await list({ first: 5, filter: { customerId: 'cus_nobody' } })).ids).toEqual([]);
});
