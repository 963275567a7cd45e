import { formatId, type Uuid } from '../../platform/id.ts';
import {
  type Answer,
  acc,
  ask,
  clientOf,
  type Fixture,
  keyOf,
  mutate,
  newKey,
  openFixture,
  run,
} from './fixture.ts';
import { addPayer, handIn, ITEM, itemsFor, type Payer, payAll, readBatch } from './payoutsWorld.ts';

let fixture: Fixture;
let payer: Payer;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  payer = await addPayer(fixture, 1_000_00n);
});

const POLICY = `id customer { id } asset { code } perTransaction { amount } perDay { amount } perThirtyDays { amount }
  countPerDay usedToday { amount } usedInThirtyDays { amount } countToday`;
const SET = `mutation ($input: SetLimitPolicyInput!) { result: setLimitPolicy(input: $input) { __typename
  ... on LimitPolicy { ${POLICY} } ... on Failure { code message } ... on InvalidInput { field } } }`;

async function set(input: object, viewer = payer.viewer): Promise<Answer> {
  const { result } = await ask(fixture.payments, viewer, SET, {
    input: { idempotencyKey: newKey(), asset: 'USD', ...input },
  });
  return result;
}

async function policies(viewer = payer.viewer): Promise<Answer[]> {
  const query = `{ limitPolicies(first: 10) { edges { node { ${POLICY} } } } }`;
  const { limitPolicies } = await ask(fixture.payments, viewer, query);
  return limitPolicies.edges.map(({ node }: Answer) => node);
}

const pay = async (amount: string, more: object = {}): Promise<Answer> => {
  const sides = { sourceId: acc(payer.source), destinationId: acc(payer.payees[0] as Uuid) };
  const input = { ...sides, amount, asset: 'USD', ...more };
  return (await mutate(fixture.payments, payer.viewer, 'createTransaction', input)).result;
};

test('of a hundred payments at once exactly as many are made as the day has room for', async () => {
  await set({ perDay: '37.00' });
  const results = await Promise.all(Array.from({ length: 100 }, () => pay('1.00')));
  const made = results.filter(({ __typename }) => __typename === 'Transaction');
  expect(made).toHaveLength(37);
  expect(new Set(results.map(({ code }) => code))).toEqual(new Set([undefined, 'LIMIT_EXCEEDED']));
  expect(await policies()).toMatchObject([{ usedToday: { amount: '37.00' }, countToday: 37 }]);
});

test('a quote takes room when it is accepted, and is refused where there is none', async () => {
  await set({ perDay: '25.00' });
  const sides = { sourceId: acc(payer.source), destinationId: acc(payer.payees[0] as Uuid) };
  const price = { amount: '20.00', fixedSide: 'SOURCE', sourceAsset: 'USD', destinationAsset: 'USD' };
  const open =
    'mutation ($input: CreateQuoteInput!) { result: createQuote(input: $input) { ... on Quote { id } } }';
  const accept = `mutation ($input: AcceptQuoteInput!) { result: acceptQuote(input: $input) { __typename
    ... on LimitExceeded { window used { amount } requested { amount } } } }`;
  const results: Answer[] = [];
  for (let number = 0; number < 2; number++) {
    const quoted = { input: { idempotencyKey: newKey(), ...sides, ...price } };
    const { result: quote } = await ask(fixture.payments, payer.viewer, open, quoted);
    const accepted = { input: { idempotencyKey: newKey(), quoteId: quote.id } };
    results.push((await ask(fixture.payments, payer.viewer, accept, accepted)).result);
  }
  const refused = { window: 'DAY', used: { amount: '20.00' }, requested: { amount: '20.00' } };
  expect(results).toEqual([{ __typename: 'Transaction' }, { __typename: 'LimitExceeded', ...refused }]);
  expect(await policies()).toMatchObject([{ usedToday: { amount: '20.00' }, countToday: 1 }]);
});

test('two processes that race for the last room never both take it', async () => {
  const { createPayments } = await import('../../subgraphs/payments/main.ts');
  const { createLogger } = await import('../../platform/log.ts');
  const logger = createLogger({ level: 'silent', name: 'test' });
  const second = await createPayments({ databaseUrl: fixture.url, logger, runsWorkers: false });
  try {
    await set({ countPerDay: 25 });
    const payments = Array.from({ length: 80 }, (_, index) => {
      const input = {
        sourceId: acc(payer.source),
        destinationId: acc(payer.payees[0] as Uuid),
        amount: '1',
        asset: 'USD',
      };
      const subgraph = index % 2 === 0 ? fixture.payments : second;
      return mutate(subgraph, payer.viewer, 'createTransaction', input);
    });
    const results = await Promise.all(payments);
    const made = results.filter(({ result }) => result.__typename === 'Transaction');
    expect(made).toHaveLength(25);
    expect(await policies()).toMatchObject([{ countToday: 25, usedToday: { amount: '25.00' } }]);
  } finally {
    await second.close();
  }
});

test('the failure names the limit, what was used, what was asked for and when there is room again', async () => {
  const { id } = await set({ perTransaction: '50', perDay: '60', perThirtyDays: '70', countPerDay: 3 });
  const document = `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) { __typename
    ... on LimitExceeded { code retryable limitPolicyId window limit { amount } used { amount } requested { amount }
      limitCount usedCount resetsAt } } }`;
  const sides = { sourceId: acc(payer.source), destinationId: acc(payer.payees[0] as Uuid), asset: 'USD' };
  const exceed = async (amount: string): Promise<Answer> => {
    const input = { ...sides, idempotencyKey: newKey(), amount };
    return (await ask(fixture.payments, payer.viewer, document, { input })).result;
  };
  const amount = (text: string): object => ({ amount: text });
  const base = { __typename: 'LimitExceeded', code: 'LIMIT_EXCEEDED', retryable: false, limitPolicyId: id };
  const tomorrow = new Date(Math.ceil(Date.now() / 86_400_000) * 86_400_000).toISOString();
  expect(await exceed('50.01')).toMatchObject({
    ...base,
    window: 'TRANSACTION',
    limit: amount('50.00'),
    requested: amount('50.01'),
    resetsAt: null,
  });
  await pay('40');
  expect(await exceed('20.01')).toMatchObject({
    ...base,
    window: 'DAY',
    limit: amount('60.00'),
    used: amount('40.00'),
    resetsAt: tomorrow,
  });
  // Of ten days ago: it counts for thirty days and not for today.
  await fixture.rows(
    `insert into payments.limit_usage select policy_id, day - 10, organization_id, 2500, 1
       from payments.limit_usage where organization_id = $1`,
    [payer.organizationId],
  );
  const thirty = await exceed('5.01');
  expect(thirty).toMatchObject({ ...base, window: 'THIRTY_DAYS', used: amount('65.00') });
  expect(Date.parse(thirty.resetsAt) - Date.parse(tomorrow)).toBe(19 * 86_400_000);
  await pay('1');
  await pay('1');
  expect(await exceed('1')).toMatchObject({
    ...base,
    window: 'COUNT_PER_DAY',
    limitCount: 3,
    usedCount: 3,
    limit: null,
  });
});

test('what is canceled, runs out or is captured in part gives its room back, once', async () => {
  await set({ perDay: '10' });
  const held = await pay('10', { captureMethod: 'MANUAL' });
  expect(await pay('1')).toMatchObject({ __typename: 'LimitExceeded' });
  await mutate(fixture.payments, payer.viewer, 'cancelTransaction', { id: held.id });
  expect(await policies()).toMatchObject([{ usedToday: { amount: '0.00' }, countToday: 0 }]);
  await mutate(fixture.payments, payer.viewer, 'cancelTransaction', { id: held.id });
  const part = await pay('8', { captureMethod: 'MANUAL' });
  await mutate(fixture.payments, payer.viewer, 'captureTransaction', { id: part.id, amount: '3' });
  expect(await policies()).toMatchObject([{ usedToday: { amount: '3.00' }, countToday: 1 }]);
  expect(await pay('7.01')).toMatchObject({ __typename: 'LimitExceeded' });
  expect(await pay('7')).toMatchObject({ __typename: 'Transaction' });
});

test('a payment that is refused for another reason takes no room', async () => {
  await set({ perDay: '5000' });
  expect(await pay('1000.01')).toMatchObject({ __typename: 'InsufficientFunds' });
  expect(await policies()).toMatchObject([{ usedToday: { amount: '0.00' }, countToday: 0 }]);
});

test("a customer's limit is of that customer, and the organization's of all together", async () => {
  const customer = await fixture.addCustomer(payer.organizationId);
  const own = await fixture.openAccount(payer.organizationId, { customerId: customer, amountMinor: 100_00n });
  await set({ customerId: formatId('cus', customer), perDay: '5' });
  await set({ perDay: '8' });
  expect(await pay('5.01', { sourceId: acc(own) })).toMatchObject({ __typename: 'LimitExceeded' });
  expect(await pay('5', { sourceId: acc(own) })).toMatchObject({ __typename: 'Transaction' });
  expect(await pay('3.01')).toMatchObject({ __typename: 'LimitExceeded' });
  expect(await pay('3')).toMatchObject({ __typename: 'Transaction' });
  const stranger = await addPayer(fixture, 0n, 1);
  const foreign = await set({ customerId: formatId('cus', customer), perDay: '1' }, stranger.viewer);
  expect(foreign).toMatchObject({ __typename: 'NotFound' });
  expect(await policies(stranger.viewer)).toEqual([]);
});

test('setting a policy again replaces it, keeps what was used, and no scope means no', async () => {
  const first = await set({ perDay: '5' });
  await pay('5');
  const second = await set({ perDay: '6', countPerDay: 9 });
  expect(second).toMatchObject({
    id: first.id,
    perDay: { amount: '6.00' },
    countPerDay: 9,
    usedToday: { amount: '5.00' },
  });
  const none = await set({});
  expect(none).toMatchObject({ id: first.id, perDay: null, countPerDay: null });
  expect(await pay('500')).toMatchObject({ __typename: 'Transaction' });
  expect(await set({ perDay: '0' })).toMatchObject({ __typename: 'InvalidInput', field: 'perDay' });
  expect(await set({ countPerDay: 0 })).toMatchObject({ field: 'countPerDay' });
  const input = `{ idempotencyKey: "k", asset: "USD" }`;
  for (const viewer of [
    keyOf(payer.organizationId, ['transactions:write']),
    { ...clientOf(payer.organizationId, payer.source), scopes: ['*'] },
  ]) {
    const { errors } = await run(
      fixture.payments,
      viewer,
      `mutation { setLimitPolicy(input: ${input}) { __typename } }`,
    );
    expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  }
});

test('items of a batch beyond the limit fail alone and say that a later try may succeed', async () => {
  await set({ perDay: '2' });
  const batch = await handIn(fixture, payer, itemsFor(payer, 3));
  await payAll(fixture);
  const { items, status } = await readBatch(
    fixture,
    payer,
    batch.id,
    `items(first: 5) { edges { node { ${ITEM} } } }`,
  );
  expect(status).toBe('PARTIALLY_COMPLETED');
  expect(items.edges[2].node).toMatchObject({
    failure: { code: 'LIMIT_EXCEEDED', retryable: true },
    transaction: null,
  });
});
