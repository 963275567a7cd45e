import type { Address } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { gasLimitOf } from '../usualGas.ts';
import { groupBy } from './groupBy.ts';
import type {
  EstimatedGroup,
  Failure,
  LaneView,
  Plan,
  PlannedTransaction,
  PlanView,
  Proposal,
  Wait,
  WaitsFor,
} from './planView.ts';

/** What is left in the course of one decision. */
interface Left {
  readonly gasWei: Map<Uuid, bigint>;
  readonly transactions: PlannedTransaction[];
  readonly waits: Wait[];
  readonly failures: Failure[];
}

/**
 * Turns proposed groups into ChainTransactions as far as lane room and gas go. Pure. Every send of the view is in
 * exactly one of: a transaction, a wait with its reason, a failure. Once one group of an address has to wait for room
 * or gas, all behind it do, so that none overtakes.
 *
 * @param groups those of `proposal`, perhaps split, in the same order
 */
export function decidePlan(view: PlanView, proposal: Proposal, groups: readonly EstimatedGroup[]): Plan {
  const left: Left = {
    gasWei: new Map(view.gasWei),
    transactions: [],
    waits: [...proposal.waits],
    failures: [...proposal.failures],
  };
  const refills: Address[] = [];
  const byLane = groupBy(groups, ({ lane }) => lane);
  for (const lane of view.lanes) {
    const isShort = decideLane(view, lane, byLane.get(lane.address) ?? [], left);
    if (needsRefill(view, lane, isShort, left)) refills.push(lane.address);
  }
  const { transactions, waits, failures } = left;
  return { transactions, waits, failures, refills };
}

/** True when the address lacked gas. */
function decideLane(view: PlanView, lane: LaneView, groups: readonly EstimatedGroup[], left: Left): boolean {
  let { coinWei } = lane;
  let room = view.network.inFlightMax - lane.open;
  let stop: WaitsFor | null = null;
  for (const group of groups) {
    if (group.gas === null) {
      refuse(view, group, left);
      continue;
    }
    const transaction = transactionOf(view, group, group.gas);
    const gasWei = transaction.gasLimit * transaction.maxFeePerGasWei;
    const paidWei = lane.organizationId === null ? coinWei : (left.gasWei.get(lane.organizationId) ?? 0n);
    const isPayable =
      gasWei <= paidWei &&
      gasWei + group.call.valueWei <= coinWei &&
      gasWei <= view.network.fees.transactionFeeWeiMax;
    if (stop === null && room <= 0) stop = 'LANE';
    if (stop === null && !isPayable) stop = 'GAS';
    if (stop !== null) {
      for (const { id } of group.sends) left.waits.push({ id, waitsFor: stop });
      continue;
    }
    room--;
    coinWei -= gasWei + group.call.valueWei;
    if (lane.organizationId !== null) left.gasWei.set(lane.organizationId, paidWei - gasWei);
    left.transactions.push(transaction);
  }
  return stop === 'GAS';
}

/** The chain would revert it. That is the last word only once the chain cannot take back what it said. */
function refuse(view: PlanView, { sends }: EstimatedGroup, { waits, failures }: Left): void {
  for (const { id } of sends) {
    if (view.reverting.get(id) === 'FINALIZED') failures.push({ id, code: 'WOULD_REVERT' });
    else waits.push({ id, waitsFor: 'REVERT' });
  }
}

function transactionOf(view: PlanView, group: EstimatedGroup, gas: bigint): PlannedTransaction {
  const { maxFeePerGasWei, maxPriorityFeePerGasWei } = present(view.fees, 'fees');
  return {
    kind: group.kind,
    organizationId: group.organizationId,
    from: group.lane,
    sendIds: group.sends.map(({ id }) => id),
    call: group.call,
    gasLimit: gasLimitOf(gas),
    maxFeePerGasWei,
    maxPriorityFeePerGasWei,
  };
}

/** Before it runs dry, where something is to be sent; and the tank itself is filled by people. */
function needsRefill(view: PlanView, lane: LaneView, isShort: boolean, { gasWei }: Left): boolean {
  if (lane.organizationId === null || lane.isRefilling || view.isStalled || view.fees === null) return false;
  if (lane.sends.length === 0 || !view.fees.isEnough) return false;
  return isShort || (gasWei.get(lane.organizationId) ?? 0n) < view.network.gas.refillBelowWei;
}
