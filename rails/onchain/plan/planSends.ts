import type { Uuid } from '../../../platform/id.ts';
import { ChainUnreachableError } from '../rpc/chainReader.ts';
import type { ScreeningAnswer } from '../screening/screening.ts';
import { readMoment } from './chainFacts.ts';
import { decidePlan } from './decidePlan.ts';
import { estimateGroups } from './estimateGroups.ts';
import { gatherView } from './gatherView.ts';
import { groupBy } from './groupBy.ts';
import { type Plan, type PlanView, type QueuedSend, TRANSACTION_GAS_MAX } from './planView.ts';
import { groupOf, proposeGroups } from './proposeGroups.ts';
import { isBreakerOpen, QUEUES_MAX, readQueue } from './readQueue.ts';
import { type Round, rememberReverts } from './round.ts';
import { screenSends } from './screenSends.ts';
import { type WriteOutcome, writePlan } from './writePlan.ts';

/**
 * One round of payments and refills: reads what is queued, asks screening and the chain, decides, writes.
 *
 * @returns LOST when another has the lease; nothing was written then
 */
export async function planSends(round: Round): Promise<WriteOutcome> {
  const { database, network, lease, memory } = round;
  const [sends, isStalled] = await database.write(async (tx) => [
    await readQueue(tx, network, memory.queueFrom),
    await isBreakerOpen(tx, network.code),
  ]);
  memory.queueFrom = nextFrom(sends);
  if (sends.length === 0) return 'WRITTEN';
  const screened = await screenSends(round.screening, network.code, sends, round.logger);
  const plan = isStalled ? null : await planOnChain(round, sends, screened);
  round.at?.('DECIDED');
  const { transactions, waits, failures, refills } = plan ?? decideStalled(round, sends, screened);
  const outcome = await writePlan(database, lease, {
    network: network.code,
    nativeAsset: network.nativeAsset,
    transactions,
    waits,
    failures,
    screened,
    versions: new Map(sends.map(({ id, version }) => [id, version])),
    refills: refills.map((to) => ({ to, amountWei: network.gas.refillWei })),
  });
  round.at?.('WRITTEN');
  return outcome;
}

/** Null when the chain cannot be asked. */
async function planOnChain(
  round: Round,
  sends: readonly QueuedSend[],
  screened: ReadonlyMap<Uuid, ScreeningAnswer>,
): Promise<Plan | null> {
  const { client, network, memory } = round;
  try {
    const moment = () => readMoment(client, network);
    const view = await gatherView(round, sends, moment, screened, memory.reverts);
    const proposal = proposeGroups(view);
    const regroup = (
      group: { readonly lane: QueuedSend['from']; readonly organizationId: Uuid | null },
      some: readonly QueuedSend[],
    ) => groupOf(view, { address: group.lane, organizationId: group.organizationId }, some);
    const { groups, postponed } = await estimateGroups(client, proposal.groups, regroup, gasMaxOf(view));
    const plan = decidePlan(view, proposal, groups);
    rememberReverts(memory, plan, view.moment.tags.headNumber);
    reportTank(round, view, plan);
    const later = postponed.map(({ id }) => ({ id, waitsFor: 'LANE' as const }));
    return { ...plan, waits: [...plan.waits, ...later] };
  } catch (error) {
    if (!(error instanceof ChainUnreachableError)) throw error;
    round.logger.warn({ fault: error.message }, 'the chain cannot be asked; sends wait');
    return null;
  }
}

/** What can be said without the chain: nothing new begins, and screening still refuses. */
function decideStalled(
  { network }: Round,
  sends: readonly QueuedSend[],
  screened: ReadonlyMap<Uuid, ScreeningAnswer>,
): Plan {
  const lanes = [...groupBy(sends, ({ from }) => from)].map(([address, queued]) => ({
    address,
    organizationId: queued[0]?.organizationId ?? null,
    open: 0,
    coinWei: 0n,
    tokens: new Map(),
    allowed: new Set<string>(),
    approvals: new Map(),
    reachable: new Map(),
    isRefilling: false,
    sends: queued,
  }));
  const view: PlanView = {
    nowMs: Date.now(),
    network,
    isStalled: true,
    fees: null,
    lanes,
    gasWei: new Map(),
    screened,
    reverting: new Map(),
  };
  return decidePlan(view, proposeGroups(view), []);
}

/** Also no more than the fee policy lets a transaction cost. */
function gasMaxOf({ network, fees }: PlanView): bigint {
  const perGasWei = fees?.maxFeePerGasWei ?? 0n;
  if (perGasWei === 0n) return TRANSACTION_GAS_MAX;
  const payable = network.fees.transactionFeeWeiMax / perGasWei;
  return payable < TRANSACTION_GAS_MAX ? payable : TRANSACTION_GAS_MAX;
}

/** People fill the tank, so they are told, once for each time that it runs low. */
function reportTank({ memory, logger, network }: Round, view: PlanView, { waits }: Plan): void {
  const tank = view.lanes.find(({ organizationId }) => organizationId === null);
  if (tank === undefined) return;
  const refills = new Set(tank.sends.map(({ id }) => id));
  const isLow = waits.some(
    ({ id, waitsFor }) => refills.has(id) && (waitsFor === 'LIQUIDITY' || waitsFor === 'GAS'),
  );
  if (isLow && !memory.isTankLow)
    logger.error(
      { network: network.code, address: tank.address },
      'the gas tank is too low to refill addresses',
    );
  memory.isTankLow = isLow;
}

/** The whole queue again, unless there were more than one round reads. */
function nextFrom(sends: readonly QueuedSend[]): string {
  const queues = groupBy(sends, ({ from, asset }) => `${from} ${asset}`);
  return queues.size < QUEUES_MAX ? '' : (sends.at(-1)?.from ?? '');
}
