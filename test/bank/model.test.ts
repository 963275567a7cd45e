import fc from 'fast-check';
import { newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { createLogger } from '../../platform/log.ts';
import { type Database, openDatabase } from '../../platform/postgres.ts';
import { openFileVault } from '../../platform/vault/fileVault.ts';
import type { KeyVault } from '../../platform/vault/keyVault.ts';
import { placeKeyOf } from '../../rails/bank/externalAccounts/fingerprint.ts';
import { type Inbox, takeIn } from '../../rails/bank/inbox/takeIn.ts';
import type { OrderEvent } from '../../rails/bank/provider.ts';
import { SIMULATOR } from '../../rails/bank/simulator/client.ts';
import { screeningOfMode } from '../../rails/screening/screeningOfMode.ts';
import { settleBankRound } from '../../subgraphs/payments/workers/settleBank.ts';
import { acc } from '../payments/fixture.ts';
import { mutateQuote, quoted } from '../payments/quotes/fixture.ts';
import { ACH } from './asks.ts';
import { expectedBalance, FACTS, type Fact, type ModelPayout, settleModel, tellModel } from './model.ts';
import { addPlace } from './places.ts';
import { openWorld, SECRET, type Tenant, type World } from './world.ts';

/** Each step proves the books of the whole database. */
jest.setTimeout(180_000);
const RUNS = Number.parseInt(process.env.OMSX_TEST_MODEL_RUNS ?? '10', 10);
const STEPS_MIN = 15;
const STEPS_MAX = 30;
const START_MINOR = 100_000n;

let world: World;
let writes: Database;
let vault: KeyVault;
let inbox: Inbox;

beforeAll(async () => {
  world = await openWorld({ isBare: true });
  writes = await openDatabase({ url: world.fixture.url, role: 'omsx_payments_writer', poolMax: 2 });
  vault = await openFileVault(world.settings.keyFile, 'refuse');
  const logger = createLogger({ level: 'silent', name: 'test' });
  const screener = { provider: screeningOfMode('sandbox'), logger };
  inbox = { database: world.bankDatabase, vault, placeKey: placeKeyOf(SECRET), adapter: SIMULATOR, screener };
});
afterAll(async () => {
  await writes.close();
  await world.close();
});

/** What is expected. */
interface Model {
  readonly payouts: ModelPayout[];
}

/** What runs. */
interface Real {
  readonly tenant: Tenant;
  /** Messages that were sent, to be sent again. */
  readonly sent: { readonly event: OrderEvent; readonly index: number }[];
}

interface Step {
  run(model: Model, real: Real): Promise<void>;
  toString(): string;
}

async function compare({ payouts }: Model, { tenant }: Real): Promise<void> {
  await world.expectSound();
  expect(await world.balance(tenant, 'TREASURY')).toBe(expectedBalance(START_MINOR, payouts));
  for (const { id, uuid, books, differences } of payouts) {
    const read = await world.read(tenant, id);
    expect(read.status).toBe(books);
    expect(read.events.map(({ version }: { version: number }) => version)).toEqual(
      read.events.map((_: unknown, index: number) => index + 1),
    );
    const kinds = read.events.map(({ kind }: { kind: string }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    const found = await world.fixture.rows('select 1 from bank.difference where order_id = $1', [uuid]);
    expect(found).toHaveLength(differences);
  }
}

function step(name: string, run: (model: Model, real: Real) => Promise<void>): Step {
  return {
    async run(model, real) {
      await run(model, real);
      await compare(model, real);
    },
    toString: () => name,
  };
}

const pick = ({ payouts }: Model, index: number): ModelPayout => {
  const payout = payouts[index % payouts.length];
  if (payout === undefined) throw new Error('there is no payout');
  return payout;
};

const pay = (cents: number): Step =>
  step(`pay ${cents}`, async ({ payouts }, { tenant }) => {
    const { id } = await world.pay(tenant, decimal(cents), { destinationBankAccount: ACH });
    const uuid = parseId('txn', id) as Uuid;
    const all = {
      amountMinor: BigInt(cents),
      orderMinor: BigInt(cents),
      backMinor: BigInt(cents),
      asset: 'USD',
    };
    payouts.push({ ...BEGUN, id, uuid, ...all });
  });

const BEGUN = { bank: 'QUEUED', books: 'PROCESSING', isFinal: false, differences: 0 } as const;

/** Dollars that go out as pesos, or as dollars, by a quote to an external account; a customer earns on each side. */
const payQuoted = (cents: number, isConverted: boolean): Step =>
  step(`quote ${cents}${isConverted ? ' in pesos' : ''}`, async ({ payouts }, { tenant }) => {
    const { payments } = world.fixture;
    const { organizationId, viewer, accountId } = tenant;
    const customerId = await world.fixture.addCustomer(organizationId);
    const earns = async (asset: string) =>
      acc(await world.fixture.openAccount(organizationId, { customerId, asset }));
    const clabe = { type: 'CLABE', accountNumber: '032180000118359719', bankCode: null } as const;
    const priced = await quoted(payments, viewer, {
      sourceId: acc(accountId),
      destinationExternalAccountId: await addPlace(world, tenant, isConverted ? clabe : {}),
      ...(isConverted ? {} : { rail: 'ACH' }),
      ...{ amount: decimal(cents), fixedSide: 'SOURCE', sourceAsset: 'USD' },
      destinationAsset: isConverted ? 'MXN' : 'USD',
      developerFees: [
        { recipientId: await earns('USD'), percent: '3.3' },
        ...(isConverted ? [{ recipientId: await earns('MXN'), percent: '7.7' }] : []),
      ],
    });
    const { id } = await mutateQuote(payments, viewer, 'acceptQuote', { quoteId: priced.id });
    const [net, gross, arrives] = [
      minor(priced.source.net),
      minor(priced.destination.gross),
      minor(priced.destination.net),
    ];
    const all = { amountMinor: BigInt(cents), orderMinor: arrives, backMinor: (net * arrives) / gross };
    payouts.push({
      ...BEGUN,
      id,
      uuid: parseId('txn', id) as Uuid,
      ...all,
      asset: isConverted ? 'MXN' : 'USD',
    });
  });

const decimal = (cents: number) => `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
/** Dollars and pesos have two decimals. */
const minor = ({ amount }: { amount: string }) => BigInt(amount.replace('.', ''));

/** As the submitter does, before it calls. */
const send = (index: number): Step =>
  step(`send ${index}`, async (model) => {
    const payout = pick(model, index);
    const sql = `update bank.order wish set state = 'SUBMITTING' where wish.id = $1 and wish.state = 'QUEUED'`;
    await world.fixture.rows(sql, [payout.uuid]);
    if (payout.bank === 'QUEUED') payout.bank = 'SENT';
  });

const tell = (index: number, kind: Fact, isRightAmount: boolean): Step =>
  step(`tell ${index} ${kind}${isRightAmount ? '' : ' of another amount'}`, async (model, { sent }) => {
    const payout = pick(model, index);
    const { asset, orderMinor } = payout;
    const amountMinor = isRightAmount ? orderMinor : orderMinor + 1n;
    const of = { orderKey: payout.uuid, kind, amountMinor, asset, reasonCode: 'AC04' };
    const event: OrderEvent = { type: 'ORDER', id: newUuid(), ...of, occurredAt: new Date() };
    expect(await takeIn(inbox, { event, bytes: new Uint8Array() })).not.toBe('REPEATED');
    sent.push({ event, index });
    tellModel(payout, kind, isRightAmount);
  });

const repeat = (index: number): Step =>
  step(`repeat ${index}`, async (_, { sent }) => {
    const again = sent[index % Math.max(sent.length, 1)];
    if (again === undefined) return;
    expect(await takeIn(inbox, { event: again.event, bytes: new Uint8Array() })).toBe('REPEATED');
  });

const settle = (): Step =>
  step('settle', async ({ payouts }) => {
    const logger = createLogger({ level: 'silent', name: 'test' });
    await settleBankRound({ database: writes, lane: world.fixture.payments.lane, logger }, new Map());
    for (const payout of payouts) settleModel(payout, true);
  });

const cancel = (index: number): Step =>
  step(`cancel ${index}`, async (model, { tenant }) => {
    const payout = pick(model, index);
    const isOpen = payout.books === 'PROCESSING';
    const answer = await world.change(tenant, 'cancelTransaction', payout.id);
    if (isOpen && payout.bank === 'QUEUED') [payout.bank, payout.books] = ['CANCELED', 'CANCELED'];
    if (!isOpen) expect(answer.code).toBe('INVALID_STATE');
  });

const endWindow = (index: number): Step =>
  step(`end the window of ${index}`, async (model) => {
    const payout = pick(model, index);
    if (payout.books !== 'COMPLETED') return;
    await world.endWindow(payout.id);
    // A return that came before is settled first.
    if (payout.bank === 'SETTLED') payout.isFinal = true;
  });

/** Few payouts, and what takes one to its end more often than what does not: long stories are where the faults are. */
const index = fc.nat({ max: 1 });
const likely = fc.constantFrom<Fact>('ACCEPTED', 'ACCEPTED', 'SETTLED', 'SETTLED', 'RETURNED');
const steps = [
  fc.integer({ min: 1, max: 9_999 }).map(pay),
  fc.tuple(fc.integer({ min: 100, max: 9_999 }), fc.boolean()).map(([cents, isIn]) => payQuoted(cents, isIn)),
  index.map(send),
  index.map(send),
  fc.tuple(index, likely).map(([one, kind]) => tell(one, kind, true)),
  fc.tuple(index, likely).map(([one, kind]) => tell(one, kind, true)),
  fc.tuple(index, fc.constantFrom(...FACTS)).map(([one, kind]) => tell(one, kind, true)),
  fc.tuple(index, fc.constantFrom(...FACTS)).map(([one, kind]) => tell(one, kind, false)),
  fc.nat().map(repeat),
  fc.constant(null).map(settle),
  fc.constant(null).map(settle),
  index.map(cancel),
  index.map(endWindow),
];

test('whatever banks say, in whatever order, each payout is where it should be and the books are sound', async () => {
  // `fc.commands` prefers the empty run and the shortest ones, in which little can go wrong.
  const first = fc.constantFrom(pay(1_000), payQuoted(1_000, false), payQuoted(1_000, true));
  const runs = fc.array(fc.oneof(...steps), { minLength: STEPS_MIN, maxLength: STEPS_MAX, size: 'max' });
  await fc.assert(
    fc.asyncProperty(first, runs, async (begin, run) => {
      const tenant = await world.addTenant(START_MINOR);
      const [model, real]: [Model, Real] = [{ payouts: [] }, { tenant, sent: [] }];
      // Without a payout nothing else can happen.
      for (const one of [begin, ...run]) await one.run(model, real);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
