import { newUuid, parseId } from '../../platform/id.ts';
import { SIGNATURE_HEADER, signBytes } from '../../rails/bank/signature.ts';
import { kindsOf, openWorld, SECRET, type Tenant, type World } from './world.ts';

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
});

async function post(body: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const url = `http://127.0.0.1:${world.settings.bankPort}/callbacks`;
  const response = await fetch(url, { method: 'POST', body, headers });
  await response.arrayBuffer();
  return response.status;
}

const signed = (body: string, secret = SECRET, atMs = Date.now()) => ({
  [SIGNATURE_HEADER]: signBytes(secret, Buffer.from(body), atMs),
});

function event(orderKey: string, more: object = {}): string {
  const occurredAt = new Date().toISOString();
  const base = { type: 'ORDER', id: newUuid(), orderKey, kind: 'SETTLED', amountMinor: '1000', asset: 'USD' };
  return JSON.stringify({ ...base, reasonCode: null, occurredAt, ...more });
}

const messages = async (): Promise<number> => {
  const [row] = await world.fixture.rows<{ count: number }>(
    'select count(*)::int as count from bank.message',
  );
  return row?.count ?? -1;
};

test('what is not signed, by another, long ago or changed, is refused and leaves no trace', async () => {
  const before = await messages();
  const body = event(newUuid());
  const old = Date.now() - 301_000;
  expect(await post(body, {})).toBe(401);
  expect(await post(body, signed(body, 'another secret that is long enough'))).toBe(401);
  expect(await post(body, signed(body, SECRET, old))).toBe(401);
  expect(await post(`${body} `, signed(body))).toBe(401);
  expect(await post(body, { [SIGNATURE_HEADER]: 't=1,v1=zz' })).toBe(401);
  expect(await post('x'.repeat(70_000), signed('x'.repeat(70_000)))).toBe(413);
  expect(await messages()).toBe(before);
});

test('what is signed and is no message is refused', async () => {
  for (const body of ['', '[]', '{"type":"ORDER"}', event(newUuid(), { amountMinor: '-1' })]) {
    expect(await post(body, signed(body))).toBe(400);
  }
});

test('of an order that we never made, of another amount: a difference, and nothing moves', async () => {
  const unknown = event(newUuid());
  expect(await post(unknown, signed(unknown))).toBe(200);
  await world.outcome(tenant, 'ACCEPT_ONLY');
  const paid = await world.pay(tenant, '10.00');
  await world.until(tenant, paid.id, 'ACKNOWLEDGED');
  const more = event(parseId('txn', paid.id) ?? '', { amountMinor: '100000' });
  expect(await post(more, signed(more))).toBe(200);
  expect(await world.untilDifference(paid.id)).toMatchObject({ kind: 'CONTRADICTS_ORDER' });
  expect((await world.order(paid.id)).state).toBe('ACCEPTED');
  const kinds = await world.fixture.rows<{ kind: string }>('select kind from bank.difference order by kind');
  expect(kinds.map(({ kind }) => kind)).toEqual(['CONTRADICTS_ORDER', 'UNKNOWN_ORDER']);
});

test('one callback sent by many at once moves the order once', async () => {
  await world.outcome(tenant, 'ACCEPT_ONLY');
  const paid = await world.pay(tenant, '10.00');
  await world.until(tenant, paid.id, 'ACKNOWLEDGED');
  const body = event(parseId('txn', paid.id) ?? '');
  const statuses = await Promise.all(Array.from({ length: 10 }, () => post(body, signed(body))));
  expect(new Set(statuses)).toEqual(new Set([200]));
  const done = await world.until(tenant, paid.id, 'COMPLETED');
  expect(kindsOf(done)).toEqual(['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', 'COMPLETED']);
  expect(await world.balance(tenant, 'TREASURY')).toBe('99000');
});

test('money for nobody that we know is a difference', async () => {
  const body = JSON.stringify({
    ...{ type: 'ARRIVAL', id: newUuid(), receiptId: newUuid(), customer: newUuid(), rail: 'WIRE' },
    ...{
      amountMinor: '5',
      asset: 'USD',
      reference: '',
      payerAccount: '1234',
      occurredAt: new Date().toISOString(),
    },
  });
  expect(await post(body, signed(body))).toBe(200);
  const rows = await world.fixture.rows(`select 1 from bank.difference where kind = 'UNKNOWN_ACCOUNT'`);
  expect(rows).toHaveLength(1);
});

test('without a simulated bank its mutations are refused, and payouts too', async () => {
  const { ask, acc, newKey, openFixture } = await import('../payments/fixture.ts');
  const live = await openFixture();
  try {
    const { viewer } = tenant;
    const told = await ask(
      live.payments,
      viewer,
      `mutation ($a: SetNextBankOutcomeInput!, $b: SimulateBankDepositInput!) {
         a: setNextBankOutcome(input: $a) { __typename } b: simulateBankDeposit(input: $b) { __typename } }`,
      {
        a: { idempotencyKey: newKey(), outcome: 'SETTLE' },
        b: { idempotencyKey: newKey(), rail: 'WIRE', amount: '1', reference: 'x' },
      },
    );
    expect(told).toEqual({ a: { __typename: 'SandboxOnly' }, b: { __typename: 'SandboxOnly' } });
    const paid = await ask(
      live.payments,
      viewer,
      `mutation ($input: CreateTransactionInput!) { result: createTransaction(input: $input) {
         ... on InvalidInput { field expected } } }`,
      {
        input: {
          ...{ idempotencyKey: newKey(), sourceId: acc(tenant.accountId), amount: '1', asset: 'USD' },
          destinationBankAccount: {
            ...{ rail: 'WIRE', accountHolderName: 'A', routingNumber: '021000021', accountNumber: '12345' },
          },
        },
      },
    );
    expect(paid.result).toMatchObject({ field: 'destinationBankAccount' });
  } finally {
    await live.close();
  }
});

test('a simulated bank that does not answer is UNAVAILABLE, and told again with the same key', async () => {
  const { run } = await import('../payments/fixture.ts');
  const query = `mutation { result: setNextBankOutcome(input: { idempotencyKey: "again", outcome: REJECT }) {
    __typename } }`;
  await world.stopSimulator();
  const refused = await run(world.fixture.payments, tenant.viewer, query);
  await world.startSimulator();
  expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  const { errors } = await run(world.fixture.payments, tenant.viewer, query);
  expect(errors).toBeUndefined();
});
