/** How sure a Network has to be before money that came or went there is final. */
export interface FinalityPolicy {
  /** Endpoints that have to name the same hash for the finalized block; all of them where there are fewer. */
  readonly agreementsMin: number;
  /**
   * Confirmations that are asked for beside the chain's own finality. The first step whose `belowMinor` is above the
   * amount holds; the last one has none and holds for everything else.
   */
  readonly steps: readonly FinalityStep[];
  /** A finalized block that is older than this opens the breaker: nothing becomes final until the chain goes on. */
  readonly finalizedAgeMaxMs: number;
}

export interface FinalityStep {
  /** Minor units of the asset; null for any amount. */
  readonly belowMinor: bigint | null;
  /** Blocks from the inclusion on, its own block counted. */
  readonly confirmationsMin: number;
}

/** What is known of a chain at one moment. */
export interface ChainView {
  readonly headNumber: bigint;
  /** Of the chain's `finalized` tag. */
  readonly finalizedNumber: bigint;
  /** The time in that block. */
  readonly finalizedAtMs: number;
  /** Endpoints that name this hash for it, and those that are asked. */
  readonly agreements: number;
  readonly endpoints: number;
}

/** Why something included is not final yet. */
export type Waiting = 'FINALIZED' | 'CONFIRMATIONS' | 'AGREEMENT' | 'BREAKER';

/**
 * Whether what was included in `blockNumber` is final; else what it waits for, the worst first.
 *
 * @param amountMinor minor units of the policy's asset
 * @param nowMs milliseconds since 1970, by the clock that block times are compared with
 */
export function decideFinality(
  inclusion: { readonly blockNumber: bigint; readonly amountMinor: bigint },
  view: ChainView,
  policy: FinalityPolicy,
  nowMs: number,
): 'FINAL' | Waiting {
  if (isStalled(view, policy, nowMs)) return 'BREAKER';
  if (view.agreements < Math.min(policy.agreementsMin, view.endpoints)) return 'AGREEMENT';
  if (inclusion.blockNumber > view.finalizedNumber) return 'FINALIZED';
  const confirmations = view.headNumber - inclusion.blockNumber + 1n;
  return confirmations < BigInt(confirmationsFor(inclusion.amountMinor, policy)) ? 'CONFIRMATIONS' : 'FINAL';
}

/** True while the finalized block is too old to be believed, also when an endpoint answers as if nothing were wrong. */
export function isStalled(view: ChainView, policy: FinalityPolicy, nowMs: number): boolean {
  return nowMs - view.finalizedAtMs > policy.finalizedAgeMaxMs;
}

/** @throws {TypeError} for a policy whose steps leave an amount out, which is a mistake in the configuration */
export function confirmationsFor(amountMinor: bigint, policy: FinalityPolicy): number {
  const step = policy.steps.find(({ belowMinor }) => belowMinor === null || amountMinor < belowMinor);
  if (step === undefined) throw new TypeError(`no step of the finality policy holds for ${amountMinor}`);
  return step.confirmationsMin;
}
