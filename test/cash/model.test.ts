import fc from 'fast-check';
import { newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { type CashInbox, takeInCash } from '../../rails/cash/inbox/takeIn.ts';
import { CASH_FACTS, type CashFactKind } from '../../rails/cash/orderStates.ts';
import type { CashEvent } from '../../rails/cash/provider.ts';
import { CASH_SIMULATOR } from '../../rails/cash/simulator/client.ts';
import { expireDue } from '../../subgraphs/payments/workers/expire.ts';
import { CASH_INS, settleCashRound } from '../../subgraphs/payments/workers/settleCash.ts';
import { createRefundAsks, type RefundAsks } from '../bank/refundAsks.ts';
import { type Answer, acc } from '../payments/fixture.ts';
import { openWorld, type Tenant, type World } from './world.ts';

/** Each step proves the books of the whole database. */
jest.setTimeout(240_000);
const RUNS = Number.parseInt(process.env.OMSX_TEST_MODEL_RUNS ?? '6', 10);
const START_MINOR = 100_000n;
const AMOUNT_MINOR = 10_000n;

let world: World;
let writes: Database;
let inbox: CashInbox;
let refunds: RefundAsks;

beforeAll(async () => {
  world = await openWorld({ isBare: true });
  refunds = createRefundAsks(world);
  writes = await openDatabase({ url: world.fixture.url, role: 'omsx_payments_writer', poolMax: 2 });
  const vault = await openFileVault(world.settings.keyFile, 'refuse');
  inbox = { database: world.cashDatabase, vault, adapter: CASH_SIMULATOR };
});
afterAll(async () => {
  await writes.close();
  await world.close();
});

/** What was done so far, with nothing of how. */
interface Run {
  readonly tenant: Tenant;
  readonly cashIns: string[];
  readonly pickups: string[];
  /** What counters took. */
  taken: bigint;
}

type Step = (run: Run) => Promise<unknown>;

const ENDS = new Set(['PAID', 'CANCELED', 'FAILED']);
const endsSeen = new Map<string, string>();

/** Whatever happened: no money is lost or made, numbers have no gaps, and what has ended stays ended. */
async function expectSound({ tenant, cashIns, pickups, taken }: Run): Promise<void> {
  await world.expectSound();
  const [sums] = await world.fixture.rows<{ credited: string; suspended: string; unsettled: string }>(
    `select coalesce(sum(amount) filter (where transaction_id is not null), 0)::text as credited,
            coalesce(sum(amount) filter (where transaction_id is null and reason is not null), 0)::text as suspended,
            coalesce(sum(amount) filter (where settled_version = 0), 0)::text as unsettled
       from cash.receipt where organization_id = $1`,
    [tenant.organizationId],
  );
  const { credited = '0', suspended = '0', unsettled = '0' } = sums ?? {};
  expect(BigInt(credited) + BigInt(suspended) + BigInt(unsettled)).toBe(taken);
  for (const id of cashIns) {
    const { status } = await world.readCashIn(tenant.viewer, id);
    expect(endsSeen.get(id) ?? status).toBe(status);
    if (ENDS.has(status)) endsSeen.set(id, status);
    const [alive] = await world.fixture.rows<{ count: string }>(
      `select count(*) from cash.order where cash_in_id = $1
          and state not in ('SETTLED', 'EXPIRED', 'REJECTED', 'CANCELED') and cancel_asked_at is null`,
      [parseId('csh', id)],
    );
    expect(Number(alive?.count)).toBeLessThanOrEqual(1);
  }
  for (const id of pickups) {
    const { status, events } = await world.readPickup(tenant.viewer, id);
    expect(events.map(({ version }: Answer) => version)).toEqual(
      events.map((_: Answer, index: number) => index + 1),
    );
    expect(endsSeen.get(id) ?? status).toBe(status);
    if (events.at(-1).terminal) endsSeen.set(id, status);
  }
}

const pick = <One>(all: readonly One[], index: number): One | undefined =>
  all[index % Math.max(all.length, 1)];

const makeCashIn: Step = async ({ tenant, cashIns }) => {
  const destinationId = acc(tenant.customerAccountId);
  const input = { destinationId, network: 'COUNTERS_US', amount: '100', asset: 'USD' };
  // Nobody asks a network here, so that the answer does not wait for a code either.
  const { id } = await world.send(tenant.viewer, 'createCashIn', { ...input, idempotencyKey: newUuid() });
  cashIns.push(id);
};

const makePickup: Step = async ({ tenant, pickups }) => {
  const { id } = await world.pickup(tenant, '20');
  if (id !== undefined) pickups.push(id);
};

/** As the submitter does, before it calls. */
const submit: Step = ({ tenant }) =>
  world.fixture.rows(
    `update cash.order set state = 'SUBMITTING'
      where organization_id = $1 and state = 'QUEUED' and cancel_asked_at is null`,
    [tenant.organizationId],
  );

/** As it does with what is called off before anybody saw it. */
const callOff: Step = ({ tenant }) =>
  world.fixture.rows(
    `update cash.order set state = 'CANCELED', version = version + 1
      where organization_id = $1 and state = 'QUEUED' and cancel_asked_at is not null`,
    [tenant.organizationId],
  );

async function orderAt(tenant: Tenant, index: number): Promise<Answer> {
  const sql = 'select id, asset, amount, kind from cash.order where organization_id = $1 order by id';
  return pick(await world.fixture.rows<Answer>(sql, [tenant.organizationId]), index);
}

async function takeIn(event: CashEvent): Promise<void> {
  const bytes = new Uint8Array();
  expect(await takeInCash(inbox, { event, bytes })).not.toBe('REPEATED');
  expect(await takeInCash(inbox, { event, bytes })).toBe('REPEATED');
}

const tell =
  (index: number, kind: CashFactKind): Step =>
  async ({ tenant }) => {
    const order = await orderAt(tenant, index);
    // That a code was paid is told by its payment.
    if (order === undefined || (order.kind === 'CODE' && kind === 'SETTLED')) return;
    const of = {
      orderKey: order.id,
      kind,
      asset: 'USD',
      amountMinor: BigInt(order.amount),
      reasonCode: null,
    };
    const code = kind === 'READY' ? '123456789012' : null;
    await takeIn({ type: 'ORDER', id: newUuid(), ...of, code, occurredAt: new Date() });
  };

const pay =
  (index: number, isRight: boolean, isLate: boolean): Step =>
  async (run) => {
    const order = await orderAt(run.tenant, index);
    if (order?.kind !== 'CODE') return;
    const amountMinor = isRight ? AMOUNT_MINOR : AMOUNT_MINOR - 1n;
    const occurredAt = new Date(Date.now() + (isLate ? 7_200_000 : 0));
    const of = { orderKey: order.id, network: 'COUNTERS_US', asset: 'USD', amountMinor, occurredAt };
    const customer = run.tenant.organizationId;
    await takeIn({ type: 'PAYMENT', id: newUuid(), receiptId: newUuid(), customer, ...of });
    run.taken += amountMinor;
  };

const change =
  (name: 'refreshCashIn' | 'cancelCashIn', index: number): Step =>
  async ({ tenant, cashIns }) => {
    const id = pick(cashIns, index);
    if (id !== undefined) await world.send(tenant.viewer, name, { id, idempotencyKey: newUuid() });
  };

const cancelPickup =
  (index: number): Step =>
  async ({ tenant, pickups }) => {
    const id = pick(pickups, index);
    if (id !== undefined) await world.cancelTransaction(tenant, id);
  };

/** What came in goes back: an amount that is sometimes more than is left, to be picked up. */
const refund =
  (index: number, amount: string): Step =>
  async ({ tenant, cashIns, pickups }) => {
    const cashIn = pick(cashIns, index);
    const { transaction } = cashIn === undefined ? {} : await world.readCashIn(tenant.viewer, cashIn);
    if (transaction == null) return;
    const destinationCashPickup = { network: 'COUNTERS_US', recipientName: 'Ada Example' };
    const begun = await refunds.refund(tenant, transaction.id, { amount, destinationCashPickup });
    if (begun.__typename === 'Transaction') pickups.push(begun.id);
  };

const retry =
  (index: number): Step =>
  async ({ tenant, pickups }) => {
    const id = pick(pickups, index);
    const begun = id === undefined ? {} : await refunds.retry(tenant, id);
    if (begun.__typename === 'Transaction') pickups.push(begun.id);
  };

const settle: Step = async () => {
  const logger = createLogger({ level: 'silent', name: 'test' });
  await settleCashRound({ database: writes, lane: world.fixture.payments.lane, logger }, new Map());
};

const runOut =
  (index: number): Step =>
  async ({ cashIns }) => {
    const id = pick(cashIns, index);
    if (id === undefined) return;
    const sql = 'update payments.cash_in set expires_at = clock_timestamp() where id = $1';
    await world.fixture.rows(sql, [parseId('csh', id) as Uuid]);
    await expireDue(CASH_INS, writes, world.fixture.payments.lane);
  };

/** Something is paid in at first, so that there is what can go back. */
const PAID_IN = [makeCashIn, submit, tell(0, 'READY'), settle, pay(0, true, false), settle];

const index = fc.nat({ max: 3 });
const likely = fc.constantFrom<CashFactKind>('READY', 'READY', 'READY', 'SETTLED', 'CANCELED', 'EXPIRED');
const steps = [
  fc.constant(makePickup),
  fc.constant(submit),
  fc.constant(submit),
  fc.constant(callOff),
  fc.tuple(index, likely).map(([one, kind]) => tell(one, kind)),
  fc.tuple(index, likely).map(([one, kind]) => tell(one, kind)),
  fc.tuple(index, fc.constantFrom(...CASH_FACTS)).map(([one, kind]) => tell(one, kind)),
  index.map((one) => pay(one, true, false)),
  fc.tuple(index, fc.boolean(), fc.boolean()).map(([one, isRight, isLate]) => pay(one, isRight, isLate)),
  index.map((one) => change('refreshCashIn', one)),
  index.map((one) => change('cancelCashIn', one)),
  index.map(cancelPickup),
  fc.tuple(index, fc.constantFrom('20', '45', '98.5')).map(([one, amount]) => refund(one, amount)),
  fc.tuple(index, fc.constantFrom('20', '45')).map(([one, amount]) => refund(one, amount)),
  index.map(retry),
  index.map(runOut),
  fc.constant(settle),
  fc.constant(settle),
  fc.constant(settle),
];

test('whatever networks and people do, in whatever order, no cash is lost or made, and what has ended stays ended', async () => {
  const runs = fc.array(fc.oneof(...steps), { minLength: 15, maxLength: 26, size: 'max' });
  await fc.assert(
    fc.asyncProperty(runs, async (run) => {
      const tenant = await world.addTenant(START_MINOR);
      const state: Run = { tenant, cashIns: [], pickups: [], taken: 0n };
      for (const step of PAID_IN) await step(state);
      for (const step of [refund(0, '45'), submit, ...run, settle]) {
        await step(state);
        await expectSound(state);
      }
      const unsettled = await world.fixture.rows(
        `select id::text from cash.order where settled_version < version and organization_id = $1
          union all select id::text from cash.receipt where settled_version < version and organization_id = $1`,
        [tenant.organizationId],
      );
      expect(unsettled).toEqual([]);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
