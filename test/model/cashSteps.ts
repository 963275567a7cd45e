import { newUuid, parseId, type Uuid } from '../../platform/id.ts';
import { CASH_FACTS, type CashFactKind } from '../../rails/cash/orderStates.ts';
import { type Answer, acc } from '../payments/fixture.ts';
import { both, suspect } from './look.ts';
import {
  availableIn,
  begin,
  decimal,
  isHanded,
  type Movement,
  type Outside,
  pick,
  type Run,
  type Step,
  uuidOf,
} from './run.ts';
import { settle } from './settle.ts';
import { APPROVED_FROM_MINOR } from './sides.ts';

const CASH_IN_MINOR = 10_000n;
/** What COUNTERS_US takes for a pickup. */
export const PICKUP_FEE_MINOR = 300n;
const LATE_MS = 2 * 3_600_000;
const CODE = '123456789012';

export const pickUp = (minor: bigint, isSuspect: boolean): Step => ({
  name: `pickup of ${minor}${isSuspect ? ' by a suspect' : ''}`,
  async run(run) {
    const gross = minor + PICKUP_FEE_MINOR;
    const isEnough = availableIn(run, 'USD') >= gross;
    const [slow, reviewed] = await both(run, (side) => {
      const recipientName = isSuspect ? suspect(side).name : 'Ada Example';
      const destinationCashPickup = { network: 'COUNTERS_US', recipientName };
      return run.world.cash.pickup({ ...side.cash, viewer: side.viewer }, decimal(minor), {
        destinationCashPickup,
      });
    });
    expect(slow.__typename === 'Transaction').toBe(isEnough);
    if (!isEnough) return;
    const isApprovalOpen = gross >= APPROVED_FROM_MINOR;
    begin(run, {
      ...{ ids: [slow.id, reviewed.id], rail: 'COUNTER', from: 'USD', fromMinor: gross },
      ...{
        out: { asset: 'USD', amountMinor: minor },
        reviewed: isSuspect,
        isReviewOpen: isSuspect,
        isApprovalOpen,
      },
      status: isApprovalOpen ? 'AWAITING_ACTION' : 'PROCESSING',
    });
  },
});

/** As the submitter does, before it calls: what was called off before anybody saw it is over. */
export const submitCash: Step = {
  name: 'submit to counters',
  async run(run) {
    // What is reviewed in one of the two is slow in the other.
    const handed = run.movements.filter((one) => one.rail === 'COUNTER' && isHanded(one));
    await run.world.fixture.rows(
      `update cash.order set version = version + (cancel_asked_at is not null)::int,
              state = case when cancel_asked_at is null then 'SUBMITTING' else 'CANCELED' end
        where id = any($1) and state = 'QUEUED'`,
      [handed.flatMap(({ ids }) => ids.map(uuidOf))],
    );
    for (const one of handed) if (one.outside === 'QUEUED') one.outside = 'SENT';
  },
};

/** What a network's fact makes of a pickup; what cannot be is named by its inbox and changes nothing. */
function tellModel(pickup: Movement, fact: CashFactKind): void {
  const { outside } = pickup;
  const isUnderWay = outside === 'SENT' || outside === 'READY';
  if (!isUnderWay || fact === 'SUBMITTED' || (outside === 'READY' && fact === 'REJECTED')) return;
  // Once it was said to be there, that it was refused cannot be.
  if (outside === 'SENT' && fact === 'REJECTED' && pickup.status === 'AWAITING_ACTION') return;
  pickup.outside = fact as Outside;
}

export async function tellPickup(run: Run, pickup: Movement, kind: CashFactKind): Promise<void> {
  for (const id of pickup.ids) {
    const amountMinor = pickup.out?.amountMinor ?? 0n;
    await takeIn(run, { orderKey: uuidOf(id), kind, amountMinor });
  }
  tellModel(pickup, kind);
}

async function takeIn(
  { world }: Run,
  { orderKey, kind, amountMinor }: { orderKey: Uuid; kind: CashFactKind; amountMinor: bigint },
): Promise<void> {
  const code = kind === 'READY' ? CODE : null;
  const of = { orderKey, kind, amountMinor, asset: 'USD', reasonCode: null, code };
  const event = { type: 'ORDER' as const, id: newUuid(), ...of, occurredAt: new Date() };
  expect(await world.tellCash(event)).not.toBe('REPEATED');
  expect(await world.tellCash(event)).toBe('REPEATED');
}

export const counterSays = (index: number, kind: CashFactKind): Step => ({
  name: `counter says ${kind} of ${index}`,
  async run(run) {
    const pickup = pick(run, ['COUNTER'], index, isHanded);
    if (pickup !== undefined) await tellPickup(run, pickup, kind);
  },
});

const ORDER = `select wish.id, wish.state from cash.order wish join payments.cash_in on cash_in.order_id = wish.id
  where cash_in.id = $1`;
const QUEUED = `update cash.order set state = 'SUBMITTING' where organization_id = any($1) and kind = 'CODE'
  and state = 'QUEUED' and cancel_asked_at is null returning id, amount`;

/** Asks for a code, which the network gives while the answer waits for it. */
async function askForCode(run: Run, ask: () => Promise<unknown>): Promise<void> {
  let isOver = false;
  const asking = ask().finally(() => {
    isOver = true;
  });
  const ids = run.sides.map(({ organizationId }) => organizationId);
  while (!isOver) {
    const begun: Answer[] = await run.world.fixture.rows(QUEUED, [ids]);
    for (const { id, amount } of begun) {
      await takeIn(run, { orderKey: id, kind: 'READY', amountMinor: BigInt(amount) });
    }
    if (begun.length > 0) await settle(run);
  }
  await asking;
}

export const cashIn: Step = {
  name: 'cash in',
  async run(run) {
    await askForCode(run, async () => {
      const [slow, reviewed] = await both(run, ({ viewer, purses }) => {
        const destinationId = acc(purses.CUSTOMER);
        const input = { destinationId, network: 'COUNTERS_US', amount: '100', asset: 'USD' };
        return run.world.cash.send(viewer, 'createCashIn', input);
      });
      run.cashIns.push([slow.id, reviewed.id]);
    });
  },
};

/** Somebody pays by the code, the right amount or less, in time or late, and is told of twice. */
export const payCode = (index: number, isRight: boolean, isLate: boolean): Step => ({
  name: `pay code ${index}${isRight ? '' : ' less'}${isLate ? ' late' : ''}`,
  async run(run) {
    const pair = run.cashIns[index % Math.max(run.cashIns.length, 1)];
    if (pair === undefined) return;
    const amountMinor = isRight ? CASH_IN_MINOR : CASH_IN_MINOR - 1n;
    for (const [at, id] of pair.entries()) {
      const [order]: Answer[] = await run.world.fixture.rows(ORDER, [parseId('csh', id)]);
      const occurredAt = new Date(Date.now() + (isLate ? LATE_MS : 0));
      const of = { orderKey: order.id, network: 'COUNTERS_US', asset: 'USD', amountMinor, occurredAt };
      const customer = run.sides[at as 0 | 1].organizationId;
      const event = { type: 'PAYMENT' as const, id: newUuid(), receiptId: newUuid(), customer, ...of };
      expect(await run.world.tellCash(event)).not.toBe('REPEATED');
      expect(await run.world.tellCash(event)).toBe('REPEATED');
    }
    run.taken += amountMinor;
  },
});

/** All of it at once: what is there to go back. */
export const paidIn: Step = {
  name: 'cash in, paid',
  async run(run) {
    const index = run.cashIns.length;
    await cashIn.run(run);
    await payCode(index, true, false).run(run);
    await settle(run);
  },
};

export const changeCashIn = (index: number, name: 'refreshCashIn' | 'cancelCashIn'): Step => ({
  name: `${name} ${index}`,
  async run(run) {
    const pair = run.cashIns[index % Math.max(run.cashIns.length, 1)];
    if (pair === undefined) return;
    await askForCode(run, () =>
      both(run, ({ viewer }, at) => run.world.cash.send(viewer, name, { id: pair[at] })),
    );
  },
});

/** What the network says of a code, but that it was paid, which is told by its payment. */
export const codeSays = (index: number, kind: CashFactKind): Step => ({
  name: `counter says ${kind} of code ${index}`,
  async run(run) {
    const pair = run.cashIns[index % Math.max(run.cashIns.length, 1)];
    if (pair === undefined) return;
    for (const id of pair) {
      const [order]: Answer[] = await run.world.fixture.rows(ORDER, [parseId('csh', id)]);
      await takeIn(run, { orderKey: order.id, kind, amountMinor: CASH_IN_MINOR });
    }
  },
});

export const CODE_FACTS = CASH_FACTS.filter((kind) => kind !== 'SETTLED');
