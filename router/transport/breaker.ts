import { SubgraphUnavailableError } from './port.ts';
import { RollingWindow } from './window.ts';

/**
 * CLOSED: every request goes through, and outcomes are counted.
 * OPEN: none does, until a time has passed; then the next one makes it HALF_OPEN.
 * HALF_OPEN: a few go through as probes. All of them succeed: CLOSED. One fails: OPEN again.
 */
export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

export interface BreakerTransition {
  readonly name: string;
  readonly from: BreakerState;
  readonly to: BreakerState;
  /** Outcomes of the window that led to it. */
  readonly failures: number;
  readonly requests: number;
}

export interface BreakerOptions {
  readonly windowMs?: number;
  /** Outcomes in the window below which nothing is concluded. */
  readonly requestsMin?: number;
  /** Part of the window's outcomes that must be failures. */
  readonly failureRatio?: number;
  /** How long it stays open, give or take a fifth. */
  readonly openMs?: number;
  /** Requests let through while half open, and successes that close it. */
  readonly probesMax?: number;
  readonly onTransition?: (transition: BreakerTransition) => void;
  readonly nowMs?: () => number;
}

export interface Breaker {
  readonly state: BreakerState;
  /**
   * Runs `attempt`, unless the breaker is open.
   *
   * @throws {SubgraphUnavailableError} OPEN without having tried; else whatever `attempt` rejects with
   */
  run<T>(attempt: () => Promise<T>): Promise<T>;
}

const WINDOW_MS = 10_000;
const REQUESTS_MIN = 20;
const FAILURE_RATIO = 0.5;
const OPEN_MS = 2_000;
const OPEN_JITTER = 0.2;
const PROBES_MAX = 3;
/** A subgraph that had less time than this is not to blame for a timeout: the earlier fetches used it up. */
const BLAME_FROM_MS = 100;

type Verdict = 'SUCCESS' | 'FAILURE' | 'NEITHER';

/** Stops asking a subgraph that does not answer, so that requests fail at once instead of waiting for it. */
export function createBreaker(name: string, options: BreakerOptions = {}): Breaker {
  const { requestsMin = REQUESTS_MIN, failureRatio = FAILURE_RATIO, openMs = OPEN_MS } = options;
  const { probesMax = PROBES_MAX, onTransition } = options;
  const nowMs = options.nowMs ?? (() => performance.now());
  const window = new RollingWindow(options.windowMs ?? WINDOW_MS);
  let state: BreakerState = 'CLOSED';
  /** Counts transitions: an outcome of before the last one says nothing about now. */
  let epoch = 0;
  let reopensAtMs = 0;
  let probesUnderWay = 0;
  let probesPassed = 0;

  function enter(to: BreakerState): void {
    const { failures, requests } = window.count(nowMs());
    const from = state;
    state = to;
    epoch++;
    probesUnderWay = 0;
    probesPassed = 0;
    window.clear();
    if (to === 'OPEN') reopensAtMs = nowMs() + openMs * (1 + OPEN_JITTER * (2 * Math.random() - 1));
    onTransition?.({ name, from, to, failures, requests });
  }

  function admit(): boolean {
    if (state === 'OPEN' && nowMs() >= reopensAtMs) enter('HALF_OPEN');
    if (state === 'CLOSED') return true;
    if (state === 'OPEN' || probesUnderWay + probesPassed >= probesMax) return false;
    probesUnderWay++;
    return true;
  }

  function settle(verdict: Verdict, begunIn: number): void {
    if (begunIn !== epoch) return;
    if (verdict !== 'NEITHER') window.add(nowMs(), verdict === 'FAILURE');
    if (state === 'HALF_OPEN') {
      probesUnderWay--;
      if (verdict === 'SUCCESS') probesPassed++;
      if (verdict === 'FAILURE') enter('OPEN');
      else if (probesPassed >= probesMax) enter('CLOSED');
    } else if (verdict === 'FAILURE') {
      const { failures, requests } = window.count(nowMs());
      if (requests >= requestsMin && failures >= requests * failureRatio) enter('OPEN');
    }
  }

  return {
    get state() {
      return state;
    },
    async run(attempt) {
      if (!admit()) {
        const message = `${name}: not asked, because it did not answer lately`;
        throw new SubgraphUnavailableError(message, { reason: 'OPEN', wasSent: false });
      }
      const begunIn = epoch;
      try {
        const value = await attempt();
        settle('SUCCESS', begunIn);
        return value;
      } catch (error) {
        settle(verdictOf(error), begunIn);
        throw error;
      }
    },
  };
}

/**
 * What an error says about the subgraph. Errors in a GraphQL answer do not come here. A client that goes away says
 * nothing, and neither may one that asks for too much: else it could keep the subgraph from everyone.
 */
function verdictOf(error: unknown): Verdict {
  if (!(error instanceof SubgraphUnavailableError)) return 'NEITHER';
  const { reason, status, waitedMs } = error;
  if (reason === 'CONNECTION' || reason === 'MALFORMED') return 'FAILURE';
  if (reason === 'TIMEOUT') return (waitedMs ?? 0) >= BLAME_FROM_MS ? 'FAILURE' : 'NEITHER';
  if (reason === 'STATUS') return (status ?? 0) >= 500 ? 'FAILURE' : 'SUCCESS';
  return reason === 'TOO_LARGE' ? 'SUCCESS' : 'NEITHER';
}
