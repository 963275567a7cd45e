import type { Uuid } from '../../../platform/id.ts';
import type { Lease } from '../../../platform/lease.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient } from '../rpc/chainReader.ts';
import type { Screening } from '../screening/screening.ts';

/** Moments of a round at which a test ends it. */
export type PlanMoment = 'DECIDED' | 'WRITTEN';

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
  /** Sends that the chain would revert, with its head when it first said so. */
  readonly reverts: Map<Uuid, bigint>;
  /** Told of once. */
  isTankLow: boolean;
}

export const createPlanMemory = (): PlanMemory => ({
  queueFrom: '',
  sweepFrom: '',
  reverts: new Map(),
  isTankLow: false,
});
