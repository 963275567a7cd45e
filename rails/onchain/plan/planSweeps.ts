import { randomBytes } from 'node:crypto';
import { bytesToHex } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import type { NetworkConfig } from '../network.ts';
import { ChainUnreachableError } from '../rpc/chainReader.ts';
import { carrySweeps } from './carrySweeps.ts';
import { balancesOf, type ChainMoment, readMoment } from './chainFacts.ts';
import { decideNewSweeps, type NewSweeps } from './decideSweeps.ts';
import { groupBy } from './groupBy.ts';
import { isBreakerOpen, readGas, readRefilling } from './readQueue.ts';
import { readNextAddress, readQueuedSweeps, readSweepCandidates, type SweepCandidate } from './readSweeps.ts';
import type { Round } from './round.ts';
import { type WriteOutcome, writePlan } from './writePlan.ts';

const NONCE_BYTES = 32;
const MS_PER_SECOND = 1_000;
/** Between looks at deposit addresses that nobody waits for; those that somebody waits for are looked at each round. */
const SCAN_INTERVAL_MS = 10_000;
const BEHIND_ALL_ADDRESSES = '1';

/**
 * One round of sweeps: goes on with those under way, then begins new ones. Does nothing while the breaker is open or
 * the chain cannot be asked.
 *
 * @returns LOST when another has the lease; nothing was written then
 */
export async function planSweeps(round: Round): Promise<WriteOutcome> {
  const { database, network, client, memory } = round;
  const isScan = Date.now() >= memory.sweepScanAtMs;
  const from = isScan ? memory.sweepFrom : BEHIND_ALL_ADDRESSES;
  const found = await database.write(async (tx) => ({
    isStalled: await isBreakerOpen(tx, network.code),
    queued: await readQueuedSweeps(tx, network.code),
    candidates: await readSweepCandidates(tx, network, from),
    next: await readNextAddress(tx, network.code, memory.sweepFrom),
  }));
  if (isScan) {
    memory.sweepFrom = found.next;
    memory.sweepScanAtMs = Date.now() + SCAN_INTERVAL_MS;
  }
  const { queued, candidates } = found;
  if (found.isStalled || queued.length + candidates.length === 0) return 'WRITTEN';
  try {
    const moment = await readMoment(client, network);
    if (queued.length > 0 && (await carrySweeps(round, queued, moment)) === 'LOST') return 'LOST';
    return candidates.length === 0 ? 'WRITTEN' : await beginSweeps(round, candidates, moment);
  } catch (error) {
    if (!(error instanceof ChainUnreachableError)) throw error;
    round.logger.warn({ fault: error.message }, 'the chain cannot be asked; sweeps wait');
    return 'WRITTEN';
  }
}

async function beginSweeps(
  round: Round,
  candidates: readonly SweepCandidate[],
  moment: ChainMoment,
): Promise<WriteOutcome> {
  const { database, network, lease } = round;
  const decided = decideNewSweeps({
    network,
    fees: moment.fees,
    nowSeconds: BigInt(Math.floor(Date.now() / MS_PER_SECOND)),
    candidates: await withBalances(round, candidates, moment.tags.finalizedNumber),
    gasWei: await gasOf(round, candidates),
    randomNonce: () => bytesToHex(randomBytes(NONCE_BYTES)),
  });
  if (decided.sweeps.length + decided.refills.length === 0) return 'WRITTEN';
  round.at?.('DECIDED');
  const refills = await database.write((tx) => readRefilling(tx, network.code, decided.refills));
  const outcome = await writePlan(database, lease, {
    ...emptyPlan(network),
    sweeps: decided.sweeps,
    transactions: decided.transactions,
    refills: newRefills(network, decided, refills),
  });
  round.at?.('WRITTEN');
  return outcome;
}

function newRefills(network: NetworkConfig, { refills }: NewSweeps, under: ReadonlySet<string>) {
  return refills.filter((to) => !under.has(to)).map((to) => ({ to, amountWei: network.gas.refillWei }));
}

/** At the finalized block, so that no re-org takes away what is being swept. */
async function withBalances(
  { client, network }: Round,
  candidates: readonly SweepCandidate[],
  blockNumber: bigint,
) {
  const found = [];
  for (const [code, group] of groupBy(candidates, ({ asset }) => asset)) {
    const contract = network.assets.find(({ asset }) => asset === code)?.contract ?? null;
    const owners = group.map(({ address }) => address);
    const balances = await balancesOf(client, contract, owners, blockNumber);
    for (const one of group) found.push({ ...one, balanceMinor: balances.get(one.address) ?? 0n });
  }
  return found;
}

async function gasOf({ database, network }: Round, candidates: readonly SweepCandidate[]) {
  const coins = candidates.filter(({ asset }) => asset === network.nativeAsset);
  const organizations = [...new Set(coins.map(({ organization_id }) => organization_id))];
  if (organizations.length === 0) return new Map<Uuid, bigint>();
  return await database.write((tx) => readGas(tx, network.code, network.nativeAsset, organizations));
}

/** A plan that changes nothing. */
export function emptyPlan(network: NetworkConfig) {
  return {
    network: network.code,
    nativeAsset: network.nativeAsset,
    transactions: [],
    waits: [],
    failures: [],
    screened: new Map(),
    versions: new Map<Uuid, number>(),
    refills: [],
  };
}
