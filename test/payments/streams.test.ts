import { formatId, newUuid, parseId, type Uuid } from '../../platform/id.ts';
import type { Viewer } from '../../platform/viewer.ts';
import type { FeedEvent, StreamMessage } from '../../schema/events.ts';
import { readFeed } from './feed.ts';
import { acc, ask, clientOf, type Fixture, keyOf, openFixture, run, succeed, txn } from './fixture.ts';

let fixture: Fixture;
let organizationId: Uuid;
let viewer: Viewer;
let customer: Uuid;
let stranger: Uuid;
let mine: Uuid;
let partner: Uuid;
let id: string;
let events: readonly FeedEvent[];

beforeAll(async () => {
  fixture = await openFixture();
  organizationId = await fixture.addOrganization();
  viewer = keyOf(organizationId);
  customer = await fixture.addCustomer(organizationId);
  stranger = await fixture.addCustomer(organizationId);
  mine = await fixture.openAccount(organizationId, { customerId: customer, amountMinor: 1_000n });
  const other = await fixture.addCustomer(organizationId);
  partner = await fixture.openAccount(organizationId, { customerId: other });
  const input = { sourceId: acc(mine), destinationId: acc(partner), amount: '2.50', asset: 'USD' };
  const held = await succeed(fixture.payments, viewer, 'createTransaction', {
    ...input,
    captureMethod: 'MANUAL',
  });
  id = held.id;
  await succeed(fixture.payments, viewer, 'cancelTransaction', { id, reason: 'changed my mind' });
  events = await readFeed(fixture, organizationId);
});
afterAll(() => fixture.close());

const message = (index: number): StreamMessage => ({
  cursor: `c${index}`,
  event: events[index] as FeedEvent,
});
const FIRST: StreamMessage = { cursor: 'c0', event: null };

const STEP = `id version kind status leg amount { amount asset { code } } reason { code message retryable }
  nextAction expectedBy terminal occurredAt relatedTransaction { id }`;
const UPDATES = `subscription { transactionUpdates { cursor event { ${STEP} } } }`;
const UPDATED = `subscription ($id: ID!) { transactionUpdated(id: $id) { cursor event { ${STEP} } transaction { id status version } } }`;
const BALANCE = `subscription ($id: ID!) { balanceUpdates(accountId: $id) { cursor account { id }
  balance { posted { amount } pending { amount } available { amount asset { code scale } } version } } }`;

test('an event is told from its payload, the same as the timeline tells it, without a read', async () => {
  const { transaction } = await ask(
    fixture.payments,
    viewer,
    `query ($id: ID!) { transaction(id: $id) { events { ${STEP} } } }`,
    { id },
  );
  expect(events).toHaveLength(3);
  const before = fixture.payments.readCount();
  for (const index of events.keys()) {
    const { transactionUpdates } = await ask(
      fixture.payments,
      viewer,
      UPDATES,
      {},
      { transactionUpdates: message(index) },
    );
    expect(transactionUpdates).toEqual({ cursor: `c${index}`, event: transaction.events[index] });
  }
  expect(fixture.payments.readCount()).toBe(before);
});

test('the first message of a stream over many is a cursor and nothing else', async () => {
  const query = 'subscription { transactionUpdates { cursor event { id } transaction { id } } }';
  const data = await ask(fixture.payments, viewer, query, {}, { transactionUpdates: FIRST });
  expect(data.transactionUpdates).toEqual({ cursor: 'c0', event: null, transaction: null });
});

test('a stream of one transaction starts with it as it is, and each event carries it fresh', async () => {
  const first = await ask(fixture.payments, viewer, UPDATED, { id }, { transactionUpdated: FIRST });
  const now = { id, status: 'CANCELED', version: 3 };
  expect(first.transactionUpdated).toEqual({ cursor: 'c0', event: null, transaction: now });
  const later = await ask(fixture.payments, viewer, UPDATED, { id }, { transactionUpdated: message(1) });
  expect(later.transactionUpdated).toMatchObject({ event: { version: 2 }, transaction: now });
});

test('an unknown, malformed or foreign id ends the first message with the same error', async () => {
  const theirs = keyOf(await fixture.addOrganization());
  const answers = [
    await run(fixture.payments, viewer, UPDATED, { id: txn(newUuid()) }, { transactionUpdated: FIRST }),
    await run(fixture.payments, viewer, UPDATED, { id: 'x' }, { transactionUpdated: FIRST }),
    await run(fixture.payments, theirs, UPDATED, { id }, { transactionUpdated: FIRST }),
    await run(fixture.payments, theirs, BALANCE, { id: acc(mine) }, { balanceUpdates: FIRST }),
    await run(fixture.payments, viewer, BALANCE, { id: 'x' }, { balanceUpdates: FIRST }),
  ];
  for (const { errors } of answers) {
    expect(errors?.[0]?.message).toMatch(/^there is no /);
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', retryable: false });
  }
});

test('a balance comes from the payload, without a read, and is null where the event did not change it', async () => {
  const first = await ask(fixture.payments, viewer, BALANCE, { id: acc(mine) }, { balanceUpdates: FIRST });
  expect(first.balanceUpdates).toEqual({ cursor: 'c0', account: { id: acc(mine) }, balance: null });
  const before = fixture.payments.readCount();
  const told = await Promise.all(
    events.map((_, index) =>
      ask(fixture.payments, viewer, BALANCE, { id: acc(mine) }, { balanceUpdates: message(index) }),
    ),
  );
  expect(fixture.payments.readCount()).toBe(before);
  expect(told.map(({ balanceUpdates }) => balanceUpdates.balance)).toEqual([
    null,
    {
      posted: { amount: '10.00' },
      pending: { amount: '7.50' },
      available: { amount: '7.50', asset: { code: 'USD', scale: 2 } },
      version: 2,
    },
    {
      posted: { amount: '10.00' },
      pending: { amount: '10.00' },
      available: { amount: '10.00', asset: { code: 'USD', scale: 2 } },
      version: 3,
    },
  ]);
});

test('an event of another organization is refused, whatever was routed', async () => {
  const theirs = keyOf(await fixture.addOrganization());
  const { errors, data } = await run(
    fixture.payments,
    theirs,
    UPDATES,
    {},
    { transactionUpdates: message(1) },
  );
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(data).toBeNull();
});

test('a client token gets events of its customer only, and never the balance of the other side', async () => {
  const own = clientOf(organizationId, customer);
  const foreign = clientOf(organizationId, stranger);
  const seen = await ask(fixture.payments, own, UPDATES, {}, { transactionUpdates: message(1) });
  expect(seen.transactionUpdates.event.version).toBe(2);
  const balance = await ask(
    fixture.payments,
    own,
    BALANCE,
    { id: acc(mine) },
    { balanceUpdates: message(1) },
  );
  expect(balance.balanceUpdates.balance.version).toBe(2);
  const refused = [
    await run(fixture.payments, foreign, UPDATES, {}, { transactionUpdates: message(1) }),
    await run(fixture.payments, foreign, UPDATED, { id }, { transactionUpdated: FIRST }),
    await run(fixture.payments, own, BALANCE, { id: acc(partner) }, { balanceUpdates: message(1) }),
    await run(fixture.payments, own, BALANCE, { id: acc(partner) }, { balanceUpdates: FIRST }),
  ];
  expect(refused.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual([
    'FORBIDDEN',
    'BAD_USER_INPUT',
    'BAD_USER_INPUT',
    'BAD_USER_INPUT',
  ]);
});

test('a stream that is not served by the router says so', async () => {
  const { errors } = await run(fixture.payments, viewer, UPDATES);
  expect(errors?.[0]?.message).toBe('subscriptions are served by the router');
});

test('subjects are what a stream may be filtered by', () => {
  const subjects = events.map((event) => [...event.subjects].sort());
  const uuid = parseId('txn', id) as Uuid;
  expect(subjects[0]).toEqual(expect.arrayContaining([uuid, mine, partner, customer]));
  expect(new Set(subjects.map((list) => list.join())).size).toBe(1);
  expect(formatId('txn', events[0]?.aggregateId as Uuid)).toBe(id);
});
