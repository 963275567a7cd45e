import fc from 'fast-check';
import { newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import { placeKeyOf } from '../../rails/bank/externalAccounts/fingerprint.ts';
import { type Inbox, takeIn } from '../../rails/bank/inbox/takeIn.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { screeningOfMode } from '../../rails/screening/screeningOfMode.ts';
import { expireDue } from '../../subgraphs/payments/workers/expire.ts';
import { REFUND_RETRIES } from '../../subgraphs/payments/workers/retryRefunds.ts';
import { settleBankRound } from '../../subgraphs/payments/workers/settleBank.ts';
import { type Answer, acc, txn } from '../payments/fixture.ts';
import { ACH } from './asks.ts';
import { FACTS, type Fact, type ModelPayout, settleModel, tellModel } from './model.ts';
import { createRefundAsks, type RefundAsks } from './refundAsks.ts';
import { openWorld, SECRET, type Tenant, type World } from './world.ts';

/**
 * Goal: whatever arrives, is paid, refunded in parts, refused, returned, called off and tried again, in whatever order, no
 * more goes back than came, nothing is lost, and each refund ends where its order did.
 * Method: random runs of those steps, each followed by the proof of all books and by what the model knows.
 */
jest.setTimeout(180_000);
const RUNS = Number.parseInt(process.env.OMSX_TEST_MODEL_RUNS ?? '6', 10);
const [STEPS_MIN, STEPS_MAX] = [15, 25];
const START_MINOR = 2_000n;

let world: World;
let asks: RefundAsks;
let writes: Database;
let inbox: Inbox;

beforeAll(async () => {
  world = await openWorld({ isBare: true });
  asks = createRefundAsks(world);
  writes = await openDatabase({ url: world.fixture.url, role: 'omsx_payments_writer', poolMax: 2 });
  const vault = await openFileVault(world.settings.keyFile, 'refuse');
  const logger = createLogger({ level: 'silent', name: 'test' });
  const screener = { provider: screeningOfMode('sandbox'), logger };
  inbox = { database: world.bankDatabase, vault, placeKey: placeKeyOf(SECRET), adapter: SIMULATOR, screener };
});
afterAll(async () => {
  await writes?.close();
  await world?.close();
});

/** Payouts and refunds, which are the same to a bank, and what arrived. */
interface Model {
  readonly tenant: Tenant;
  readonly orders: ModelPayout[];
  readonly arrivals: { readonly id: string; readonly amountMinor: bigint }[];
}

interface Row {
  readonly id: Uuid;
  readonly status: ModelPayout['books'];
  readonly refundOf: Uuid | null;
  readonly amountMinor: string;
  readonly version: number;
  readonly retriedBy: Uuid | null;
  readonly attempt: number | null;
}

const ROWS = `select transaction.id, transaction.status, transaction.refund_of as "refundOf",
    transaction.source_amount::text as "amountMinor", transaction.version, recovery.retried_by as "retriedBy", recovery.attempt
  from payments.transaction left join payments.refund_recovery recovery on recovery.refund_id = transaction.id
  where transaction.organization_id = $1 order by transaction.id`;

const isLive = ({ status }: Row): boolean => status === 'PROCESSING' || status === 'COMPLETED';
const sum = (rows: readonly Row[]): bigint =>
  rows.reduce((total, { amountMinor }) => total + BigInt(amountMinor), 0n);

async function compare({ tenant, orders, arrivals }: Model): Promise<void> {
  await world.expectSound();
  const rows = await world.fixture.rows<Row>(ROWS, [tenant.organizationId]);
  for (const { id, amountMinor } of arrivals) {
    const own = rows.filter((row) => row.refundOf === parseId('txn', id));
    expect(sum(own.filter(isLive)) <= amountMinor).toBe(true);
    const places = own.flatMap(({ retriedBy }) => retriedBy ?? []);
    expect(new Set(places).size).toBe(places.length);
  }
  for (const { uuid, books } of orders) {
    expect([uuid, rows.find(({ id }) => id === uuid)?.status]).toEqual([uuid, books]);
  }
  const known = new Set<string>([
    ...orders.map(({ uuid }) => uuid as string),
    ...arrivals.map(({ id }) => parseId('txn', id) ?? ''),
  ]);
  expect(rows.filter(({ id }) => !known.has(id))).toEqual([]);
  const came = arrivals.reduce((total, { amountMinor }) => total + amountMinor, START_MINOR);
  const went = orders
    .filter(({ books }) => books === 'COMPLETED')
    .reduce((total, one) => total + one.amountMinor, 0n);
  const held = orders
    .filter(({ books }) => books === 'PROCESSING')
    .reduce((total, one) => total + one.amountMinor, 0n);
  expect(await world.balance(tenant, 'TREASURY')).toBe(
    held === 0n ? `${came - went}` : `${came - went} and ${-held}`,
  );
}

interface Step {
  run(model: Model): Promise<void>;
  toString(): string;
}

function step(name: string, run: (model: Model) => Promise<void>): Step {
  return {
    async run(model) {
      await run(model);
      await compare(model);
    },
    toString: () => name,
  };
}

const text = (cents: bigint): string => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
const begun = { bank: 'QUEUED', books: 'PROCESSING', isFinal: false, differences: 0 } as const;

function add({ orders }: Model, { id }: Answer, amountMinor: bigint): void {
  const all = { amountMinor, orderMinor: amountMinor, backMinor: amountMinor, asset: 'USD' };
  orders.push({ ...begun, ...all, id, uuid: parseId('txn', id) as Uuid });
}

function available({ orders, arrivals }: Model): bigint {
  const gone = orders.filter(({ books }) => books === 'COMPLETED' || books === 'PROCESSING');
  const came = arrivals.reduce((total, { amountMinor }) => total + amountMinor, START_MINOR);
  return came - gone.reduce((total, { amountMinor }) => total + amountMinor, 0n);
}

const settleAll = async ({ orders }: Model): Promise<void> => {
  const logger = createLogger({ level: 'silent', name: 'test' });
  await settleBankRound({ database: writes, lane: world.fixture.payments.lane, logger }, new Map());
  for (const order of orders) settleModel(order, true);
};

const arrive = (amountMinor: bigint): Step =>
  step(`arrive ${amountMinor}`, async (model) => {
    const { tenant, arrivals } = model;
    const reference = acc(tenant.accountId);
    const money = { rail: 'ACH', amountMinor, asset: 'USD', payerAccount: ACH.accountNumber } as const;
    const event = {
      ...({
        ...money,
        type: 'ARRIVAL',
        id: newUuid(),
        receiptId: newUuid(),
        customer: tenant.organizationId,
      } as const),
      ...{ reference, payer: { ...ACH, rail: 'ACH' as const }, occurredAt: new Date(), paidTo: null },
    };
    expect(await takeIn(inbox, { event, bytes: new Uint8Array() })).toBe('APPLIED');
    await settleAll(model);
    const [row] = await world.fixture.rows<{ id: Uuid }>(
      'select transaction_id as id from bank.receipt where provider_id = $1',
      [event.receiptId],
    );
    arrivals.push({ id: txn(row?.id as Uuid), amountMinor });
  });

const pay = (amountMinor: bigint): Step =>
  step(`pay ${amountMinor}`, async (model) => {
    const isEnough = available(model) >= amountMinor;
    const paid = await world.payOrFail(model.tenant, text(amountMinor), { destinationBankAccount: ACH });
    expect(paid.__typename).toBe(isEnough ? 'Transaction' : 'InsufficientFunds');
    if (isEnough) add(model, paid, amountMinor);
  });

/** Several at once, of which as many as there is room for must begin. */
const refund = (index: number, amountMinor: bigint, times: number): Step =>
  step(`refund ${amountMinor} of ${index}, ${times} at once`, async (model) => {
    const original = model.arrivals[index % model.arrivals.length];
    if (original === undefined) return;
    const rows = await world.fixture.rows<Row>(ROWS, [model.tenant.organizationId]);
    const own = rows.filter((row) => row.refundOf === parseId('txn', original.id)).filter(isLive);
    let room = original.amountMinor - sum(own);
    if (available(model) < room) room = available(model);
    const answers = await Promise.all(
      Array.from({ length: times }, () =>
        asks.refund(model.tenant, original.id, {
          amount: text(amountMinor),
          returnPolicy: { onReturn: 'CREDIT_SOURCE', retries: 2 },
        }),
      ),
    );
    const made = answers.filter(({ __typename }) => __typename === 'Transaction');
    const most = room / amountMinor;
    expect(BigInt(made.length)).toBe(most < BigInt(times) ? most : BigInt(times));
    for (const one of made) add(model, one, amountMinor);
  });

/** As the submitter does, before it calls. */
const send = (index: number): Step =>
  step(`send ${index}`, async ({ orders }) => {
    const order = orders[index % Math.max(orders.length, 1)];
    if (order?.bank !== 'QUEUED') return;
    await world.fixture.rows(`update bank.order set state = 'SUBMITTING' where id = $1`, [order.uuid]);
    order.bank = 'SENT';
  });

const tell = (index: number, kind: Fact): Step =>
  step(`tell ${index} ${kind}`, async ({ orders }) => {
    const order = orders[index % Math.max(orders.length, 1)];
    if (order === undefined || order.bank === 'QUEUED') return;
    const of = {
      orderKey: order.uuid,
      kind,
      amountMinor: order.amountMinor,
      asset: 'USD',
      reasonCode: 'AC04',
    };
    const event = { type: 'ORDER' as const, id: newUuid(), ...of, occurredAt: new Date() };
    await takeIn(inbox, { event, bytes: new Uint8Array() });
    tellModel(order, kind, true);
  });

const cancel = (index: number): Step =>
  step(`cancel ${index}`, async ({ orders, tenant }) => {
    const order = orders[index % Math.max(orders.length, 1)];
    if (order === undefined) return;
    await world.change(tenant, 'cancelTransaction', order.id);
    if (order.books === 'PROCESSING' && order.bank === 'QUEUED') {
      [order.bank, order.books] = ['CANCELED', 'CANCELED'];
    }
  });

/** Time passes: all that waits is tried again, and what took its place is a refund like any other. */
const retryDue = (): Step =>
  step('retry what is due', async (model) => {
    const { organizationId } = model.tenant;
    const due = `update payments.refund_recovery set next_at = now() where organization_id = $1 and state = 'WAITING'`;
    await world.fixture.rows(due, [organizationId]);
    await expireDue(REFUND_RETRIES, writes, world.fixture.payments.lane);
    const rows = await world.fixture.rows<Row>(ROWS, [organizationId]);
    const known = new Set(model.orders.map(({ uuid }) => uuid));
    const places = new Set(rows.flatMap(({ retriedBy }) => retriedBy ?? []));
    for (const { id, amountMinor } of rows) {
      if (places.has(id) && !known.has(id)) add(model, { id: txn(id) }, BigInt(amountMinor));
    }
    for (const { attempt } of rows) expect((attempt ?? 0) <= 3).toBe(true);
  });

const index = fc.nat({ max: 3 });
const amount = fc.bigInt({ min: 1n, max: 900n });
const likely = fc.constantFrom<Fact>('ACCEPTED', 'SETTLED', 'SETTLED', 'RETURNED', 'REJECTED');
const steps = [
  amount.map(arrive),
  amount.map(pay),
  fc
    .tuple(index, amount, fc.integer({ min: 1, max: 4 }))
    .map(([one, minor, times]) => refund(one, minor, times)),
  fc
    .tuple(index, amount, fc.integer({ min: 1, max: 4 }))
    .map(([one, minor, times]) => refund(one, minor, times)),
  index.map(send),
  index.map(send),
  fc.tuple(index, likely).map(([one, kind]) => tell(one, kind)),
  fc.tuple(index, likely).map(([one, kind]) => tell(one, kind)),
  fc.tuple(index, fc.constantFrom(...FACTS)).map(([one, kind]) => tell(one, kind)),
  fc.constant(null).map(() => step('settle', settleAll)),
  fc.constant(null).map(() => step('settle', settleAll)),
  index.map(cancel),
  fc.constant(null).map(retryDue),
];

test('in whatever order, no more goes back than came, and each refund ends where its order did', async () => {
  // `fc.commands` prefers the shortest runs, in which little can go wrong.
  const runs = fc.array(fc.oneof(...steps), { minLength: STEPS_MIN, maxLength: STEPS_MAX, size: 'max' });
  await fc.assert(
    fc.asyncProperty(runs, async (run) => {
      const model: Model = { tenant: await world.addTenant(START_MINOR), orders: [], arrivals: [] };
      for (const one of [arrive(1_000n), refund(0, 400n, 3), send(0), ...run]) await one.run(model);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
