import { sleep } from '../../platform/clock.ts';
import type { Exchange } from './exchange.ts';
import { SubgraphUnavailableError } from './port.ts';

export interface RetryOptions {
  readonly retriesMax?: number;
  /** The longest wait before the first retry; it doubles with each. */
  readonly delayMs?: number;
  readonly budget?: RetryBudget;
}

const RETRIES_MAX = 2;
const DELAY_MS = 20;
const DELAY_MAX_MS = 1_000;
/** A proxy says these for a subgraph that restarts; what the subgraph itself fails with would only fail again. */
const STATUSES = new Set([502, 503, 504]);

/**
 * Sends queries again whose connection broke or that came to no subgraph. Waits are exponential with full jitter, so that
 * many routers do not knock in step at a subgraph that just came back. Mutations are sent once.
 */
export function withRetries(exchange: Exchange, options: RetryOptions = {}): Exchange {
  const { retriesMax = RETRIES_MAX, delayMs = DELAY_MS, budget = createRetryBudget() } = options;
  return async (parcel) => {
    budget.deposit();
    for (let attempt = 0; ; attempt++) {
      try {
        return await exchange(parcel);
      } catch (error) {
        if (parcel.request.kind === 'mutation' || !isWorthRetrying(error) || attempt >= retriesMax)
          throw error;
        const waitMs = Math.random() * Math.min(delayMs * 2 ** attempt, DELAY_MAX_MS);
        const isTooLate = performance.now() + waitMs >= parcel.dueAtMs;
        if (isTooLate || !budget.take()) throw error;
        await sleep(waitMs, parcel.signal);
      }
    }
  };
}

function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof SubgraphUnavailableError)) return false;
  return error.reason === 'CONNECTION' || (error.reason === 'STATUS' && STATUSES.has(error.status ?? 0));
}

/** How much a subgraph may be asked again, so that one that is down does not get several times its load. */
export interface RetryBudget {
  /** For each request: a part of a retry is earned. */
  deposit(): void;
  /** True when a retry may be made; it is paid then. */
  take(): boolean;
}

export interface RetryBudgetOptions {
  /** Retries for each request. */
  readonly ratio?: number;
  /** Retries a second that are there without any request, for a subgraph that is seldom asked. */
  readonly perSecond?: number;
  /** Retries that can be saved up. */
  readonly savedMax?: number;
  readonly nowMs?: () => number;
}

const RATIO = 0.1;
const PER_SECOND = 1;
const SAVED_MAX = 10;

export function createRetryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const { ratio = RATIO, perSecond = PER_SECOND, savedMax = SAVED_MAX } = options;
  const nowMs = options.nowMs ?? (() => performance.now());
  let saved = savedMax;
  let filledAtMs = nowMs();
  return {
    deposit() {
      saved = Math.min(saved + ratio, savedMax);
    },
    take() {
      const now = nowMs();
      saved = Math.min(saved + ((now - filledAtMs) / 1_000) * perSecond, savedMax);
      filledAtMs = now;
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
