import fc from 'fast-check';
import { parseId, type Uuid } from '../../../platform/id.ts';
import { type Database, openDatabase } from '../../../platform/postgres.ts';
import { InboxFolder } from '../../../rails/bank/files/in/inboxFolder.ts';
import { takeInFiles } from '../../../rails/bank/files/in/takeInFiles.ts';
import { type BookedLine, statusReport } from '../../../rails/bank/simulator/files/answers.ts';
import { settleBankRound } from '../../../subgraphs/payments/workers/settleBank.ts';
import { expectedBalance, type Fact, type ModelPayout, settleModel, tellModel } from '../model.ts';
import type { Tenant } from '../world.ts';
import { type FileWorld, openFileWorld, SEPA } from './fileWorld.ts';

/** Each step proves the books of the whole database. */
jest.setTimeout(240_000);
const RUNS = Number.parseInt(process.env.OMSX_TEST_MODEL_RUNS ?? '8', 10);
const STEPS_MIN = 12;
const STEPS_MAX = 24;
const START_MINOR = 100_000n;

let world: FileWorld;
let writes: Database;

beforeAll(async () => {
  world = await openFileWorld(undefined, { runsWorkers: false });
  writes = await openDatabase({ url: world.databaseUrl, role: 'omsx_payments_writer', poolMax: 2 });
});
afterAll(async () => {
  await writes.close();
  await world.close();
});

interface Run {
  readonly tenant: Tenant;
  readonly payouts: ModelPayout[];
  /** Texts of files that the bank has sent, to be sent again. */
  readonly sent: string[];
}

type Step = (run: Run) => Promise<void>;

const keyOf = (uuid: string): string => uuid.replaceAll('-', '');
const messageOf = async (uuid: Uuid): Promise<string> =>
  (
    await world.rows<{ id: string }>(
      'select message_id as id from bank.file f join bank.file_order o on o.file_id = f.id where o.order_id = $1',
      [uuid],
    )
  )[0]?.id ?? 'NOBODY-00000001';

async function read(texts: readonly string[]): Promise<void> {
  for (const text of texts) await world.outside.put(text);
  const folder = new InboxFolder(world.bank.inbox, 0);
  await folder.still(0);
  await takeInFiles({ ...world, adapter: world.bank.code, folder }, 1);
}

const pay =
  (cents: number): Step =>
  async ({ tenant, payouts }) => {
    const amount = `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
    const { id } = await world.pay(tenant, amount, { asset: 'EUR', destinationBankAccount: SEPA });
    const begun = { bank: 'QUEUED', books: 'PROCESSING', isFinal: false, differences: 0 } as const;
    const all = {
      amountMinor: BigInt(cents),
      orderMinor: BigInt(cents),
      backMinor: BigInt(cents),
      asset: 'EUR',
    };
    payouts.push({ ...begun, ...all, id, uuid: parseId('txn', id) as Uuid });
  };

/** All that waits goes out in one file. */
const send: Step = async ({ payouts }) => {
  const work = world.startWork();
  for (const { uuid, bank } of payouts) {
    if (bank === 'QUEUED') await world.untilOrder(idOf(payouts, uuid), 'SUBMITTED');
  }
  await work.close();
  for (const payout of payouts) if (payout.bank === 'QUEUED') payout.bank = 'SENT';
};

const idOf = (payouts: readonly ModelPayout[], uuid: Uuid): string =>
  payouts.find((payout) => payout.uuid === uuid)?.id ?? '';

let count = 0;

/** The bank says one thing of one payment: settled and returned by a statement, all else by a report. */
const tell =
  (index: number, kind: Fact, isRightAmount: boolean): Step =>
  async ({ payouts, sent }) => {
    const payout = payouts[index % payouts.length];
    // Of what it never got, a bank has no id.
    if (payout === undefined || payout.bank === 'QUEUED') return;
    const { uuid, amountMinor } = payout;
    count += 1;
    const isBooked = kind === 'SETTLED' || kind === 'RETURNED';
    const told = isBooked ? amountMinor + (isRightAmount ? 0n : 1n) : amountMinor;
    const line: BookedLine = world.outside.back(kind === 'SETTLED' ? -told : told, keyOf(uuid));
    const messageId = await messageOf(uuid);
    const status = { ACCEPTED: 'ACSP', REJECTED: 'RJCT', CANCELED: 'CANC' }[kind as 'ACCEPTED'];
    const of = { groupId: `${messageId}-SEPA`, endToEndId: keyOf(uuid), status, reasonCode: 'AC04' };
    const text = isBooked
      ? world.outside.statement([kind === 'SETTLED' ? { ...line, returnCode: null } : line])
      : statusReport(`MODEL-${count}`, messageId, [of]);
    await read([text]);
    sent.push(text);
    tellModel(payout, kind, isRightAmount || !isBooked);
  };

const repeat =
  (index: number): Step =>
  async ({ sent }) => {
    const again = sent[index % Math.max(sent.length, 1)];
    // The same file, and the same lines in other bytes.
    if (again !== undefined) await read([again, `${again}\n`]);
  };

const settle: Step = async ({ payouts }) => {
  await settleBankRound({ database: writes, lane: world.lane, logger: world.logger }, new Map());
  for (const payout of payouts) settleModel(payout, true);
};

async function compare({ tenant, payouts }: Run): Promise<void> {
  await world.expectSound();
  expect(await world.balance(tenant, 'TREASURY')).toBe(expectedBalance(START_MINOR, payouts));
  for (const { id, uuid, books, differences } of payouts) {
    const paid = await world.read(tenant, id);
    expect(paid.status).toBe(books);
    const found = await world.rows('select 1 from bank.difference where order_id = $1', [uuid]);
    expect(found).toHaveLength(differences);
  }
  expect(await world.rows('select 1 from bank.difference where order_id is null')).toEqual([]);
}

const index = fc.nat({ max: 1 });
const facts = fc.constantFrom<Fact>(
  ...(['ACCEPTED', 'SETTLED', 'SETTLED', 'RETURNED', 'REJECTED', 'CANCELED'] as const),
);
const steps = [
  fc.integer({ min: 1, max: 9_999 }).map((cents): [string, Step] => [`pay ${cents}`, pay(cents)]),
  fc.constant<[string, Step]>(['send', send]),
  fc.tuple(index, facts).map(([one, kind]): [string, Step] => [`tell ${one} ${kind}`, tell(one, kind, true)]),
  fc.tuple(index, facts).map(([one, kind]): [string, Step] => [`tell ${one} ${kind}`, tell(one, kind, true)]),
  fc
    .tuple(index, facts)
    .map(([one, kind]): [string, Step] => [`tell ${one} ${kind} wrongly`, tell(one, kind, false)]),
  fc.nat().map((one): [string, Step] => [`repeat ${one}`, repeat(one)]),
  fc.constant<[string, Step]>(['settle', settle]),
  fc.constant<[string, Step]>(['settle', settle]),
];

test('whatever files say, in whatever order, each payout is where it should be and the books are sound', async () => {
  const runs = fc.array(fc.oneof(...steps), { minLength: STEPS_MIN, maxLength: STEPS_MAX, size: 'max' });
  await fc.assert(
    fc.asyncProperty(runs, async (list) => {
      const run: Run = { tenant: await world.addTenant(START_MINOR), payouts: [], sent: [] };
      // Without a payout that has gone out nothing else can happen.
      for (const step of [pay(1_000), send, ...list.map(([, one]) => one)]) {
        await step(run);
        await compare(run);
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
