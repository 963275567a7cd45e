import { acc, ask, mutate } from '../payments/fixture.ts';
import { both } from './look.ts';
import {
  availableIn,
  begin,
  decimal,
  endUnpaid,
  isOpen,
  type Movement,
  pick,
  type Run,
  refundable,
  type Step,
} from './run.ts';
import { APPROVED_FROM_MINOR } from './sides.ts';

const HOLD_SECONDS = 600;

/** From the organization to its customer, at once or held for a capture. */
export const payBook = (minor: bigint, isManual: boolean): Step => ({
  name: `book ${minor}${isManual ? ' held' : ''}`,
  async run(run) {
    const isEnough = availableIn(run, 'USD') >= minor;
    const held = isManual ? { captureMethod: 'MANUAL', holdSeconds: HOLD_SECONDS } : {};
    const [slow, reviewed] = await both(run, async ({ viewer, purses }) => {
      const sides = { sourceId: acc(purses.USD), destinationId: acc(purses.CUSTOMER) };
      const input = { ...sides, amount: decimal(minor), asset: 'USD', ...held };
      return (await mutate(run.world.fixture.payments, viewer, 'createTransaction', input)).result;
    });
    expect(slow.__typename).toBe(isEnough ? 'Transaction' : 'InsufficientFunds');
    if (!isEnough) return;
    const isApprovalOpen = minor >= APPROVED_FROM_MINOR;
    const waits = isApprovalOpen || isManual;
    begin(run, {
      ...{ ids: [slow.id, reviewed.id], rail: 'BOOK', isManual, isApprovalOpen },
      ...{ from: 'USD', to: 'CUSTOMER', fromMinor: minor, toMinor: minor },
      ...{ status: waits ? 'AWAITING_ACTION' : 'COMPLETED', isFinal: !waits },
    });
  },
});

const isHeld = ({ isManual, isApprovalOpen, status }: Movement): boolean =>
  isManual && !isApprovalOpen && status === 'AWAITING_ACTION';

/** Takes all or some of what is held; the rest is free again. */
export const capture = (index: number, partMinor: bigint | null): Step => ({
  name: `capture ${partMinor ?? 'all'} of ${index}`,
  async run(run) {
    const held = pick(run, ['BOOK'], index, ({ isManual }) => isManual);
    if (held === undefined) return;
    const amountMinor = partMinor ?? held.fromMinor;
    const isRight = isHeld(held) && amountMinor <= held.fromMinor;
    const [slow] = await both(run, async ({ viewer }, at) => {
      const input = { id: held.ids[at], amount: decimal(amountMinor) };
      return (await mutate(run.world.fixture.payments, viewer, 'captureTransaction', input)).result;
    });
    expect([slow.__typename === 'Transaction', slow.code]).toEqual([isRight, slow.code]);
    if (isRight) [held.fromMinor, held.status, held.isFinal] = [amountMinor, 'COMPLETED', true];
  },
});

/** Sends back what the customer got, as far as it is still there. */
export const refundBook = (index: number, minor: bigint): Step => ({
  name: `refund ${minor} of book ${index}`,
  async run(run) {
    const original = pick(run, ['BOOK'], index, (one) => one.refundOf === null && one.status === 'COMPLETED');
    if (original === undefined) return;
    const left = refundable(run, original);
    const [slow, reviewed] = await both(run, async ({ viewer }, at) => {
      const input = { id: original.ids[at], amount: decimal(minor) };
      return (await mutate(run.world.fixture.payments, viewer, 'refundTransaction', input)).result;
    });
    // Counters may have paid in more than the model's purse has, so that only what is refunded is known.
    if (minor > left) expect(slow.__typename).not.toBe('Transaction');
    if (minor <= left && availableIn(run, 'CUSTOMER') >= minor) expect(slow.__typename).toBe('Transaction');
    if (slow.__typename !== 'Transaction') return;
    begin(run, {
      ...{
        ids: [slow.id, reviewed.id],
        rail: 'BOOK',
        refundOf: original,
        status: 'COMPLETED',
        isFinal: true,
      },
      ...{ from: 'CUSTOMER', to: 'USD', fromMinor: minor, toMinor: minor },
    });
  },
});

const ADVANCE = `mutation ($to: DateTime!) { result: advanceSandboxClock(input: { to: $to }) { __typename } }`;
const AHEAD_MS = 2 * 3_600_000;

/** Two hours go by, in which holds, approvals, quotes and codes run out. */
export async function passTime(run: Run): Promise<void> {
  const { fixture } = run.world;
  const { officer } = run.bystander;
  const { sandboxClock } = await ask(fixture.payments, officer, '{ sandboxClock { now } }');
  const to = new Date(Date.parse(sandboxClock.now) + AHEAD_MS).toISOString();
  const { result } = await ask(fixture.payments, officer, ADVANCE, { to });
  expect(result.__typename).toBe('SandboxClock');
  await run.world.expire();
  for (const one of run.movements) {
    if (isOpen(one) && (one.isApprovalOpen || isHeld(one))) {
      endUnpaid(one, 'CANCELED');
    }
  }
}

export const pass: Step = { name: 'two hours go by', run: passTime };
