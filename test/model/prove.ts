import { formatId, type Uuid } from '../../platform/id.ts';
import {
  canMove,
  type TransactionEventKind,
  type TransactionStatus,
} from '../../subgraphs/payments/domain/transitions.ts';
import { lookAtBoth, lookFromOutside } from './look.ts';
import { type Movement, PURSES, type Purse, purseOf, type Run, type Side, uuidOf, worldOf } from './run.ts';

interface Owned {
  readonly organizationId: Uuid;
}

interface Row extends Owned {
  readonly id: Uuid;
  readonly status: TransactionStatus;
  readonly version: number;
  readonly finality: 'PROVISIONAL' | 'FINAL';
  readonly refundOf: Uuid | null;
  readonly captured: string;
  /** What a refund gives back; what a counter takes for it comes on top. */
  readonly given: string;
  readonly steps: readonly (readonly [number, TransactionEventKind, TransactionStatus])[];
}

const ROWS = `select transaction.id, organization_id as "organizationId", status, version, finality, refund_of as "refundOf", captured_amount::text as captured,
    destination_amount::text as given,
    (select json_agg(json_build_array(event.version, event.kind, event.status) order by event.version)
       from payments.transaction_event event where event.transaction_id = transaction.id) as steps
  from payments.transaction where organization_id = any($1) order by id`;

/** All that holds after every step, whatever it was. */
export async function prove(run: Run): Promise<void> {
  await run.world.chain.expectSound();
  const organizations = run.sides.map(({ organizationId }) => organizationId);
  const of = <T extends Owned>(sql: string) => run.world.fixture.rows<T>(sql, [organizations]);
  const found = {
    rows: await of<Row>(ROWS),
    accounts: await of<Account>(ACCOUNTS),
    receipts: await of<Receipts>(RECEIPTS),
    differences: await of<Difference>(DIFFERENCES),
  };
  for (const row of found.rows) expectTimeline(row);
  expectRefundsWithin(found.rows);
  for (const at of [0, 1] as const) {
    const side = run.sides[at];
    const own = <T extends Owned>(all: readonly T[]): T[] =>
      all.filter(({ organizationId }) => organizationId === side.organizationId);
    expectStatuses(run, at, own(found.rows));
    expectMoney(run, side, own(found.accounts), own(found.receipts)[0]);
    expectDifferences(run, at, own(found.differences));
  }
  expectCashIns(run, await of<CashInRow>(CASH_INS));
  await lookAtBoth(run);
  await lookFromOutside(run);
}

/** Numbers without gaps from 1, each step from where the one before ended to where its kind leads, and no other way. */
function expectTimeline({ id, status, version, steps }: Row): void {
  expect([id, steps.map(([number]) => number)]).toEqual([id, steps.map((_, index) => index + 1)]);
  expect([id, steps.length]).toEqual([id, version]);
  let before: TransactionStatus | null = null;
  let isFinal = false;
  for (const [number, kind, after] of steps) {
    const isLegal: boolean = canMove(before, kind, !isFinal);
    expect([id, number, `${before} ${kind} ${after}`, isLegal]).toEqual([
      ...[id, number, `${before} ${kind} ${after}`, true],
    ]);
    isFinal ||= kind === 'FINALIZED';
    before = after;
  }
  expect([id, before]).toEqual([id, status]);
}

/** However many are asked for, no more goes back than came. */
function expectRefundsWithin(rows: readonly Row[]): void {
  for (const original of rows) {
    const back = rows
      .filter(
        ({ refundOf, status }) => refundOf === original.id && status !== 'FAILED' && status !== 'CANCELED',
      )
      .filter(({ status }) => status !== 'RETURNED')
      .reduce((sum, { given }) => sum + BigInt(given), 0n);
    if (back > BigInt(original.captured)) {
      throw new Error(`${back} of ${original.captured} went back of ${original.id}`);
    }
  }
}

function expectStatuses(run: Run, at: 0 | 1, rows: readonly Row[]): void {
  const found = new Map(rows.map((row) => [formatId('txn', row.id), row]));
  const describe = ({ rail, ids }: Movement, status: string | undefined) => `${rail} ${ids[at]} ${status}`;
  for (const movement of run.movements) {
    const row = found.get(movement.ids[at]);
    expect(describe(movement, row?.status)).toBe(describe(movement, movement.status));
    found.delete(movement.ids[at]);
  }
  expect([...found.values()]).toEqual([]);
}

const ACCOUNTS = `select id, organization_id as "organizationId", kind, asset,
    (credits_posted - debits_posted)::text as posted, (credits_pending - debits_pending)::text as pending
  from ledger.account where organization_id = any($1)`;

interface Account extends Owned {
  readonly id: Uuid;
  readonly kind: string;
  readonly asset: string;
  readonly posted: string;
  readonly pending: string;
}

const RECEIPTS = `select receipt.organization_id as "organizationId",
    coalesce(sum(amount) filter (where transaction_id is not null), 0)::text as credited,
    coalesce(sum(amount) filter (where transaction_id is null and reason is not null), 0)::text as suspended,
    coalesce(sum(amount) filter (where settled_version = 0), 0)::text as unsettled
  from cash.receipt receipt where receipt.organization_id = any($1) group by 1`;

/** What counters took for one of the two, by what became of it. */
interface Receipts extends Owned {
  readonly credited: string;
  readonly suspended: string;
  readonly unsettled: string;
}

/** Every cent is in the purse where it should be, and of each Asset there is what was, what came and not what left. */
function expectMoney(run: Run, { purses }: Side, accounts: readonly Account[], receipts?: Receipts): void {
  const { credited = '0', suspended = '0', unsettled = '0' } = receipts ?? {};
  expect(BigInt(credited) + BigInt(suspended) + BigInt(unsettled)).toBe(run.taken);
  for (const purse of Object.keys(PURSES) as Purse[]) {
    const account = accounts.find(({ id }) => id === purses[purse]);
    const { posted, pending } = purseOf(run, purse);
    expect([purse, account?.posted, account?.pending]).toEqual([purse, `${posted}`, `${pending}`]);
  }
  for (const asset of ASSETS) {
    const ours = accounts.filter((one) => one.asset === asset && !OUTSIDE.has(one.kind));
    const counters = asset === 'USD' ? BigInt(credited) + BigInt(suspended) : 0n;
    const total = ours.reduce((sum, one) => sum + BigInt(one.posted), 0n);
    expect([asset, total]).toEqual([asset, worldOf(run, asset) + counters]);
  }
}

const ASSETS = ['USD', 'EUR', 'MXN', 'USDC'];
/** What these owe or are owed is elsewhere. */
const OUTSIDE = new Set(['OMNIBUS', 'CLEARING']);

const DIFFERENCES = `select organization_id as "organizationId", order_id as "orderId", count(*)::int as count
  from bank.difference where organization_id = any($1) group by 1, 2`;

interface Difference extends Owned {
  readonly orderId: Uuid | null;
  readonly count: number;
}

/** What a bank said that cannot be is named, each time, and nothing else is. */
function expectDifferences({ movements }: Run, at: 0 | 1, found: readonly Difference[]): void {
  const counts = new Map(found.map(({ orderId, count }) => [orderId as string, count]));
  for (const { ids, rail, differences } of movements) {
    if (rail !== 'BANK' && rail !== 'FILES') continue;
    expect([ids[at], counts.get(uuidOf(ids[at])) ?? 0]).toEqual([ids[at], differences]);
  }
}

const CASH_INS = `select cash_in.id, cash_in.organization_id as "organizationId", cash_in.status,
    (select count(*)::int from cash.order wish
      where wish.cash_in_id = cash_in.id and wish.state not in ('SETTLED', 'EXPIRED', 'REJECTED', 'CANCELED')
        and wish.cancel_asked_at is null) as alive
  from payments.cash_in where organization_id = any($1)`;
const ENDS = new Set(['PAID', 'CANCELED', 'FAILED']);

interface CashInRow extends Owned {
  readonly id: Uuid;
  readonly status: string;
  readonly alive: number;
}

/** What has ended stays ended, and there is never a second code that works. */
function expectCashIns({ cashInEnds }: Run, rows: readonly CashInRow[]): void {
  for (const { id, status, alive } of rows) {
    expect([id, cashInEnds.get(id) ?? status]).toEqual([id, status]);
    if (ENDS.has(status)) cashInEnds.set(id, status);
    if (alive > 1) throw new Error(`${alive} codes of ${id} can be paid by`);
  }
}
