import type { Connection } from '../../../platform/connection.ts';
import type { LimitPolicy } from '../domain/limits/limitPolicy.ts';

/** A policy with what was used of it when it was read. */
export interface LimitPolicyView extends LimitPolicy {
  readonly usedTodayMinor: bigint;
  readonly usedInThirtyDaysMinor: bigint;
  readonly countToday: number;
}

export type LimitPolicyConnectionView = Connection<LimitPolicyView>;
