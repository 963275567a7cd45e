import type { Viewer } from '../../platform/viewer.ts';
import { type Answer, acc, ask, keyOf, newKey } from '../payments/fixture.ts';
import { decide, openReviews, plainOf } from '../payments/screening/reviews.ts';
import { WIRE } from './asks.ts';
import { openWorld, type Tenant, type World } from './world.ts';

const LISTED = 'QUILLFEATHER, Zoltan';

let world: World;
let tenant: Tenant;
let plain: Viewer;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
  plain = plainOf(tenant.organizationId);
});
afterEach(() => world.expectSound());

const payments = () => world.fixture.payments;
const reviews = () => openReviews(payments(), tenant.viewer);
const untilReview = async (): Promise<Answer> =>
  (await world.eventually(reviews, (list) => list.length === 1))[0];

async function deposit(payerName: string | null, reference = acc(tenant.accountId)): Promise<void> {
  const query = `mutation ($input: SimulateBankDepositInput!) { result: simulateBankDeposit(input: $input) { __typename
    ... on Failure { code message } } }`;
  const input = { idempotencyKey: newKey(), rail: 'WIRE', amount: '25.00', reference, payerName };
  expect((await ask(payments(), tenant.viewer, query, { input })).result).toMatchObject({
    __typename: 'SandboxDone',
  });
}

async function receipts(viewer = plain, args = 'first: 10'): Promise<readonly Answer[]> {
  const query = `{ bankReceipts(${args}) { edges { node { id reference account { id } transaction { id status version
    events { kind } } } } } }`;
  const { bankReceipts } = await ask(payments(), viewer, query);
  return bankReceipts.edges.map(({ node }: { node: object }) => node);
}

async function assign(receiptId: string): Promise<Answer> {
  const query = `mutation ($input: AssignReceiptInput!) { result: assignReceipt(input: $input) { __typename
    ... on Failure { code message } } }`;
  const input = { receiptId, accountId: acc(tenant.accountId), idempotencyKey: newKey() };
  return (await ask(payments(), plain, query, { input })).result;
}

const credited = (list: readonly Answer[]): boolean => list.some(({ transaction }) => transaction !== null);

test('money from nobody who is listed, or whom the bank does not name, is credited at once', async () => {
  await deposit('Ada Example');
  await deposit(null);
  await world.eventually(
    () => receipts(),
    (list) => list.length === 2 && list.every(({ transaction }) => transaction),
  );
  expect(await world.balance(tenant, 'TREASURY')).toBe('105000');
  expect(await reviews()).toEqual([]);
});

test('money from somebody who is listed waits; to everybody else it is a receipt that is not settled yet', async () => {
  await deposit(LISTED);
  const review = await untilReview();
  expect(review).toMatchObject({
    subject: 'RECEIPT',
    reasons: ['SCREENING'],
    matches: [{ entry: 'sandbox-1', name: 'Zoltan Quillfeather', scorePercent: 100, field: 'NAME' }],
  });
  const [waiting] = await receipts();
  expect(waiting).toMatchObject({ id: review.arrivalId, transaction: null });
  expect(await receipts(plain, 'first: 10, unassigned: true')).toEqual([]);
  // What is answered to whoever wants to assign a receipt before it is settled.
  expect(await assign(waiting.id)).toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringContaining('in the books'),
  });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('0');
  // Others are not held up by it.
  await deposit('Ada Example');
  await world.eventually(() => receipts(), credited);
});

test('released, it is credited as any other', async () => {
  await deposit(LISTED);
  const { id } = await untilReview();
  expect(await decide(payments(), tenant.viewer, id, 'RELEASE')).toMatchObject({ status: 'RELEASED' });
  const [receipt] = await world.eventually(() => receipts(), credited);
  expect(receipt.transaction).toMatchObject({
    ...{ status: 'COMPLETED', version: 2, events: [{ kind: 'CREATED' }, { kind: 'COMPLETED' }] },
  });
  expect(await world.balance(tenant, 'TREASURY')).toBe('102500');
});

test('refused, it stays in suspense, where nobody can assign it to the customer after all', async () => {
  await deposit(LISTED);
  await decide(payments(), tenant.viewer, (await untilReview()).id, 'REFUSE');
  const [receipt] = await world.eventually(
    () => receipts(plain, 'first: 10, unassigned: true'),
    (list) => list.length === 1,
  );
  expect(await world.balance(tenant, 'SUSPENSE')).toBe('2500');
  expect(await assign(receipt.id)).toMatchObject({ code: 'INVALID_INPUT' });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});

test('what is for nobody is looked at before it can be assigned', async () => {
  await deposit(LISTED, 'no idea');
  const { id } = await untilReview();
  expect(await receipts(plain, 'first: 10, unassigned: true')).toEqual([]);
  await decide(payments(), tenant.viewer, id, 'RELEASE');
  const [receipt] = await world.eventually(
    () => receipts(plain, 'first: 10, unassigned: true'),
    (list) => list.length === 1,
  );
  expect(await assign(receipt.id)).toMatchObject({ __typename: 'Transaction' });
});

test('the payer is nowhere in the clear, held or not', async () => {
  await deposit('Nobodys Namesake');
  await deposit('Zoltan Qillfether');
  await untilReview();
  await world.eventually(() => receipts(), credited);
  expect(await world.everything()).not.toMatch(/namesake|qillfether|SIM000123456789/i);
});

test('a payout to somebody who is listed holds the money, and the bank is told once it is released', async () => {
  const paid = await world.pay(tenant, '10.00', {
    destinationBankAccount: { ...WIRE, accountHolderName: LISTED },
  });
  const { id, transaction } = await untilReview();
  expect(transaction).toEqual({ id: paid.id, status: 'UNDER_REVIEW' });
  expect(await world.order(paid.id)).toBeUndefined();
  const seen = await world.read({ ...tenant, viewer: plain }, paid.id);
  expect(seen).toMatchObject({ status: 'PROCESSING', version: 2 });
  expect(JSON.stringify(seen)).not.toMatch(/review|screen/i);
  await decide(payments(), tenant.viewer, id, 'RELEASE');
  await world.until(tenant, paid.id, 'COMPLETED');
});

test('without the scope nobody asks for reviews', async () => {
  const answer = await payments().execute({
    ...{ query: '{ reviews(first: 1) { edges { node { id } } } }', variables: {}, requestId: 'test' },
    viewer: keyOf(tenant.organizationId, ['transactions:read']),
  });
  expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
