import { parseId } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { WEBHOOK_TYPES } from '../../subgraphs/payments/domain/webhookType.ts';
import { createPayments } from '../../subgraphs/payments/main.ts';
import { type Answer, ask } from '../payments/fixture.ts';
import { ACH, WIRE } from './asks.ts';
import { createRefundAsks, type RefundAsks } from './refundAsks.ts';
import { kindsOf, openWorld, type Tenant, type World } from './world.ts';

let world: World;
let asks: RefundAsks;
let tenant: Tenant;

beforeAll(async () => {
  world = await openWorld();
  asks = createRefundAsks(world);
});
afterAll(() => world.close());
beforeEach(async () => {
  tenant = await world.addTenant(0n);
});
afterEach(() => world.expectSound());

test('money that arrived goes back to whoever paid, as an order to their bank', async () => {
  const original = await asks.arrival(tenant, '25.00');
  const begun = await asks.refund(tenant, original, { amount: '10.00' });
  expect(begun).toMatchObject({
    type: 'REFUND',
    status: 'PROCESSING',
    refundOf: { id: original },
    destination: { rail: 'WIRE', bankAccount: '****6789', reference: 'Refund' },
  });
  expect(await asks.read(tenant, original)).toMatchObject({
    refundedAmount: { amount: '0.00' },
    refundingAmount: { amount: '10.00' },
  });
  await asks.untilStatus(tenant, begun.id, 'COMPLETED');
  const refunded = await asks.read(tenant, original);
  expect(refunded).toMatchObject({
    status: 'COMPLETED',
    refundedAmount: { amount: '10.00' },
    refundingAmount: { amount: '0.00' },
  });
  expect(kindsOf(refunded)).toEqual(['CREATED', 'COMPLETED', 'REFUND_STARTED', 'REFUNDED']);
  expect(refunded.events.at(-1)).toMatchObject({ relatedTransaction: { id: begun.id } });
  expect(await world.balance(tenant, 'TREASURY')).toBe('1500');
  expect(await world.balance(tenant, 'CLEARING')).toBe('-1500');
});

test("the payer is sealed: no table but the bank library's own has it, and the order opens it", async () => {
  const original = await asks.arrival(tenant, '5.00');
  const { id } = await asks.refund(tenant, original);
  await asks.untilStatus(tenant, id, 'COMPLETED');
  expect(await world.everything()).not.toContain(WIRE.accountNumber);
  expect(await world.everything()).not.toContain(WIRE.accountHolderName);
});

test('where the bank did not say who paid, an account has to be named, and may be on another rail', async () => {
  const original = await asks.arrival(tenant, '5.00', { payer: null });
  expect(await asks.refund(tenant, original)).toMatchObject({
    code: 'INVALID_INPUT',
    field: 'destinationBankAccount',
    value: null,
  });
  const { id } = await asks.refund(tenant, original, { destinationBankAccount: ACH });
  const done = await asks.untilStatus(tenant, id, 'COMPLETED');
  expect(done).toMatchObject({ destination: { rail: 'ACH', bankAccount: '****6789' } });
});

test('a bank account that is wrong, or of another Asset, is refused without being shown', async () => {
  const original = await asks.arrival(tenant, '5.00');
  const wrong = { ...ACH, routingNumber: '021000022' };
  const refused = await asks.refund(tenant, original, { destinationBankAccount: wrong });
  expect(refused).toMatchObject({ code: 'INVALID_INPUT', value: '(not shown)' });
  const iban = { rail: 'SEPA', accountHolderName: 'Ada', iban: 'DE89370400440532013000' };
  expect(await asks.refund(tenant, original, { destinationBankAccount: iban })).toMatchObject({
    code: 'ASSET_MISMATCH',
  });
  expect(await asks.refund(tenant, original, { destinationAddress: `0x${'a'.repeat(40)}` })).toMatchObject({
    code: 'INVALID_INPUT',
    field: 'destinationAddress',
  });
});

test('concurrent partial refunds never exceed the original, also while others of them fail', async () => {
  const original = await asks.arrival(tenant, '100.00');
  // An amount that ends in .91 is refused by the bank: what it took can be refunded again.
  const amounts = ['30.00', '30.91', '30.00', '30.91', '30.00', '30.00', '30.91', '30.00'];
  const answers = await Promise.all(
    amounts.map((amount) => asks.refund(tenant, original, { amount, returnPolicy: NO_RETRY })),
  );
  const begun = answers.filter(({ __typename }: Answer) => __typename === 'Transaction');
  expect(begun).toHaveLength(3);
  for (const one of answers) {
    if (one.__typename !== 'Transaction') expect(one.code).toBe('REFUND_EXCEEDS_CAPTURED');
  }
  const ended = await Promise.all(
    begun.map(({ id }: Answer) =>
      world.eventually(
        () => asks.read(tenant, id),
        ({ status }) => status !== 'PROCESSING',
      ),
    ),
  );
  const failed = ended.filter(({ status }) => status === 'FAILED').length;
  const left = (await asks.refund(tenant, original, { amount: '100.00' })).refundable.amount;
  expect(left).toBe(failed === 0 ? '10.00' : { 1: '40.00', 2: '70.00', 3: '100.00' }[failed]);
});

const NO_RETRY = { onReturn: 'CREDIT_SOURCE', retries: 0 };

test('a refund that the bank refuses gives back what it took, waits and is tried again, and then somebody has to look', async () => {
  const original = await asks.arrival(tenant, '25.00');
  await world.outcome(tenant, 'REJECT', { reasonCode: 'AC04' });
  const first = await asks.refund(tenant, original, {
    returnPolicy: { onReturn: 'CREDIT_SOURCE', retries: 1 },
  });
  const failed = await asks.untilStatus(tenant, first.id, 'FAILED');
  expect(failed.refundRecovery).toMatchObject({
    state: 'WAITING',
    attempt: 1,
    retries: 1,
    reasonCode: 'AC04',
  });
  expect(failed.refundRecovery.nextAttemptAt).not.toBeNull();
  expect(await asks.read(tenant, original)).toMatchObject({ refundingAmount: { amount: '0.00' } });
  expect(await world.balance(tenant, 'TREASURY')).toBe('2500');
  expect(await asks.open(tenant, 'escalatedRefunds')).toEqual([]);

  await world.outcome(tenant, 'REJECT', { reasonCode: 'AC06' });
  await world.fixture.rows('update payments.refund_recovery set next_at = now() where organization_id = $1', [
    tenant.organizationId,
  ]);
  const retried = await world.eventually(
    () => asks.read(tenant, first.id),
    ({ refundRecovery }) => refundRecovery.state === 'RETRIED',
  );
  const second = retried.refundRecovery.retriedById;
  const escalated = await asks.untilStatus(tenant, second, 'FAILED');
  expect(escalated.refundRecovery).toEqual({
    ...{
      state: 'ESCALATED',
      attempt: 2,
      retries: 1,
      nextAttemptAt: null,
      reasonCode: 'AC06',
      retriedById: null,
    },
  });
  expect(await asks.open(tenant, 'escalatedRefunds')).toEqual([second]);
  const timeline = await asks.read(tenant, original);
  expect(kindsOf(timeline).slice(2)).toEqual([
    ...['REFUND_STARTED', 'REFUND_FAILED', 'REFUND_STARTED', 'REFUND_FAILED', 'REFUND_ESCALATED'],
  ]);
  expect(timeline.events.at(3)).toMatchObject({ reason: { code: 'AC04', retryable: true } });
  expect(timeline.events.at(-1)).toMatchObject({ reason: { code: 'AC06', retryable: false } });

  const key = { idempotencyKey: 'the same retry', destinationBankAccount: ACH };
  const third = await asks.retry(tenant, second, key);
  expect(await asks.retry(tenant, second, key)).toEqual(third);
  expect(third).toMatchObject({ type: 'REFUND', destination: { rail: 'ACH' } });
  expect(await asks.retry(tenant, second)).toMatchObject({ code: 'INVALID_STATE' });
  await asks.untilStatus(tenant, third.id, 'COMPLETED');
  expect(await asks.open(tenant, 'escalatedRefunds')).toEqual([]);
  expect(await asks.read(tenant, original)).toMatchObject({ refundedAmount: { amount: '25.00' } });
});

test('an escalation is an event, which webhooks and streams tell, with the refund that it is about', async () => {
  const original = await asks.arrival(tenant, '25.00');
  await world.outcome(tenant, 'REJECT');
  const { id } = await asks.refund(tenant, original, { returnPolicy: NO_RETRY });
  await asks.untilStatus(tenant, id, 'FAILED');
  const [told] = await world.fixture.rows<{ payload: { event: Answer } }>(
    `select payload from platform.outbox where aggregate_id = $1 and type = 'TransactionRefundEscalated'`,
    [parseId('txn', original)],
  );
  expect(told?.payload.event).toMatchObject({
    kind: 'REFUND_ESCALATED',
    relatedTransactionId: parseId('txn', id),
  });
  expect(WEBHOOK_TYPES.get('transaction.refundEscalated')).toBe('TransactionRefundEscalated');
});

test('a refund over a rail is held to limits and endorsements as a payout is, and gives back its room when it fails', async () => {
  const original = await asks.arrival(tenant, '25.00');
  const setLimit = `mutation ($input: SetLimitPolicyInput!) { result: setLimitPolicy(input: $input) { __typename } }`;
  const input = { idempotencyKey: 'limit', asset: 'USD', perDay: '20.00' };
  await ask(world.fixture.payments, tenant.viewer, setLimit, { input });
  expect(await asks.refund(tenant, original)).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  await world.outcome(tenant, 'REJECT');
  const failing = await asks.refund(tenant, original, { amount: '15.00', returnPolicy: NO_RETRY });
  expect(await asks.refund(tenant, original, { amount: '6.00' })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  await asks.untilStatus(tenant, failing.id, 'FAILED');
  const kept = await asks.refund(tenant, original, { amount: '15.00' });
  expect(await asks.retry(tenant, failing.id)).toMatchObject({ code: 'REFUND_EXCEEDS_CAPTURED' });
  await asks.untilStatus(tenant, kept.id, 'COMPLETED');
  await world.fixture.rows(`update ledger.account set restrictions = '{BANK}' where id = $1`, [
    tenant.accountId,
  ]);
  expect(await asks.refund(tenant, original, { amount: '1.00' })).toMatchObject({
    code: 'ACCOUNT_RESTRICTED',
  });
});

test('what was refunded in another way is dismissed: by somebody once, or by itself when it is due', async () => {
  const original = await asks.arrival(tenant, '25.00');
  const fail = async (returnPolicy: object) => {
    await world.outcome(tenant, 'REJECT');
    const { id } = await asks.refund(tenant, original, { amount: '10.00', returnPolicy });
    await asks.untilStatus(tenant, id, 'FAILED');
    return id;
  };
  const escalated = await fail(NO_RETRY);
  const waiting = await fail({ onReturn: 'CREDIT_SOURCE', retries: 1 });
  const done = await asks.refund(tenant, original, { amount: '25.00' });
  await asks.untilStatus(tenant, done.id, 'COMPLETED');
  expect(await asks.retry(tenant, escalated)).toMatchObject({ code: 'REFUND_EXCEEDS_CAPTURED' });
  expect(await asks.dismiss(tenant, escalated, '')).toMatchObject({ code: 'INVALID_INPUT' });
  const answers = await Promise.all([1, 2, 3].map(() => asks.dismiss(tenant, escalated, 'paid in cash')));
  expect(answers.map(({ code = 'done' }) => code).sort()).toEqual(['INVALID_STATE', 'INVALID_STATE', 'done']);
  expect(await asks.open(tenant, 'escalatedRefunds')).toEqual([]);
  await world.fixture.rows(
    'update payments.refund_recovery set next_at = now() where refund_id = $1 and next_at is not null',
    [parseId('txn', waiting)],
  );
  await world.eventually(
    () => asks.read(tenant, waiting),
    ({ refundRecovery }) => refundRecovery.state === 'DISMISSED',
  );
  const reasons = (await asks.read(tenant, original)).events
    .filter(({ kind }: Answer) => kind === 'REFUND_DISMISSED')
    .map(({ reason }: Answer) => reason.message);
  expect(reasons).toEqual(['paid in cash', 'it was refunded in another way']);
  const other = await world.addTenant();
  expect(await asks.dismiss(other, waiting, 'x')).toMatchObject({ code: 'NOT_FOUND' });
});

test('refunds at once in two processes never exceed the original', async () => {
  const original = await asks.arrival(tenant, '25.00');
  const bank = { adapter: SIMULATOR, vault: await openFileVault(world.settings.keyFile, 'refuse') };
  const logger = createLogger({ level: 'silent', name: 'test' });
  const second = await createPayments({ databaseUrl: world.fixture.url, logger, runsWorkers: false, bank });
  const both = [world.fixture.payments, second];
  const text = `mutation ($input: RefundTransactionInput!) { result: refundTransaction(input: $input) { __typename } }`;
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const input = { idempotencyKey: `both ${index}`, id: original, amount: '4.00' };
      return ask(both[index % 2] ?? second, tenant.viewer, text, { input });
    }),
  );
  await second.close();
  const kinds = answers.map(({ result }) => result.__typename).sort();
  expect(kinds.filter((kind) => kind === 'Transaction')).toHaveLength(6);
  expect(kinds.filter((kind) => kind === 'RefundExceedsCaptured')).toHaveLength(14);
});

test('a refund that comes back after it arrived can be refunded again', async () => {
  const original = await asks.arrival(tenant, '25.00', { rail: 'ACH', payer: ACH });
  await world.outcome(tenant, 'RETURN');
  const { id } = await asks.refund(tenant, original);
  await asks.untilStatus(tenant, id, 'RETURNED');
  const timeline = await asks.read(tenant, original);
  expect(kindsOf(timeline).slice(2)).toEqual(['REFUND_STARTED', 'REFUNDED', 'REFUND_FAILED']);
  expect(timeline).toMatchObject({ refundedAmount: { amount: '0.00' } });
  expect(await world.balance(tenant, 'TREASURY')).toBe('2500');
  const again = await asks.retry(tenant, id);
  await asks.untilStatus(tenant, again.id, 'COMPLETED');
});

test('a refund is called off before its bank has it, and then nothing was refunded', async () => {
  const original = await asks.arrival(tenant, '25.00');
  await world.stopBank();
  const { id } = await asks.refund(tenant, original);
  expect(await world.change(tenant, 'cancelTransaction', id)).toMatchObject({ status: 'CANCELED' });
  expect(await asks.read(tenant, id)).toMatchObject({ refundRecovery: null });
  expect(await asks.read(tenant, original)).toMatchObject({ refundingAmount: { amount: '0.00' } });
  await world.startBank();
});

test('money that was spent meanwhile cannot be refunded, and neither can what left', async () => {
  const original = await asks.arrival(tenant, '25.00');
  const paid = await world.pay(tenant, '20.00');
  expect(await asks.refund(tenant, original)).toMatchObject({ code: 'INSUFFICIENT_FUNDS' });
  await asks.untilStatus(tenant, paid.id, 'COMPLETED');
  expect(await asks.refund(tenant, paid.id)).toMatchObject({ code: 'INVALID_STATE' });
  const refund = await asks.refund(tenant, original, { amount: '5.00' });
  await asks.untilStatus(tenant, refund.id, 'COMPLETED');
  expect(await asks.refund(tenant, refund.id)).toMatchObject({ code: 'INVALID_STATE' });
});
