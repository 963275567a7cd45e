import type { Uuid } from '../../../platform/id.ts';
import type { Lease } from '../../../platform/lease.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient } from '../rpc/chainReader.ts';
import type { Screening } from '../screening/screening.ts';
import type { Plan } from './planView.ts';

/** Moments of a round at which a test ends it. */
export type PlanMoment = 'DECIDED' | 'WRITTEN';

/** Sends whose revert is remembered. */
const REVERTS_MAX = 10_000;

/** What the parts of a round work with. */
export interface Round {
  readonly database: Database;
  readonly network: NetworkConfig;
  readonly client: ChainClient;
  readonly screening: Screening;
  readonly logger: Logger;
  readonly lease: Lease;
  readonly memory: PlanMemory;
  readonly at?: ((moment: PlanMoment) => void) | undefined;
}

/** What a planner remembers between its rounds. Losing it costs some blocks of waiting and nothing else. */
export interface PlanMemory {
  /** Where the next round begins, so that many addresses have their turns. */
  queueFrom: string;
  sweepFrom: string;
  /** When deposit addresses that nobody waits for are next looked through; milliseconds since 1970. */
  sweepScanAtMs: number;
  /** Sends that the chain would revert, with its head when it first said so. */
  readonly reverts: Map<Uuid, bigint>;
  /** Told of once. */
  isTankLow: boolean;
}

export const createPlanMemory = (): PlanMemory => ({
  queueFrom: '',
  sweepFrom: '',
  sweepScanAtMs: 0,
  reverts: new Map(),
  isTankLow: false,
});

/** Keeps since which block the chain would revert a send, and forgets those that are decided. */
export function rememberReverts(
  { reverts }: PlanMemory,
  { waits, transactions, failures }: Pick<Plan, 'waits' | 'transactions' | 'failures'>,
  headNumber: bigint,
): void {
  for (const { id } of failures) reverts.delete(id);
  for (const { sendIds } of transactions) for (const id of sendIds) reverts.delete(id);
  for (const { id, waitsFor } of waits)
    if (waitsFor === 'REVERT' && !reverts.has(id)) reverts.set(id, headNumber);
  for (const id of reverts.keys()) {
    if (reverts.size <= REVERTS_MAX) break;
    reverts.delete(id);
  }
}
