import type { Uuid } from '../../../platform/id.ts';
import type { Lease } from '../../../platform/lease.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { NetworkConfig } from '../network.ts';
import type { BroadcastOutcome, ChainClient, Tags } from '../rpc/chainReader.ts';
import {
  type BroadcastView,
  decideNext,
  type Handed,
  mayPass,
  type NextStep,
  type OpenTransaction,
} from './decideNext.ts';
import type { Markets } from './markets.ts';
import { readOpen, readRaw } from './openRows.ts';
import { clearLate, type HandedAttempt, storeAsked, storeHanded } from './storeHanded.ts';

/** Addresses that are worked on at once. */
const LANES_MAX = 8;
const FORGET_BLOCKS = 64n;

/** Moments of a round. */
export type BroadcastStep = 'READ' | 'HANDED' | 'STORED' | 'ASKED';

export interface RoundContext {
  readonly database: Database;
  readonly network: NetworkConfig;
  readonly client: ChainClient;
  readonly logger: Logger;
  readonly lease: Lease;
  /** What this process has handed in; lost with it, and then everything is handed in again. */
  readonly memory: Map<Uuid, Handed>;
  readonly markets: Markets;
  readonly atStep: (step: BroadcastStep) => Promise<void>;
}

/**
 * Looks once at everything signed that no block has, of the addresses after `after`, and hands in what is due.
 *
 * @returns the address to go on after
 * @throws {ChainUnreachableError | LeaseLostError}; a retry is safe
 */
export async function broadcastRound(context: RoundContext, after: string): Promise<string> {
  const { client, database, network, lease } = context;
  const tags = await client.tags();
  await clearLate(database, lease, network.code);
  const page = await readOpen(database, network.code, after);
  forget(context.memory, page.lanes.flat(), after === '' && page.after === '', tags.headNumber);
  await context.atStep('READ');
  for (let at = 0; at < page.lanes.length; at += LANES_MAX) {
    const lanes = page.lanes.slice(at, at + LANES_MAX);
    const ended = await Promise.allSettled(lanes.map((lane) => workLane(context, tags, lane)));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }
  return page.after;
}

/**
 * Of what is included. A re-org that brings it back finds it forgotten, and it is handed in at once. What is open on
 * another page was handed in a few blocks ago.
 */
function forget(
  memory: Map<Uuid, Handed>,
  page: readonly OpenTransaction[],
  isAll: boolean,
  headNumber: bigint,
): void {
  const ids = new Set(page.map(({ id }) => id));
  for (const [id, { lastAtHead }] of memory) {
    if (!ids.has(id) && (isAll || lastAtHead + FORGET_BLOCKS < headNumber)) memory.delete(id);
  }
}

/** One address, nonce by nonce: what a nonce before did not get through would only wait in a pool that drops it. */
async function workLane(context: RoundContext, tags: Tags, lane: readonly OpenTransaction[]): Promise<void> {
  const { database, lease } = context;
  const handed: HandedAttempt[] = [];
  try {
    for (const [index, transaction] of lane.entries()) {
      const next = await decide(context, tags, transaction, index === 0);
      if (next.ask !== null || next.clearsAsked) {
        const isAsked = await storeAsked(database, lease, transaction.id, next.ask, next.clearsAsked);
        if (isAsked) await context.atStep('ASKED');
      }
      if (next.hand !== null) {
        const outcome = await handIn(context, tags, transaction, next.hand);
        handed.push({ transactionId: transaction.id, number: next.hand, outcome });
      }
      const last = context.memory.get(transaction.id);
      if (last === undefined || !mayPass(last.outcome)) break;
    }
  } finally {
    if (handed.length > 0) await context.atStep('HANDED');
    await storeHanded(database, lease, handed);
    if (handed.length > 0) await context.atStep('STORED');
  }
}

async function decide(
  { network, memory, markets }: RoundContext,
  tags: Tags,
  transaction: OpenTransaction,
  isFirstOfLane: boolean,
): Promise<NextStep> {
  const { headNumber } = tags;
  const handed = memory.get(transaction.id) ?? null;
  const view: BroadcastView = { headNumber, isFirstOfLane, handed, market: null };
  const next = decideNext(transaction, view, network.fees);
  if (!next.needsMarket) return next;
  const market = await markets.of(transaction.from, tags.headHash);
  return market === null ? next : decideNext(transaction, { ...view, market }, network.fees);
}

async function handIn(
  { database, client, logger, memory, network }: RoundContext,
  { headNumber }: Tags,
  transaction: OpenTransaction,
  number: number,
): Promise<BroadcastOutcome> {
  const raw = await readRaw(database, transaction.id, number);
  // A client that throws does not say that nothing left.
  const outcome = raw === null ? 'UNKNOWN' : await client.broadcast(raw).catch(() => 'UNKNOWN' as const);
  const before = memory.get(transaction.id);
  const isSame = before?.number === number;
  const firstAtHead = isSame && mayPass(before.outcome) ? before.firstAtHead : headNumber;
  memory.set(transaction.id, { number, firstAtHead, lastAtHead: headNumber, outcome });
  const line = { network: network.code, chainTransactionId: transaction.id, attempt: number, outcome };
  if (isSame && before.outcome === outcome) return outcome;
  if (outcome === 'INVALID') logger.error(line, 'no endpoint will ever take this: somebody has to look');
  else if (!mayPass(outcome)) logger.warn(line, 'a transaction was not taken');
  return outcome;
}
