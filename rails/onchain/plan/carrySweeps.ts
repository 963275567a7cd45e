import type { Address } from 'viem';
import { bytesToHex, type Hex } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { gasLimitOf } from '../usualGas.ts';
import { authorizationStateData, type SignedAuthorization, sweepCall, transferCall } from './calls.ts';
import { type ChainMoment, readMoment } from './chainFacts.ts';
import { decidePlan } from './decidePlan.ts';
import { decideSweepStep, readyOf, type SweepStep } from './decideSweeps.ts';
import { estimateGroups } from './estimateGroups.ts';
import { gatherView } from './gatherView.ts';
import { groupBy } from './groupBy.ts';
import {
  type EstimatedGroup,
  type Failure,
  type Group,
  type QueuedSend,
  TRANSACTION_GAS_MAX,
} from './planView.ts';
import { chunksOf } from './proposeGroups.ts';
import type { QueuedSweep } from './readSweeps.ts';
import { type Round, rememberReverts } from './round.ts';
import { type WantedRefill, type WriteOutcome, writePlan } from './writePlan.ts';

const MS_PER_SECOND = 1_000;
/** A refill of a deposit address lasts for two transfers at today's price. */
const REFILL_TRANSFERS = 2n;

/**
 * Goes on with sweeps under way: ends those whose authorization was used or has expired, and puts what is signed into
 * transactions from custody. A token without authorizations is moved by its deposit address, once that has coins.
 *
 * @throws {ChainUnreachableError}; safe to retry
 */
export async function carrySweeps(
  round: Round,
  sweeps: readonly QueuedSweep[],
  moment: ChainMoment,
): Promise<WriteOutcome> {
  const { database, network, client, lease, memory } = round;
  const { ready, finals, failures } = await sortOut(round, sweeps, moment);
  const byId = new Map(sweeps.map((sweep) => [sweep.id, sweep]));
  const readNow = () => readMoment(client, network);
  const view = await gatherView(round, ready.map(toSend), readNow, new Map(), memory.reverts);
  const groups = groupsOf(round, ready, byId);
  const { groups: estimated } = await estimateGroups(
    client,
    groups,
    (group, some) => regroup(round, group, some, byId),
    TRANSACTION_GAS_MAX,
  );
  const plan = decidePlan(
    view,
    { groups, waits: [], failures: [] },
    view.moment.fees.isEnough ? estimated : [],
  );
  rememberReverts(memory, plan, view.moment.tags.headNumber);
  return await writePlan(database, lease, {
    network: network.code,
    nativeAsset: network.nativeAsset,
    transactions: plan.transactions,
    waits: plan.waits,
    failures: [...failures, ...plan.failures],
    finals,
    screened: new Map(),
    versions: new Map(sweeps.map(({ id, version }) => [id, version])),
    refills: refillsOf(round, view, plan.refills, estimated, view.moment),
  });
}

interface Sorted {
  readonly ready: readonly QueuedSweep[];
  readonly finals: readonly Uuid[];
  readonly failures: readonly Failure[];
}

async function sortOut(round: Round, sweeps: readonly QueuedSweep[], { tags }: ChainMoment): Promise<Sorted> {
  const nowMs = Date.now();
  const nowSeconds = BigInt(Math.floor(nowMs / MS_PER_SECOND));
  const finalizedSeconds = BigInt(Math.floor(tags.finalizedAtMs / MS_PER_SECOND));
  const [authorized, plain] = [sweeps.filter(isAuthorized), sweeps.filter((one) => !isAuthorized(one))];
  const stepOf = (sweep: QueuedSweep) => decideSweepStep(sweep, finalizedSeconds, nowSeconds);
  const { finalizedNumber } = tags;
  // One that the chain still would not take when that had become final may have been handed in by somebody else.
  const isEnding = ({ id }: QueuedSweep, step: SweepStep): boolean =>
    step === 'EXPIRED' || (round.memory.reverts.get(id) ?? finalizedNumber + 1n) <= finalizedNumber;
  const finals: Uuid[] = [];
  const failures: Failure[] = [];
  for (const sweep of authorized) {
    const step = stepOf(sweep);
    const isUsed =
      step === 'USED' || (isEnding(sweep, step) && (await isUsedAt(round, sweep, finalizedNumber)));
    if (isUsed) finals.push(sweep.id);
    else if (step === 'EXPIRED') failures.push({ id: sweep.id, code: 'EXPIRED' });
  }
  const groups = groupBy(authorized, ({ to_address, asset }) => `${to_address} ${asset}`);
  const ready = [...groups.values()].flatMap((group) =>
    readyOf(group, (sweep) => stepOf(sweep) === 'READY' && !finals.includes(sweep.id), nowMs),
  );
  return { ready: [...ready, ...plain], finals, failures };
}

function isAuthorized({ state }: QueuedSweep): boolean {
  return state !== null;
}

async function isUsedAt({ client }: Round, sweep: QueuedSweep, blockNumber: bigint): Promise<boolean> {
  const contract = present(sweep.contract, 'the contract of an authorization');
  const data = authorizationStateData(sweep.from_address, present(sweep.nonce, 'its nonce'));
  const answer = await client.call(contract, data, { blockNumber });
  return answer !== null && answer !== '0x' && BigInt(answer) === 1n;
}

/** As the rest of the planner sees it: from whoever sends the transaction. */
function toSend(sweep: QueuedSweep): QueuedSend {
  return {
    id: sweep.id,
    organizationId: sweep.organization_id,
    purpose: 'SWEEP',
    asset: sweep.asset,
    from: isAuthorized(sweep) ? sweep.to_address : sweep.from_address,
    to: sweep.to_address,
    amountMinor: sweep.amount,
    waitsFor: sweep.waits_for,
    updatedAtMs: sweep.updated_at.getTime(),
    version: sweep.version,
    isScreened: true,
    goesAlone: !isAuthorized(sweep),
  };
}

function groupsOf(
  round: Round,
  ready: readonly QueuedSweep[],
  byId: ReadonlyMap<Uuid, QueuedSweep>,
): readonly Group[] {
  const groups = groupBy(ready.map(toSend), ({ from, asset }) => `${from} ${asset}`);
  return [...groups.values()].flatMap((sends) => {
    const [first] = sends;
    const asset = round.network.assets.find((one) => one.asset === first?.asset);
    if (first === undefined || asset === undefined) return [];
    const base = { lane: first.from, organizationId: first.organizationId, asset: asset.asset };
    const isReverting = ({ id }: QueuedSend): boolean => round.memory.reverts.has(id);
    const chunks = chunksOf(
      sends.filter((send) => !isReverting(send)),
      asset,
    );
    const alone = sends.filter(isReverting).map((send) => [send]);
    return [...chunks, ...alone].map((some) => regroup(round, base, some, byId));
  });
}

function regroup(
  { network }: Round,
  base: { readonly lane: Address; readonly organizationId: Uuid | null; readonly asset: string },
  sends: readonly QueuedSend[],
  byId: ReadonlyMap<Uuid, QueuedSweep>,
): Group {
  const sweeps = sends.map(({ id }) => present(byId.get(id), 'a sweep'));
  const contract = present(network.assets.find(({ asset }) => asset === base.asset)?.contract, 'a token');
  const [first] = sweeps;
  const { lane, organizationId, asset } = base;
  if (first !== undefined && !isAuthorized(first)) {
    const call = transferCall(contract, first.to_address, first.amount);
    return { kind: 'TRANSFER', lane, organizationId, asset, sends, call };
  }
  const multisend = present(network.multisend, 'a multisend contract');
  const call = sweepCall(multisend, contract, sweeps.map(toAuthorization));
  return { kind: 'SWEEP', lane, organizationId, asset, sends, call };
}

function toAuthorization(sweep: QueuedSweep): SignedAuthorization {
  return {
    from: sweep.from_address,
    to: sweep.to_address,
    amountMinor: sweep.amount,
    validAfterSeconds: 0n,
    validBeforeSeconds: present(sweep.valid_before_seconds, 'the window of an authorization'),
    nonce: present(sweep.nonce, 'its nonce') as Hex,
    signature: bytesToHex(present(sweep.signature, 'its signature')),
  };
}

/** A custody address gets the usual amount; a deposit address what it needs, since what is left there lies idle. */
function refillsOf(
  { network }: Round,
  view: Awaited<ReturnType<typeof gatherView>>,
  wanted: readonly Address[],
  estimated: readonly EstimatedGroup[],
  { fees }: ChainMoment,
): readonly WantedRefill[] {
  const deposits = new Map(
    estimated.flatMap(({ kind, lane, gas }) =>
      kind === 'TRANSFER' && gas !== null ? [[lane, gasLimitOf(gas) * fees.maxFeePerGasWei] as const] : [],
    ),
  );
  return wanted.flatMap((to) => {
    const needWei = deposits.get(to);
    if (needWei === undefined) return [{ to, amountWei: network.gas.refillWei }];
    const coinWei = view.lanes.find(({ address }) => address === to)?.coinWei ?? 0n;
    return coinWei >= needWei ? [] : [{ to, amountWei: needWei * REFILL_TRANSFERS }];
  });
}
