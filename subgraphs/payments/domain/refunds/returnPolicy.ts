import type { Uuid } from '../../../../platform/id.ts';

/** Where money goes that a rail sends back. */
export type OnReturn = 'CREDIT_SOURCE' | 'CREDIT_ACCOUNT' | 'HOLD_IN_SUSPENSE';

/** What was declared when a Transaction began: what becomes of money that its rail sends back. */
export interface ReturnPolicy {
  readonly onReturn: OnReturn;
  /** With CREDIT_ACCOUNT, and null without. */
  readonly accountId: Uuid | null;
  /** How often a refund that did not arrive is tried again by itself; nothing to what is no refund. */
  readonly retries: number;
}

/** A ReturnPolicyInput, as it came. */
export interface ReturnPolicyRequest {
  readonly onReturn: OnReturn;
  readonly accountId?: string | null | undefined;
  readonly retries?: number | null | undefined;
}

export const RETRIES_MAX = 5;

/** What holds where nobody declared anything. */
export const USUAL_POLICY: ReturnPolicy = { onReturn: 'CREDIT_SOURCE', accountId: null, retries: 3 };

const [MINUTE_S, HOUR_S] = [60, 3_600];
/** How long after its nth failure a refund is tried again: what is wrong at a bank is seldom right within minutes. */
const RETRY_DELAYS_S: readonly number[] = [5 * MINUTE_S, HOUR_S, 6 * HOUR_S, 24 * HOUR_S, 72 * HOUR_S];

/** When a refund that has failed `attempt` times is tried again; null once that was often enough. */
export function nextRetryAt(attempt: number, retries: number, now: Date): Date | null {
  if (attempt > retries) return null;
  const delayS = RETRY_DELAYS_S[Math.min(attempt, RETRY_DELAYS_S.length) - 1] ?? HOUR_S;
  return new Date(now.getTime() + delayS * 1_000);
}
