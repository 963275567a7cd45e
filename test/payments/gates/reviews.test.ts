import { parseId, type Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { type Answer, acc, ask, clientOf, type Fixture, mutate, openFixture, run } from '../fixture.ts';
import {
  callReview,
  decideOn,
  payScreened,
  reviewOf,
  reviews,
  SUSPICIOUS,
  submitScreened,
} from './reviewing.ts';
import { brokenPromises, decide, keyFor, pay, read, setPolicy } from './world.ts';

let fixture: Fixture;
let organizationId: Uuid;
let maker: Viewer;
let officer: Viewer;
let sides: { source: Uuid; destination: Uuid };

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(async () => {
  expect(await brokenPromises(fixture)).toEqual([]);
  await fixture.close();
});
beforeEach(async () => {
  organizationId = await fixture.addOrganization();
  maker = keyFor(organizationId, ['transactions:*', 'accounts:*', 'approvals:*']);
  officer = keyFor(organizationId);
  sides = {
    source: await fixture.openAccount(organizationId, { amountMinor: 100_00n }),
    destination: await fixture.openAccount(organizationId),
  };
});

const request = () => ({
  sourceId: acc(sides.source),
  destinationId: acc(sides.destination),
  amount: '1.00',
  asset: 'USD',
});
const hold = (): Promise<string> => payScreened(fixture, maker, request());
const kinds = ({ events }: Answer): string[] => events.map(({ kind }: Answer) => kind);

test('what screening stops holds its money and waits; released, it goes on as if it had been slow', async () => {
  const id = await hold();
  expect(await read(fixture.payments, maker, id)).toMatchObject({ status: 'PROCESSING', version: 1 });
  expect(await read(fixture.payments, officer, id)).toMatchObject({ status: 'UNDER_REVIEW', version: 1 });
  expect(await reviewOf(fixture, maker, id)).toBeNull();
  expect(await reviewOf(fixture, officer, id)).toMatchObject({
    ...{ status: 'OPEN', subject: 'TRANSACTION', reasons: ['SCREENING'], listVersion: 'lists of a test' },
    ...{
      matches: SUSPICIOUS.matches,
      openedBy: maker.subjectId,
      transaction: { id, status: 'UNDER_REVIEW' },
    },
  });
  const released = await decideOn(fixture, officer, id, 'RELEASE');
  expect(released).toMatchObject({ status: 'RELEASED', version: 2, decidedBy: officer.subjectId });
  const done = await read(fixture.payments, maker, id);
  expect(done).toMatchObject({ status: 'COMPLETED', version: 2, capturedAmount: { amount: '1.00' } });
  expect(kinds(done)).toEqual(['CREATED', 'COMPLETED']);
  expect(await read(fixture.payments, officer, id)).toEqual(done);
});

test('what is refused comes to nothing, in words that say nothing of a review', async () => {
  const id = await hold();
  expect(await decideOn(fixture, officer, id, 'REFUSE')).toMatchObject({ status: 'REFUSED' });
  const failed = await read(fixture.payments, maker, id);
  expect(failed).toMatchObject({ status: 'FAILED', version: 2 });
  expect(failed.events[1].reason).toEqual({
    code: 'DECLINED',
    message: 'the payment was declined',
    retryable: false,
  });
  expect(await pay(fixture.payments, maker, sides, { amount: '100.00' })).toMatchObject({
    status: 'COMPLETED',
  });
});

test('of twenty that release, refuse and call off at once one is heard, and the money moves at most once', async () => {
  for (let round = 0; round < 4; round++) {
    const id = await hold();
    const { id: reviewId } = await reviewOf(fixture, officer, id);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index === 7
          ? mutate(fixture.payments, maker, 'cancelTransaction', { id }).then(({ result }) => result)
          : callReview(fixture, officer, 'decideReview', {
              reviewId,
              decision: index % 2 ? 'RELEASE' : 'REFUSE',
            }),
      ),
    );
    expect(
      answers.filter(({ __typename }) => __typename === 'Review' || __typename === 'Transaction'),
    ).toHaveLength(1);
    const done = await read(fixture.payments, officer, id);
    expect(['COMPLETED', 'FAILED', 'CANCELED']).toContain(done.status);
    expect(done.events).toHaveLength(2);
  }
});

test('what also has to be approved waits for both, whichever comes first', async () => {
  await setPolicy(fixture.payments, officer, [{ approvals: 1 }]);
  for (const first of ['REVIEW', 'APPROVAL']) {
    const id = await hold();
    expect(await read(fixture.payments, officer, id)).toMatchObject({ status: 'AWAITING_ACTION' });
    if (first === 'REVIEW') {
      await decideOn(fixture, officer, id, 'RELEASE');
      expect(await read(fixture.payments, officer, id)).toMatchObject({ status: 'AWAITING_ACTION' });
      await decide(fixture.payments, officer, 'approveTransaction', id);
    } else {
      await decide(fixture.payments, officer, 'approveTransaction', id);
      expect(await read(fixture.payments, officer, id)).toMatchObject({ status: 'UNDER_REVIEW' });
      expect(await read(fixture.payments, maker, id)).toMatchObject({ status: 'PROCESSING' });
      await decideOn(fixture, officer, id, 'RELEASE');
    }
    const done = await read(fixture.payments, maker, id);
    expect(kinds(done)).toEqual(['CREATED', 'APPROVAL_REQUESTED', 'APPROVED', 'COMPLETED']);
  }
});

test('somebody may put what waits before those who review, but nothing that went out', async () => {
  await setPolicy(fixture.payments, officer, [{ minAmount: '5.00', asset: 'USD', approvals: 1 }]);
  const done = await pay(fixture.payments, maker, sides);
  const open = (transactionId: string) =>
    callReview(fixture, officer, 'openReview', { transactionId, reason: 'a call came in' });
  expect(await open(done.id)).toMatchObject({ __typename: 'InvalidState' });
  const { id } = await pay(fixture.payments, maker, sides, { amount: '5.00' });
  const review = await open(id);
  expect(review).toMatchObject({ status: 'OPEN', reasons: ['a call came in'], listVersion: null });
  expect((await open(id)).id).toBe(review.id);
  await decide(fixture.payments, officer, 'approveTransaction', id);
  expect(await read(fixture.payments, officer, id)).toMatchObject({ status: 'UNDER_REVIEW' });
  await decideOn(fixture, officer, id, 'RELEASE');
  expect(await read(fixture.payments, officer, id)).toMatchObject({ status: 'COMPLETED' });
});

test('what would be refused by now ends instead of going out', async () => {
  const id = await hold();
  await fixture.rows(`update ledger.account set restrictions = '{CREDIT}' where id = $1`, [
    sides.destination,
  ]);
  expect(await decideOn(fixture, officer, id, 'RELEASE')).toMatchObject({ status: 'RELEASED' });
  const failed = await read(fixture.payments, maker, id);
  expect(failed).toMatchObject({ status: 'FAILED' });
  expect(failed.events.at(-1).reason).toMatchObject({ code: 'ACCOUNT_RESTRICTED' });
});

test('lists and filters show a payment under review to those who may know of it, and nothing but a slow one to others', async () => {
  const id = await hold();
  const list = async (viewer: Viewer, statuses: readonly string[]): Promise<string[]> => {
    const document = `query ($filter: TransactionFilter) { transactions(first: 10, filter: $filter) { edges { node { id } } } }`;
    const { transactions } = await ask(fixture.payments, viewer, document, { filter: { statuses } });
    return transactions.edges.map(({ node }: Answer) => node.id);
  };
  expect(await list(maker, ['PROCESSING'])).toEqual([id]);
  expect(await list(officer, ['PROCESSING'])).toEqual([]);
  expect(await list(officer, ['UNDER_REVIEW'])).toEqual([id]);
  expect(await list(officer, ['UNDER_REVIEW', 'PROCESSING'])).toEqual([id]);
  expect(await list(officer, ['COMPLETED'])).toEqual([]);
  const document = `{ transactions(first: 1, filter: { statuses: [UNDER_REVIEW] }) { edges { node { id } } } }`;
  const refused = await run(fixture.payments, maker, document);
  expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
  const elsewhere = keyFor(await fixture.addOrganization(), ['transactions:*']);
  expect((await run(fixture.payments, elsewhere, document)).errors?.[0]?.message).toBe(
    refused.errors?.[0]?.message,
  );
});

test('the queue is filtered, assigned and seen with the scope only, by the organization only', async () => {
  const id = await hold();
  const [review] = await reviews(fixture, officer, {
    statuses: ['OPEN'],
    subject: 'TRANSACTION',
    minAgeSeconds: 0,
  });
  expect(review).toMatchObject({ transaction: { id }, assignedTo: null });
  expect(await reviews(fixture, officer, { minAgeSeconds: 3_600 })).toEqual([]);
  const assigned = await callReview(fixture, officer, 'assignReview', {
    reviewId: review.id,
    assignedTo: 'night shift',
  });
  expect(assigned).toMatchObject({ assignedTo: 'night shift', version: 2 });
  expect(await reviews(fixture, officer, { assignedTo: 'night shift' })).toHaveLength(1);
  expect(await reviews(fixture, officer, { statuses: ['REFUSED'] })).toEqual([]);

  const stranger = keyFor(await fixture.addOrganization());
  expect(await reviews(fixture, stranger)).toEqual([]);
  expect(
    await callReview(fixture, stranger, 'decideReview', { reviewId: review.id, decision: 'RELEASE' }),
  ).toMatchObject({
    code: 'NOT_FOUND',
  });
  const one = `query ($id: ID!) { review(id: $id) { id } }`;
  expect(await ask(fixture.payments, stranger, one, { id: review.id })).toEqual({ review: null });
  const payer = clientOf(organizationId, await fixture.addCustomer(organizationId));
  for (const viewer of [maker, payer]) {
    expect(
      (await run(fixture.payments, viewer, one, { id: review.id })).errors?.[0]?.extensions,
    ).toMatchObject({
      code: 'FORBIDDEN',
    });
  }
  const entity = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Review { id } } }`;
  const representation = { r: [{ __typename: 'Review', id: review.id }] };
  expect(await ask(fixture.payments, maker, entity, representation)).toEqual({ _entities: [null] });
  expect(await ask(fixture.payments, officer, entity, representation)).toEqual({
    _entities: [{ id: review.id }],
  });
});

test('an item of a batch that screening stops goes on by itself when it is released, and fails where it is refused', async () => {
  const { handIn, payAll, readBatch } = await import('../payoutsWorld.ts');
  const { payItem } = await import('../../../subgraphs/payments/commands/payouts/payItem.ts');
  const { nextPayouts } = await import('../../../subgraphs/payments/store/payouts/nextPayouts.ts');
  const { openDatabase } = await import('../../../platform/postgres.ts');
  const payer = { organizationId, viewer: officer, source: sides.source, payees: [sides.destination] };
  const items = [1, 2, 3].map(() => ({ destinationId: acc(sides.destination), amount: '1' }));
  const batch = await handIn(fixture, payer, items);
  const writes = await openDatabase({ url: fixture.url, role: 'omsx_payments_writer', poolMax: 1 });
  const waiting = await nextPayouts(writes, { batches: 9, itemsOfEach: 9 }, []);
  await writes.close();
  const own = waiting.filter(({ batchId }) => batchId === parseId('bat', batch.id)).slice(0, 2);
  const ids: string[] = [];
  for (const item of own)
    ids.push(await submitScreened(fixture, { ...payItem(item), screening: SUSPICIOUS }));
  await payAll(fixture);
  expect(await readBatch(fixture, payer, batch.id)).toMatchObject({
    ...{ status: 'PROCESSING', processing: { count: 2 }, completed: { count: 1 } },
  });
  await decideOn(fixture, officer, ids[0] as string, 'RELEASE');
  await decideOn(fixture, officer, ids[1] as string, 'REFUSE');
  expect(await readBatch(fixture, payer, batch.id)).toMatchObject({
    ...{ status: 'PARTIALLY_COMPLETED', completed: { count: 2 }, failed: { count: 1 } },
  });
});
