import fc from 'fast-check';
import { type Address, getAddress, toHex } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import { suggestFees } from '../fees.ts';
import type { NetworkConfig } from '../network.ts';
import { decidePlan } from './decidePlan.ts';
import {
  type EstimatedGroup,
  type LaneView,
  LIQUIDITY_WAIT_MS_MAX,
  type Plan,
  type PlanView,
  type QueuedSend,
} from './planView.ts';
import { groupOf, proposeGroups, spendable } from './proposeGroups.ts';

const USDC = getAddress(toHex(0xc0, { size: 20 }));
const ASSET = {
  scale: 6,
  depositMinimumMinor: 1n,
  transfersExactly: true,
  sweepFromMinor: 1n,
  perDayMinorMax: 10n ** 30n,
};
const NETWORK: NetworkConfig = {
  code: 'LOCAL',
  chainId: 1,
  rpcUrls: [],
  explorerUrl: null,
  blockTimeMs: 1,
  nativeAsset: 'POL',
  assets: [
    { ...ASSET, asset: 'POL', contract: null, hasAuthorizations: false, perTransactionMinorMax: 500n },
    { ...ASSET, asset: 'USDC', contract: USDC, hasAuthorizations: true, perTransactionMinorMax: 500n },
  ],
  multisend: getAddress(toHex(0xab, { size: 20 })),
  finality: { agreementsMin: 1, steps: [], finalizedAgeMaxMs: 1 },
  fees: {
    priorityFeePerGasWeiMin: 1n,
    maxFeePerGasWeiMax: 100n,
    transactionFeeWeiMax: 10n ** 9n,
    bumpPerMille: 125,
    bumpAfterBlocks: 1,
    bumpsMax: 1,
  },
  gas: { refillBelowWei: 100_000n, refillWei: 10n ** 6n },
  inFlightMax: 3,
};
const NOW_MS = 10 * LIQUIDITY_WAIT_MS_MAX;

const queued = fc.record({
  asset: fc.constantFrom('USDC', 'POL'),
  amountMinor: fc.bigInt({ min: 1n, max: 200n }),
  waitsFor: fc.constantFrom(null, 'LIQUIDITY' as const),
  isLate: fc.boolean(),
  screening: fc.constantFrom('KNOWN', 'KNOWN', 'CLEAR', 'CLEAR', 'REFUSED', 'SILENT'),
  goesAlone: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
  reverts: fc.constantFrom(null, null, null, null, null, null, 'LATEST' as const, 'FINALIZED' as const),
});

const lane = fc.record({
  isTank: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, fc.boolean()),
  organization: fc.nat(1),
  open: fc.constantFrom(0, 0, 0, 1, 2, 3, 4),
  coinWei: fc.oneof(
    fc.bigInt({ min: -1_000n, max: 1_000_000n }),
    fc.constant(50_000_000n),
    fc.bigInt({ min: 100_000n, max: 100_800n }),
  ),
  usdc: fc.bigInt({ min: -100n, max: 800n }),
  allowed: fc.constantFrom(true, true, false),
  approval: fc.constantFrom(null, 'OPEN' as const, 'FAILED' as const),
  reachable: fc.option(fc.bigInt({ min: 0n, max: 2_000n })),
  isRefilling: fc.boolean(),
  sends: fc.array(queued, { maxLength: 14 }),
});

const views = fc
  .record({
    lanes: fc.array(lane, { minLength: 1, maxLength: 3 }),
    gasWei: fc.array(fc.oneof(fc.bigInt({ min: -1_000n, max: 1_000_000n }), fc.constant(50_000_000n)), {
      minLength: 2,
      maxLength: 2,
    }),
    isStalled: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, fc.boolean()),
    baseFeeWei: fc.constantFrom(0n, 0n, 2n, 2n, 60n, 101n),
    /** Gas of groups in turn; null: it would revert. */
    gas: fc.array(fc.option(fc.bigInt({ min: 21_000n, max: 90_000n }), { freq: 5 }), { minLength: 1 }),
    splits: fc.array(fc.boolean(), { minLength: 1 }),
  })
  .map(toView);

function toView(made: {
  readonly lanes: readonly (typeof lane extends fc.Arbitrary<infer T> ? T : never)[];
  readonly gasWei: readonly bigint[];
  readonly isStalled: boolean;
  readonly baseFeeWei: bigint;
  readonly gas: readonly (bigint | null)[];
  readonly splits: readonly boolean[];
}) {
  const screened = new Map();
  const reverting = new Map();
  let serial = 0;
  const lanes = made.lanes.map((one, at): LaneView => {
    const address = toHex(0x100 + at, { size: 20 });
    const organizationId = one.isTank ? null : organizationAt(one.organization);
    const sends = one.sends.map((send): QueuedSend => {
      const id = `send-${serial++}` as Uuid;
      if (send.screening === 'CLEAR' || send.screening === 'REFUSED')
        screened.set(id, { outcome: send.screening, list: 'v' });
      if (send.reverts !== null) reverting.set(id, send.reverts);
      return {
        id,
        organizationId,
        purpose: one.isTank ? 'REFILL' : 'PAYMENT',
        asset: one.isTank ? 'POL' : send.asset,
        from: address,
        to: toHex(0x900 + serial, { size: 20 }),
        amountMinor: send.amountMinor,
        waitsFor: send.waitsFor,
        updatedAtMs: NOW_MS - LIQUIDITY_WAIT_MS_MAX + (send.isLate ? -1 : 1),
        version: 1,
        isScreened: send.screening === 'KNOWN',
        goesAlone: send.goesAlone,
      };
    });
    return {
      address,
      organizationId,
      open: one.open,
      coinWei: one.coinWei,
      tokens: new Map([['USDC', one.usdc]]),
      allowed: new Set(one.allowed ? ['USDC'] : []),
      approvals: new Map(one.approval === null ? [] : [['USDC', one.approval]]),
      reachable: new Map(one.reachable === null ? [] : [['USDC', one.reachable]]),
      isRefilling: one.isRefilling,
      sends,
    };
  });
  const view: PlanView = {
    nowMs: NOW_MS,
    network: NETWORK,
    isStalled: made.isStalled,
    fees: suggestFees(made.baseFeeWei, 1n, NETWORK.fees),
    lanes,
    gasWei: new Map(made.gasWei.map((wei, at) => [organizationAt(at), wei])),
    screened,
    reverting,
  };
  return { view, gas: made.gas, splits: made.splits };
}

function organizationAt(index: number): Uuid {
  return `organization-${index}` as Uuid;
}

/** As the chain would answer: each group has a gas, or would revert, when it is split to its last send. */
function planOf({ view, gas, splits }: ReturnType<typeof toView>): Plan {
  const proposal = proposeGroups(view);
  let turn = 0;
  const groups = proposal.groups.flatMap((group): readonly EstimatedGroup[] => {
    const answer = gas[turn++ % gas.length] ?? null;
    const isSplit = group.sends.length > 1 && (answer === null || splits[turn % splits.length] === true);
    if (!isSplit) return [{ ...group, gas: answer }];
    const middle = group.sends.length >> 1;
    const { lane: address, organizationId } = group;
    return [group.sends.slice(0, middle), group.sends.slice(middle)].map((some, half) => ({
      ...groupOf(view, { address, organizationId }, some),
      gas: half === 0 && some.length === 1 ? answer : 30_000n,
    }));
  });
  return decidePlan(view, proposal, groups);
}

function check(property: (view: PlanView, plan: Plan) => void): void {
  fc.assert(
    fc.property(views, (made) => property(made.view, planOf(made))),
    { numRuns: 500 },
  );
}

const costOf = ({ gasLimit, maxFeePerGasWei }: Plan['transactions'][number]): bigint =>
  gasLimit * maxFeePerGasWei;
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

test('every send is in one transaction, or waits for something named, or has failed: one of these, once', () => {
  check((view, { transactions, waits, failures }) => {
    const said = [
      ...transactions.flatMap(({ sendIds }) => sendIds),
      ...waits.map(({ id }) => id),
      ...failures.map(({ id }) => id),
    ];
    expect(said.toSorted()).toEqual(view.lanes.flatMap(({ sends }) => sends.map(({ id }) => id)).toSorted());
  });
});

test('no address has more open than its lane takes, and nothing begins while the chain is stalled', () => {
  check((view, { transactions }) => {
    for (const { address, open } of view.lanes) {
      const planned = transactions.filter(({ from }) => from === address).length;
      if (planned > 0) expect(open + planned).toBeLessThanOrEqual(NETWORK.inFlightMax);
    }
    if (view.isStalled || view.fees?.isEnough === false) expect(transactions).toEqual([]);
  });
});

test('never is more planned than an address has, of tokens and of coins, gas among them', () => {
  check((view, { transactions }) => {
    for (const one of view.lanes) {
      const planned = transactions.filter(({ from }) => from === one.address);
      const carried = new Set(planned.flatMap(({ sendIds }) => sendIds));
      for (const asset of ['USDC', 'POL']) {
        const sends = one.sends.filter((send) => send.asset === asset && carried.has(send.id));
        if (sends.length > 0)
          expect(sum(sends.map(({ amountMinor }) => amountMinor))).toBeLessThanOrEqual(
            spendable(view, one, asset),
          );
      }
      const coins = sum(planned.map((transaction) => costOf(transaction) + transaction.call.valueWei));
      if (planned.length > 0) expect(coins).toBeLessThanOrEqual(one.coinWei);
    }
  });
});

test('never does an organization pay for more gas than it has paid for ahead', () => {
  check((view, { transactions }) => {
    for (const [id, wei] of view.gasWei) {
      const planned = transactions.filter(({ organizationId }) => organizationId === id);
      if (planned.length > 0) expect(sum(planned.map(costOf))).toBeLessThanOrEqual(wei);
    }
  });
});

test('of one asset of one address nothing overtakes what waits for money, gas or room', () => {
  check((view, { transactions, waits }) => {
    const carried = new Set(transactions.flatMap(({ sendIds }) => sendIds));
    const reasons = new Map(waits.map(({ id, waitsFor }) => [id, waitsFor]));
    for (const { sends } of view.lanes) {
      for (const asset of ['USDC', 'POL']) {
        // What goes alone has left the ranks, for a reason of its own.
        const ranks = sends.filter(
          (send) => send.asset === asset && !send.goesAlone && !view.reverting.has(send.id),
        );
        const firstHeld = ranks.findIndex(({ id }) => {
          const reason = reasons.get(id);
          return reason === 'LIQUIDITY' || reason === 'GAS' || reason === 'LANE';
        });
        const after = firstHeld === -1 ? [] : ranks.slice(firstHeld);
        expect(after.filter(({ id }) => carried.has(id))).toEqual([]);
      }
    }
  });
});

test('a group is no more than the signer lets one signature move, and nothing unscreened is sent', () => {
  check((view, { transactions, failures }) => {
    const sends = new Map(view.lanes.flatMap((one) => one.sends.map((send) => [send.id, send])));
    for (const { sendIds } of transactions) {
      const carried = sendIds.map((id) => sends.get(id) as QueuedSend);
      if (carried.length > 1)
        expect(sum(carried.map(({ amountMinor }) => amountMinor))).toBeLessThanOrEqual(500n);
      for (const { id, isScreened, purpose } of carried)
        expect(isScreened || purpose === 'REFILL' || view.screened.get(id)?.outcome === 'CLEAR').toBe(true);
    }
    for (const { id, code } of failures) {
      if (code !== 'INSUFFICIENT_LIQUIDITY') continue;
      const send = sends.get(id) as QueuedSend;
      expect(NOW_MS - send.updatedAtMs).toBeGreaterThan(LIQUIDITY_WAIT_MS_MAX);
      const one = view.lanes.find(({ address }) => address === send.from) as LaneView;
      const before = one.sends.slice(0, one.sends.indexOf(send)).filter(({ asset }) => asset === send.asset);
      // What goes before it takes from the same money.
      const wanted = sum([send, ...before].map(({ amountMinor }) => amountMinor));
      expect(wanted).toBeGreaterThan(one.reachable.get(send.asset) ?? 10n ** 30n);
    }
  });
});

test('a tank is not refilled, nor an address to which a refill is on its way', () => {
  check((view, { refills }) => {
    for (const address of refills) {
      const one = view.lanes.find((other) => other.address === (address as Address));
      expect(one?.organizationId).not.toBeNull();
      expect(one?.isRefilling).toBe(false);
    }
  });
});
