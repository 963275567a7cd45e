import { present } from '../../../platform/invariant.ts';
import { MULTISEND_PAYMENTS_MAX } from '../keys/calldata.ts';
import type { NetworkAsset } from '../network.ts';
import { approvalCall, multisendCall, transferCall } from './calls.ts';
import { groupBy } from './groupBy.ts';
import {
  type Failure,
  type Group,
  type LaneView,
  LIQUIDITY_WAIT_MS_MAX,
  type PlanView,
  type Proposal,
  type QueuedSend,
  type Wait,
  type WaitsFor,
} from './planView.ts';

interface Verdicts {
  readonly waits: Wait[];
  readonly failures: Failure[];
}

/**
 * Which sends may go now, and in which ChainTransactions; what those that may not wait for. Pure. Of one asset of one
 * address a send never overtakes one that waits for money; one that is held for a reason of its own (screening, a
 * payee that refuses) holds nobody else.
 */
export function proposeGroups(view: PlanView): Proposal {
  const verdicts: Verdicts = { waits: [], failures: [] };
  const groups = view.lanes.flatMap((lane) => proposeLane(view, lane, verdicts));
  return { groups, ...verdicts };
}

function proposeLane(view: PlanView, lane: LaneView, verdicts: Verdicts): readonly Group[] {
  const clear = lane.sends.filter((send) => isClear(view, send, verdicts));
  const general = generalWait(view);
  if (general !== null) {
    wait(verdicts, clear, general);
    return [];
  }
  const place = new Map(lane.sends.map((send, index) => [send.id, index]));
  const groups = [...groupBy(clear, ({ asset }) => asset).values()].flatMap((sends) =>
    proposeAsset(view, lane, coveredOf(view, lane, sends, verdicts), verdicts),
  );
  const firstOf = ({ sends }: Group): number => place.get(sends[0]?.id ?? ('' as never)) ?? -1;
  groups.sort((a, b) => firstOf(a) - firstOf(b));
  const room = Math.max(0, view.network.inFlightMax - lane.open);
  for (const { sends } of groups.slice(room)) wait(verdicts, sends, 'LANE');
  return groups.slice(0, room);
}

function isClear(view: PlanView, send: QueuedSend, { waits, failures }: Verdicts): boolean {
  if (send.purpose !== 'PAYMENT' || send.isScreened) return true;
  const answer = view.screened.get(send.id);
  if (answer === undefined) waits.push({ id: send.id, waitsFor: 'SCREENING' });
  else if (answer.outcome === 'REFUSED') failures.push({ id: send.id, code: 'DESTINATION_REFUSED' });
  else return true;
  return false;
}

/** What stops everything, whatever it is. */
function generalWait({ isStalled, fees }: PlanView): WaitsFor | null {
  if (isStalled || fees === null) return 'BREAKER';
  return fees.isEnough ? null : 'GAS';
}

/** Those at the front that the address can pay; the first that it cannot, and all behind it, wait for money. */
function coveredOf(
  view: PlanView,
  lane: LaneView,
  sends: readonly QueuedSend[],
  verdicts: Verdicts,
): readonly QueuedSend[] {
  const asset = sends[0]?.asset ?? '';
  let left = spendable(view, lane, asset);
  let reachable = lane.reachable.get(asset);
  const covered: QueuedSend[] = [];
  for (const [index, send] of sends.entries()) {
    if (send.amountMinor <= left) {
      covered.push(send);
      left -= send.amountMinor;
      if (reachable !== undefined) reachable -= send.amountMinor;
    } else if (isHopeless(view, send, reachable)) {
      verdicts.failures.push({ id: send.id, code: 'INSUFFICIENT_LIQUIDITY' });
    } else {
      wait(verdicts, sends.slice(index), 'LIQUIDITY');
      break;
    }
  }
  return covered;
}

function isHopeless(view: PlanView, send: QueuedSend, reachable: bigint | undefined): boolean {
  const hasWaited = send.waitsFor === 'LIQUIDITY' && view.nowMs - send.updatedAtMs > LIQUIDITY_WAIT_MS_MAX;
  return send.purpose === 'PAYMENT' && hasWaited && reachable !== undefined && send.amountMinor > reachable;
}

/**
 * Coins that pay for gas are not sent away, as far as the address needs them: what its organization has paid ahead, up
 * to what a refill would bring back at once.
 */
export function spendable({ network, gasWei }: PlanView, lane: LaneView, asset: string): bigint {
  if (asset !== network.nativeAsset) return lane.tokens.get(asset) ?? 0n;
  const paidWei =
    lane.organizationId === null ? network.gas.refillBelowWei : (gasWei.get(lane.organizationId) ?? 0n);
  const keptWei = paidWei < network.gas.refillBelowWei ? paidWei : network.gas.refillBelowWei;
  return lane.coinWei - (keptWei > 0n ? keptWei : 0n);
}

/** @param sends of one asset, all covered */
function proposeAsset(
  view: PlanView,
  lane: LaneView,
  sends: readonly QueuedSend[],
  verdicts: Verdicts,
): readonly Group[] {
  const [first] = sends;
  if (first === undefined) return [];
  const asset = assetOf(view, first.asset);
  const goesAlone = (send: QueuedSend): boolean =>
    send.goesAlone || send.purpose === 'REFILL' || view.reverting.has(send.id);
  const together = sends.filter((send) => !goesAlone(send));
  const { multisend } = view.network;
  const isGrouped =
    multisend !== null &&
    together.length > 1 &&
    // One that takes a fee of each transfer makes a pooled payment fail.
    asset.transfersExactly &&
    lane.approvals.get(asset.asset) !== 'FAILED';
  if (!isGrouped) return sends.map((send) => groupOf(view, lane, [send]));
  const alone = sends.filter(goesAlone).map((send) => groupOf(view, lane, [send]));
  if (asset.contract !== null && !lane.allowed.has(asset.asset)) {
    // No sooner by themselves: they would stand behind the approval in the same lane.
    wait(verdicts, together, 'LANE');
    if (lane.approvals.has(asset.asset)) return alone;
    const call = approvalCall(asset.contract, multisend);
    const { address, organizationId } = lane;
    return [
      { kind: 'APPROVAL', lane: address, organizationId, asset: asset.asset, sends: [], call },
      ...alone,
    ];
  }
  return [...chunksOf(together, asset).map((chunk) => groupOf(view, lane, chunk)), ...alone];
}

/** As many as one call may carry, and as much as the signer lets one signature move. */
export function chunksOf(
  sends: readonly QueuedSend[],
  asset: NetworkAsset,
): readonly (readonly QueuedSend[])[] {
  const chunks: QueuedSend[][] = [];
  let total = 0n;
  for (const send of sends) {
    const chunk = chunks.at(-1);
    total += send.amountMinor;
    if (
      chunk !== undefined &&
      chunk.length < MULTISEND_PAYMENTS_MAX &&
      total <= asset.perTransactionMinorMax
    ) {
      chunk.push(send);
    } else {
      chunks.push([send]);
      total = send.amountMinor;
    }
  }
  return chunks;
}

/** The Group that carries exactly these, of one asset. */
export function groupOf(
  view: PlanView,
  lane: Pick<LaneView, 'address' | 'organizationId'>,
  sends: readonly QueuedSend[],
): Group {
  const [first] = sends;
  const { asset, contract } = assetOf(view, present(first, 'a send of the group').asset);
  const { multisend } = view.network;
  const isOne = first !== undefined && (sends.length === 1 || multisend === null);
  return {
    kind: isOne ? 'TRANSFER' : 'MULTISEND',
    lane: lane.address,
    organizationId: lane.organizationId,
    asset,
    sends,
    call: isOne
      ? transferCall(contract, first.to, first.amountMinor)
      : multisendCall(present(multisend, 'a multisend contract'), contract, sends),
  };
}

function assetOf({ network }: PlanView, code: string): NetworkAsset {
  return present(
    network.assets.find(({ asset }) => asset === code),
    `${code} on ${network.code}`,
  );
}

function wait({ waits }: Verdicts, sends: readonly QueuedSend[], waitsFor: WaitsFor): void {
  for (const { id } of sends) waits.push({ id, waitsFor });
}
