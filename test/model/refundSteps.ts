import { formatId, type Uuid } from '../../platform/id.ts';
import { ask, newKey, txn } from '../payments/fixture.ts';
import { newAddress } from '../payments/onchainWorld.ts';
import { PICKUP_FEE_MINOR } from './cashSteps.ts';
import {
  availableIn,
  begin,
  decimal,
  type Movement,
  pick,
  type Run,
  refundable,
  refundedMinor,
  type Step,
  uuidOf,
} from './run.ts';
import { APPROVED_FROM_MINOR } from './sides.ts';

const REFUND = `mutation ($input: RefundTransactionInput!) { result: refundTransaction(input: $input) { __typename
  ... on Transaction { id status } ... on Failure { code } } }`;
const RETRIES = 2;
/** Less is not picked up at COUNTERS_US. */
const PICKUP_MIN_MINOR = 2_000n;

function beginRefund(run: Run, original: Movement, ids: readonly [string, string], minor: bigint): void {
  if (original.rail === 'CASH_IN') {
    beginPickup(run, original, ids, minor);
    return;
  }
  const isChain = original.rail === 'DEPOSIT';
  const [rail, from, asset] = isChain
    ? (['CHAIN', 'USDC', 'USDC'] as const)
    : (['BANK', 'USD', 'USD'] as const);
  const out = { asset, amountMinor: minor };
  begin(run, { ids, rail, from, fromMinor: minor, out, refundOf: original, isReversible: !isChain });
}

/** What came in at a counter is picked up at one, by somebody who is asked about as any recipient is. */
function beginPickup(run: Run, original: Movement, ids: readonly [string, string], minor: bigint): void {
  const fromMinor = minor + PICKUP_FEE_MINOR;
  const isApprovalOpen = fromMinor >= APPROVED_FROM_MINOR;
  begin(run, {
    ...{ ids, rail: 'COUNTER', from: 'CUSTOMER', fromMinor, refundOf: original },
    ...{ out: { asset: 'USD', amountMinor: minor }, isApprovalOpen },
    status: isApprovalOpen ? 'AWAITING_ACTION' : 'PROCESSING',
  });
}

/** Where it goes to, as the client has to say. */
function wayOf({ rail }: Movement): object {
  if (rail === 'DEPOSIT') return { destinationAddress: newAddress() };
  if (rail !== 'CASH_IN') return {};
  return { destinationCashPickup: { network: 'COUNTERS_US', recipientName: 'Ada Example' } };
}

/** How many refunds of so much there is room for at once. */
function roomFor(run: Run, original: Movement, minor: bigint): bigint {
  const available = availableIn(run, original.to ?? 'USD');
  const isCash = original.rail === 'CASH_IN';
  if (isCash && minor < PICKUP_MIN_MINOR) return 0n;
  const [byOriginal, byPurse] = [
    refundable(run, original) / minor,
    available / (isCash ? minor + PICKUP_FEE_MINOR : minor),
  ];
  if (byPurse < byOriginal) return byPurse;
  return byOriginal;
}

/**
 * Sends back what came by a rail, several times at once, of which as many as there is room for must begin.
 *
 * @param asked in minor units; 'ALL' that is left, or 'MORE' by one than that
 * @param rails by which it came
 */
export const refund = (
  index: number,
  asked: bigint | 'ALL' | 'MORE',
  times: number,
  rails: readonly Movement['rail'][] = ['ARRIVAL', 'DEPOSIT', 'CASH_IN'],
): Step => ({
  name: `refund ${asked} of ${index}, ${times} at once`,
  async run(run) {
    const original = pick(run, rails, index, ({ status }) => status === 'COMPLETED');
    if (original === undefined) return;
    const room = refundable(run, original);
    const minor = typeof asked === 'bigint' ? asked : room + (asked === 'MORE' ? 1n : 0n);
    if (minor === 0n) return;
    const most = roomFor(run, original, minor);
    const isChain = original.rail === 'DEPOSIT';
    const way = wayOf(original);
    const made = await Promise.all(
      run.sides.map(async ({ viewer }, at) => {
        const input = {
          ...{
            id: original.ids[at as 0 | 1],
            amount: decimal(minor, isChain ? 6 : 2),
            ...way,
          },
          returnPolicy: { onReturn: 'CREDIT_SOURCE', retries: RETRIES },
        };
        const answers = Array.from({ length: times }, () =>
          ask(run.world.fixture.payments, viewer, REFUND, { input: { idempotencyKey: newKey(), ...input } }),
        );
        const ids = (await Promise.all(answers)).flatMap(({ result }) => result.id ?? []);
        return ids.sort() as string[];
      }),
    );
    const [slow = [], reviewed = []] = made;
    const expected = most < BigInt(times) ? most : BigInt(times);
    expect([BigInt(slow.length), BigInt(reviewed.length)]).toEqual([expected, expected]);
    for (const [at, id] of slow.entries()) beginRefund(run, original, [id, reviewed[at] as string], minor);
  },
});

const DUE = `update payments.refund_recovery set next_at = (select platform.now())
  where organization_id = any($1) and state = 'WAITING'`;
const RETRIED = `select refund_id as "refundId", retried_by as "retriedBy", attempt
  from payments.refund_recovery where organization_id = $1 and retried_by is not null order by retried_by`;

interface Retried {
  readonly refundId: Uuid;
  readonly retriedBy: Uuid;
  readonly attempt: number;
}

/** Time passes: all that waits is tried again, and what took its place is a refund like any other. */
export async function retryDue(run: Run): Promise<void> {
  await run.world.fixture.rows(DUE, [run.sides.map(({ organizationId }) => organizationId)]);
  await run.world.retryRefunds();
  const of = async (at: 0 | 1): Promise<ReadonlyMap<string, string>> => {
    const rows = await run.world.fixture.rows<Retried>(RETRIED, [run.sides[at].organizationId]);
    for (const { attempt } of rows) expect(attempt).toBeLessThanOrEqual(RETRIES);
    expect(new Set(rows.map(({ retriedBy }) => retriedBy)).size).toBe(rows.length);
    return new Map(rows.map((row) => [formatId('txn', row.refundId), txn(row.retriedBy)]));
  };
  const [slow, reviewed] = [await of(0), await of(1)];
  expect(reviewed.size).toBe(slow.size);
  for (const first of [...run.movements]) {
    const ids = [slow.get(first.ids[0]), reviewed.get(first.ids[1])] as const;
    const [a, b] = ids;
    if (a === undefined || b === undefined || run.movements.some((one) => one.ids[0] === a)) continue;
    if (first.refundOf !== null) beginRefund(run, first.refundOf, [a, b], refundedMinor(first));
  }
}

export const retry: Step = { name: 'retry what is due', run: retryDue };

const WAITING = `select count(*)::int as count from payments.refund_recovery
  where organization_id = any($1) and state = 'WAITING'`;

/** Refunds that are tried again by themselves. */
export async function waitingRefunds(run: Run): Promise<number> {
  const ids = run.sides.map(({ organizationId }) => organizationId);
  const [row] = await run.world.fixture.rows<{ count: number }>(WAITING, [ids]);
  return row?.count ?? 0;
}

/** Ends the time in which a rail may send back what it settled. */
export async function endWindows(run: Run, which: readonly Movement[]): Promise<void> {
  const ids = which
    .filter(({ status }) => status === 'COMPLETED')
    .flatMap(({ ids: pair }) => pair.map(uuidOf));
  const sql =
    'update payments.transaction set reversible_until = (select platform.now()) where id = any($1) and reversible_until is not null';
  await run.world.fixture.rows(sql, [ids]);
  await run.world.finalize();
  for (const one of which) {
    // A return that came before is settled first.
    if (one.status === 'COMPLETED' && one.outside === 'SETTLED') one.isFinal = true;
  }
}

export const windowEnds = (index: number): Step => ({
  name: `the window of ${index} ends`,
  async run(run) {
    const paid = pick(run, ['BANK', 'FILES'], index, ({ status }) => status === 'COMPLETED');
    if (paid !== undefined) await endWindows(run, [paid]);
  },
});
