import { createServer } from 'node:http';
import { queryOnce } from '../harness/embedded.ts';
import { ask } from '../payments/fixture.ts';
import { ACH, WIRE } from './asks.ts';
import { kindsOf, openWorld, type Tenant, type World } from './world.ts';

let world: World;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant();
});
afterEach(() => world.expectSound());

test('a wire is held, acknowledged and settled, and is final', async () => {
  const paid = await world.pay(tenant, '10.00', { reference: 'invoice 7' });
  expect(paid).toMatchObject({
    type: 'FIAT_TO_FIAT',
    status: 'PROCESSING',
    finality: 'PROVISIONAL',
    destination: { rail: 'WIRE', bankAccount: '****6789', reference: 'invoice 7' },
  });
  expect(paid.expectedBy).not.toBeNull();
  const done = await world.until(tenant, paid.id, 'COMPLETED');
  expect(kindsOf(done)).toEqual(['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', 'COMPLETED']);
  expect(done).toMatchObject({
    status: 'COMPLETED',
    finality: 'FINAL',
    reversibleUntil: null,
    expectedBy: null,
  });
  expect(done.events.at(-1).terminal).toBe(true);
  expect(await world.balance(tenant, 'TREASURY')).toBe('99000');
  expect(await world.balance(tenant, 'CLEARING')).toBe('1000');
});

test('what an endorsement or a limit does not allow is refused, and nothing is held', async () => {
  const restrict = (words: string) =>
    queryOnce(
      world.settings.databaseUrl,
      `update ledger.account set restrictions = '{${words}}' where id = '${tenant.accountId}'`,
    );
  await restrict('BANK');
  expect(await world.payOrFail(tenant, '10.00')).toMatchObject({ __typename: 'AccountRestricted' });
  await restrict('');
  const input = { idempotencyKey: 'limit', asset: 'USD', perTransaction: '9.99' };
  const set = 'mutation ($input: SetLimitPolicyInput!) { setLimitPolicy(input: $input) { __typename } }';
  const { setLimitPolicy } = await ask(world.fixture.payments, tenant.viewer, set, { input });
  expect(setLimitPolicy.__typename).toBe('LimitPolicy');
  expect(await world.payOrFail(tenant, '10.00')).toMatchObject({ __typename: 'LimitExceeded' });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});

const ended = (kind: string) => ['CREATED', 'SUBMITTED', 'ACKNOWLEDGED', kind];

test.each(['SLOW', 'DUPLICATE', 'OUT_OF_ORDER', 'LOST_CALLBACK', 'TIMEOUT_DONE', 'TIMEOUT_NOT_DONE'])(
  '%s: the payout is made once all the same',
  async (outcome) => {
    await world.outcome(tenant, outcome);
    const paid = await world.pay(tenant, '10.00');
    const done = await world.until(tenant, paid.id, 'COMPLETED');
    expect(kindsOf(done)).toEqual(ended('COMPLETED'));
    expect(await world.balance(tenant, 'TREASURY')).toBe('99000');
    expect(await world.balance(tenant, 'CLEARING')).toBe('1000');
  },
);

test('a late settlement waits as PROCESSING with its money held', async () => {
  await world.outcome(tenant, 'LATE', { delayMs: 1_500 });
  const paid = await world.pay(tenant, '10.00');
  const told = await world.until(tenant, paid.id, 'ACKNOWLEDGED');
  expect(told.status).toBe('PROCESSING');
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000 and -1000');
  expect(kindsOf(await world.until(tenant, paid.id, 'COMPLETED'))).toEqual(ended('COMPLETED'));
});

test('a refused payout frees the money and says why', async () => {
  await world.outcome(tenant, 'REJECT', { reasonCode: 'AC06' });
  const paid = await world.pay(tenant, '10.00');
  const failed = await world.until(tenant, paid.id, 'FAILED');
  expect(failed).toMatchObject({ status: 'FAILED', returnReason: 'AC06' });
  expect(failed.events.at(-1)).toMatchObject({ reason: { code: 'AC06' }, terminal: true });
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
});

test('what a bank does not answer for is UNKNOWN, and its money stays held', async () => {
  await world.stopSimulator();
  // Takes every call and says nothing; the simulated bank tells what it took within moments, in another way.
  const silent = createServer(() => undefined).listen(world.settings.simulatorPort, '127.0.0.1');
  const paid = await world.pay(tenant, '10.00');
  await world.untilOrder(paid.id, 'UNKNOWN');
  expect((await world.read(tenant, paid.id)).status).toBe('PROCESSING');
  expect(await world.balance(tenant, 'TREASURY')).toBe('100000 and -1000');
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  await world.startSimulator();
  await world.until(tenant, paid.id, 'ACKNOWLEDGED');
});

test('outcomes go by the reference, and by the last digits of the amount', async () => {
  const named = await world.pay(tenant, '10.00', { reference: 'sim:REJECT:RC01' });
  expect((await world.until(tenant, named.id, 'FAILED')).returnReason).toBe('RC01');
  const counted = await world.pay(tenant, '10.91');
  expect((await world.until(tenant, counted.id, 'FAILED')).returnReason).toBe('AC04');
});

describe('returns', () => {
  test('completed money that comes back is on the source again, and nothing else is', async () => {
    await world.outcome(tenant, 'RETURN', { reasonCode: 'AC03', delayMs: 1_000 });
    const paid = await world.pay(tenant, '10.00', { destinationBankAccount: ACH });
    const done = await world.until(tenant, paid.id, 'COMPLETED');
    expect(done).toMatchObject({ status: 'COMPLETED', finality: 'PROVISIONAL' });
    expect(done.reversibleUntil).not.toBeNull();
    expect(done.events.at(-1).terminal).toBe(false);
    const back = await world.until(tenant, paid.id, 'RETURNED');
    expect(kindsOf(back)).toEqual([...ended('COMPLETED'), 'RETURNED']);
    expect(back).toMatchObject({ status: 'RETURNED', returnReason: 'AC03', reversibleUntil: null });
    expect(back.events.at(-1)).toMatchObject({ terminal: true, amount: { amount: '10.00' } });
    expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
    expect(await world.balance(tenant, 'CLEARING')).toBe('0');
  });

  test('for an account that is closed by then it goes to suspense', async () => {
    const poor = await world.addTenant(1_000n);
    await world.outcome(poor, 'RETURN', { delayMs: 1_500 });
    const paid = await world.pay(poor, '10.00', { destinationBankAccount: ACH });
    await world.until(poor, paid.id, 'COMPLETED');
    await world.fixture.closeEmptyAccount(poor.accountId);
    const back = await world.until(poor, paid.id, 'RETURNED');
    expect(back.events.at(-1).reason.message).toContain('suspense');
    expect(await world.balance(poor, 'SUSPENSE')).toBe('1000');
  });

  test('when the window is over it is final, and a return is a difference that changes nothing', async () => {
    await world.outcome(tenant, 'RETURN', { delayMs: 2_500 });
    const paid = await world.pay(tenant, '10.00', { destinationBankAccount: ACH });
    await world.until(tenant, paid.id, 'COMPLETED');
    await world.endWindow(paid.id);
    const final = await world.until(tenant, paid.id, 'FINALIZED');
    expect(final).toMatchObject({ status: 'COMPLETED', finality: 'FINAL' });
    expect(final.events.at(-1).terminal).toBe(true);
    expect(await world.untilDifference(paid.id)).toMatchObject({ kind: 'CONTRADICTS_ORDER' });
    expect((await world.read(tenant, paid.id)).version).toBe(final.version);
  });

  test('a payout cannot be refunded along the rail', async () => {
    const paid = await world.pay(tenant, '10.00');
    await world.until(tenant, paid.id, 'COMPLETED');
    expect(await world.change(tenant, 'refundTransaction', paid.id)).toMatchObject({ code: 'INVALID_STATE' });
  });
});

test('a bank that refuses what it has settled is a difference; the end stays', async () => {
  await world.outcome(tenant, 'REJECT_AFTER_SETTLED');
  const paid = await world.pay(tenant, '10.00');
  await world.until(tenant, paid.id, 'COMPLETED');
  const difference = await world.untilDifference(paid.id);
  expect(difference).toMatchObject({ kind: 'CONTRADICTS_ORDER', organization_id: tenant.organizationId });
  // That it is final is known once the books have followed, which may be before or after the bank says so.
  expect(difference.detail).toMatch(/^REJECTED after the order was SETTLED(?: and final)?$/);
  expect(kindsOf(await world.read(tenant, paid.id))).toEqual(ended('COMPLETED'));
});

describe('cancelling', () => {
  test('what no bank has seen comes to nothing at once', async () => {
    await world.stopBank();
    const paid = await world.pay(tenant, '10.00');
    const canceled = await world.change(tenant, 'cancelTransaction', paid.id);
    expect(canceled).toMatchObject({ status: 'CANCELED' });
    await world.startBank();
    expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
    expect((await world.order(paid.id)).state).toBe('CANCELED');
    expect(await world.messagesOf(paid.id)).toEqual([]);
  });

  test('what a bank has, it is asked to call off', async () => {
    await world.outcome(tenant, 'ACCEPT_ONLY');
    const paid = await world.pay(tenant, '10.00');
    await world.until(tenant, paid.id, 'ACKNOWLEDGED');
    expect(await world.change(tenant, 'cancelTransaction', paid.id)).toMatchObject({ status: 'PROCESSING' });
    await world.until(tenant, paid.id, 'CANCELED');
    expect(await world.balance(tenant, 'TREASURY')).toBe('100000');
  });

  test('what is settled cannot be called off', async () => {
    const paid = await world.pay(tenant, '10.00');
    await world.until(tenant, paid.id, 'COMPLETED');
    expect(await world.change(tenant, 'cancelTransaction', paid.id)).toMatchObject({ code: 'INVALID_STATE' });
  });
});

describe('what is refused before it is held', () => {
  test.each([
    [
      { destinationBankAccount: { ...WIRE, routingNumber: '021000022' } },
      'destinationBankAccount.routingNumber',
    ],
    [{ destinationBankAccount: { ...WIRE, iban: 'DE89370400440532013000' } }, 'destinationBankAccount.iban'],
    [
      { destinationBankAccount: { ...WIRE, accountHolderName: ' ' } },
      'destinationBankAccount.accountHolderName',
    ],
    [{ destinationId: 'acc_01jx5c9v7ye8r9a1nq0bz3m4kd' }, 'destinationBankAccount'],
    [{ reference: 'x'.repeat(141) }, 'reference'],
    [{ captureMethod: 'MANUAL' }, 'captureMethod'],
  ])('%j', async (more, field) => {
    const refused = await world.payOrFail(tenant, '10.00', more);
    expect(refused).toMatchObject({ __typename: 'InvalidInput', field });
    expect(JSON.stringify(refused)).not.toContain('02100002');
  });

  test('an account in another asset than the rail counts, and more than there is', async () => {
    const sepa = { rail: 'SEPA', accountHolderName: 'Ada Example', iban: 'DE89370400440532013000' };
    const other = await world.payOrFail(tenant, '10.00', { destinationBankAccount: sepa });
    expect(other.code).toBe('ASSET_MISMATCH');
    expect((await world.payOrFail(tenant, '1000.01')).code).toBe('INSUFFICIENT_FUNDS');
  });
});

test('nothing of an account is stored in the clear, and the same key answers the same', async () => {
  const input = { idempotencyKey: 'once', reference: 'rent' };
  const paid = await world.pay(tenant, '10.00', input);
  expect((await world.pay(tenant, '10.00', input)).id).toBe(paid.id);
  const other = { ...input, destinationBankAccount: { ...WIRE, accountNumber: '000123456780' } };
  expect((await world.payOrFail(tenant, '10.00', other)).code).toBe('IDEMPOTENCY_KEY_REUSED');
  await world.until(tenant, paid.id, 'COMPLETED');
  const dump = await world.everything();
  expect(dump).toContain('****6789');
  for (const secret of ['000123456789', 'Ada Example', Buffer.from('Ada Example').toString('hex')]) {
    expect(dump).not.toContain(secret);
  }
});
