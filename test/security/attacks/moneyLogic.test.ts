import { type Covered, expectCovered, type Json, openStack, type Stack, type Tenant } from './stack.ts';

/**
 * Goal: the attacks on the logic of money, by the numbers of the list that they are kept under, each over HTTP against
 * router and subgraphs as they run; those that need a chain, a receiver or a second process have tests of their own.
 */
let stack: Stack;
let tenant: Tenant;
let other: Tenant;

beforeAll(async () => {
  stack = await openStack();
  tenant = await stack.addTenant('Attacked');
  other = await stack.addTenant('Another');
});
afterAll(() => stack.close());

async function fresh(amount: string): Promise<string> {
  const account = await stack.mutate(
    tenant.apiKey,
    'createAccount',
    { asset: 'USD' },
    '... on Account { id }',
  );
  await stack.mutate(tenant.apiKey, 'createTransaction', {
    ...{ sourceId: tenant.own.treasuryId, destinationId: account.id, amount, asset: 'USD' },
  });
  return account.id;
}

async function availableOf(id: string): Promise<string> {
  const query = 'query ($id: ID!) { account(id: $id) { balance { available { amount } } } }';
  return (await stack.ask(tenant.apiKey, query, { id })).account.balance.available.amount;
}

const pay = (sourceId: string, amount: string, more: object = {}): Promise<Json> =>
  stack.mutate(tenant.apiKey, 'createTransaction', {
    ...{ sourceId, destinationId: tenant.own.acc, amount, asset: 'USD' },
    ...more,
  });

const countOf = (answers: readonly Json[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { code = 'done' } of answers) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
};

test('attack 32: of 100 spends of one balance at once exactly one succeeds', async () => {
  const account = await fresh('1.00');
  const answers = await Promise.all(Array.from({ length: 100 }, () => pay(account, '1.00')));
  expect(countOf(answers)).toEqual({ done: 1, INSUFFICIENT_FUNDS: 99 });
  expect(await availableOf(account)).toBe('0.00');
});

test('attack 33: one key 100 times at once has one effect and 100 equal answers', async () => {
  const account = await fresh('5.00');
  const key = { idempotencyKey: 'a hundred times' };
  const answers = await Promise.all(Array.from({ length: 100 }, () => pay(account, '1.00', key)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await availableOf(account)).toBe('4.00');
});

test('attack 34: the same key with another amount, recipient or source is refused and does nothing', async () => {
  const account = await fresh('5.00');
  const key = { idempotencyKey: 'one of a kind' };
  await pay(account, '1.00', key);
  const changed = [
    { amount: '1.01' },
    { destinationId: tenant.own.wal },
    { sourceId: tenant.own.treasuryId },
  ];
  for (const more of changed) {
    expect(await pay(account, '1.00', { ...key, ...more })).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  }
  expect(await pay(account, '1', key)).toMatchObject({ status: 'COMPLETED' });
  expect(await availableOf(account)).toBe('4.00');
});

test('attack 35: the key of one organization says and does nothing to another', async () => {
  const key = { idempotencyKey: 'the key of two', amount: '1.00', asset: 'USD' };
  const mine = await stack.mutate(tenant.apiKey, 'createTransaction', {
    ...{ ...key, sourceId: tenant.own.treasuryId, destinationId: tenant.own.acc },
  });
  const theirs = await stack.mutate(other.apiKey, 'createTransaction', {
    ...{ ...key, sourceId: other.own.treasuryId, destinationId: other.own.acc },
  });
  expect([mine.status, theirs.status]).toEqual(['COMPLETED', 'COMPLETED']);
  expect(mine.id).not.toBe(theirs.id);
});

test.each([
  ...[
    '0',
    '0.00',
    '-1',
    '+1',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    '1.0000001',
    '',
    '.',
    '1.',
    '.5',
    '1,5',
    '01',
    'NaN',
  ],
  ...['Infinity', '٣', '１', '1_000', `${2n ** 256n}`, '9'.repeat(80)],
])('attack 36: the amount %j is refused', async (amount) => {
  const answer = await stack.send(tenant.apiKey, {
    query: `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) { __typename
      ... on Failure { code } } }`,
    variables: {
      input: {
        ...{ idempotencyKey: `amount ${amount.slice(0, 40)}`, sourceId: tenant.own.treasuryId },
        ...{ destinationId: tenant.own.acc, amount, asset: 'USD' },
      },
    },
  });
  expect(answer.data?.result?.__typename ?? answer.errors[0].extensions.code).toMatch(
    /^(InvalidInput|BAD_USER_INPUT)$/,
  );
});

test('attack 36: an amount of 2^63 is exact and not there, and a number is no amount', async () => {
  expect(await pay(tenant.own.treasuryId, '92233720368547758.08')).toMatchObject({
    code: 'INSUFFICIENT_FUNDS',
  });
  const query = `mutation { createTransaction(input: { idempotencyKey: "n", sourceId: "${tenant.own.treasuryId}",
    destinationId: "${tenant.own.acc}", amount: 1e3, asset: "USD" }) { __typename } }`;
  expect((await stack.send(tenant.apiKey, { query })).data ?? null).toBeNull();
});

test('attack 37: to itself, also by its wallet, in another asset or with another scale, nothing moves', async () => {
  const { treasuryId, wal } = tenant.own;
  const before = await availableOf(treasuryId);
  expect(await pay(treasuryId, '1.00', { destinationId: treasuryId })).toMatchObject({
    field: 'destinationId',
  });
  const account = wal.replace('wal_', 'acc_');
  expect(await pay(wal, '1.00', { destinationId: account })).toMatchObject({ field: 'destinationId' });
  expect(await pay(treasuryId, '1.00', { asset: 'USDC' })).toMatchObject({ code: 'ASSET_MISMATCH' });
  expect(await pay(treasuryId, '1.00', { asset: 'NOPE' })).toMatchObject({ field: 'asset' });
  expect(await pay(treasuryId, '0.001')).toMatchObject({ field: 'amount' });
  expect(await availableOf(treasuryId)).toBe(before);
});

test('attack 38: what is held is resolved once, and never beyond what is held', async () => {
  const account = await fresh('20.00');
  const hold = async () => (await pay(account, '5.00', { captureMethod: 'MANUAL' })).id;
  const [posted, voided, raced] = [await hold(), await hold(), await hold()];
  const change = (name: string, id: string, more: object = {}) =>
    stack.mutate(tenant.apiKey, name, { id, ...more });
  expect(await change('captureTransaction', posted, { amount: '5.01' })).toMatchObject({ field: 'amount' });
  expect(await change('captureTransaction', posted)).toMatchObject({ status: 'COMPLETED' });
  expect(await change('captureTransaction', posted)).toMatchObject({ code: 'INVALID_STATE' });
  expect(await change('cancelTransaction', posted)).toMatchObject({ code: 'INVALID_STATE' });
  expect(await change('cancelTransaction', voided)).toMatchObject({ status: 'CANCELED' });
  expect(await change('captureTransaction', voided)).toMatchObject({ code: 'INVALID_STATE' });
  const racing = Array.from({ length: 20 }, (_, index) =>
    change(index % 2 === 0 ? 'captureTransaction' : 'cancelTransaction', raced),
  );
  expect(countOf(await Promise.all(racing))).toEqual({ done: 1, INVALID_STATE: 19 });
  expect(['15.00', '10.00']).toContain(await availableOf(account));
});

test('attack 39: aliases in one document run one after the other, and one that is refused undoes no other', async () => {
  const account = await fresh('1.00');
  const input = (key: string) =>
    `{ idempotencyKey: "${key}", sourceId: "${account}", destinationId: "${tenant.own.acc}", amount: "1.00", asset: "USD" }`;
  const one = (alias: string, key: string) =>
    `${alias}: createTransaction(input: ${input(key)}) { __typename ... on Transaction { id } ... on Failure { code } }`;
  const query = `mutation { ${one('a', 'alias 1')} ${one('b', 'alias 2')} ${one('c', 'alias 1')} }`;
  const { a, b, c } = await stack.ask(tenant.apiKey, query);
  expect([a.__typename, b.code]).toEqual(['Transaction', 'INSUFFICIENT_FUNDS']);
  expect(c).toEqual(a);
});

test('attack 40: refunds at once, and in whatever parts, never exceed what was captured', async () => {
  const account = await fresh('10.00');
  const { id } = await pay(account, '10.00');
  const refund = (amount: string) => stack.mutate(tenant.apiKey, 'refundTransaction', { id, amount });
  expect(await refund('10.01')).toMatchObject({ code: 'REFUND_EXCEEDS_CAPTURED' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => refund('3.00')));
  expect(countOf(answers)).toEqual({ done: 3, REFUND_EXCEEDS_CAPTURED: 17 });
  expect(await availableOf(account)).toBe('9.00');
});

test.each([
  ...[
    'http://127.0.0.1/',
    'https://127.0.0.1/',
    'https://169.254.169.254/latest',
    'https://[::1]/',
    'https://2130706433/',
  ],
  ...[
    'https://0177.0.0.1/',
    'https://0x7f.1/',
    'https://localhost/',
    'https://10.0.0.1/',
    'https://[::ffff:10.0.0.1]/',
  ],
])('attack 42: no endpoint is made at %s', async (url) => {
  const made = await stack.mutate(
    tenant.apiKey,
    'createWebhookEndpoint',
    { url, events: [], idempotencyKey: undefined },
    '__typename ... on Failure { code } ... on InvalidInput { field }',
  );
  expect(made).toMatchObject({ code: 'INVALID_INPUT', field: 'url' });
});

test('attack 43: an address with a wrong checksum is refused before anything else is looked at', async () => {
  const right = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
  const wrong = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD';
  const send = (destinationAddress: string) =>
    pay(tenant.own.wal, '1.00', { destinationId: null, destinationAddress });
  expect(await send(wrong)).toMatchObject({ code: 'INVALID_INPUT', field: 'destinationAddress' });
  expect(await send(right.toLowerCase().slice(0, -1))).toMatchObject({ field: 'destinationAddress' });
  expect(await send(right)).toMatchObject({ code: 'NOT_ON_CHAIN' });
});

const ELSEWHERE: readonly Covered[] = [
  [
    '32',
    'in two processes',
    'test/payments/exactlyOnce.test.ts',
    '100 parallel spends of one balance in two processes',
  ],
  [
    '33',
    'in two processes',
    'test/payments/exactlyOnce.test.ts',
    'one key 100 times in parallel in two processes',
  ],
  ['34', 'kept refusals', 'test/payments/exactlyOnce.test.ts', 'the same key with other input is refused'],
  ['35', 'of other operations', 'test/payments/exactlyOnce.test.ts', 'the key of another organization'],
  ['36', 'for each mutation', 'test/payments/inputs.test.ts', 'is refused, for each kind of mutation'],
  [
    '37',
    'by ids that name something else',
    'test/payments/inputs.test.ts',
    'source and destination must differ',
  ],
  [
    '38',
    'at the instant of expiry',
    'test/payments/expiry.test.ts',
    'a hold can be captured before its instant',
  ],
  [
    '40',
    'over a bank, while some fail',
    'test/bank/refunds.test.ts',
    'concurrent partial refunds never exceed',
  ],
  ['40', 'by random runs', 'test/model/model.test.ts', 'no more goes back than came'],
  ['41', 'secret, timestamp, body', 'test/payments/webhooks.test.ts', 'a message is refused by a receiver'],
  [
    '41',
    'old and new secret',
    'test/payments/webhooks.test.ts',
    'after a rotation the old and the new secret',
  ],
  ['41', 'callbacks of banks', 'test/bank/callbacks.test.ts', 'what is not signed, by another, long ago'],
  ['42', 'DNS rebinding', 'test/payments/webhookAddresses.test.ts', 'a name is resolved once a connection'],
  ['42', 'redirects', 'test/payments/webhookAddresses.test.ts', 'a redirect is not followed'],
  ['43', 'contracts and own addresses', 'test/payments/onchainSends.test.ts', 'where money may be sent to'],
  [
    '43',
    'of refunds',
    'test/payments/onchainRefunds.test.ts',
    'it never goes to where it came from by itself',
  ],
  ['44', 'other domain', 'test/onchain/authorizations.test.ts', 'what was signed cannot be changed'],
  ['44', 'expired', 'test/onchain/authorizations.test.ts', 'an expired and a future one are refused'],
  ['44', 'reused', 'test/onchain/authorizations.test.ts', 'a canceled authorization is refused'],
];

test('the attacks that need more than this stack have tests elsewhere', () => {
  expectCovered(ELSEWHERE);
});
