import type { Counters, LedgerAccount, Side } from './account.ts';

/** What an Account holds, in minor units, seen from its normal side: more is more. */
export interface Balance {
  /** What has been settled. */
  readonly posted: bigint;
  /** What `posted` becomes if every Hold is captured in full. */
  readonly pending: bigint;
  /** What may be spent now: posted less what open Holds reserve. */
  readonly available: bigint;
  /** The Entry after which this holds; it grows by one with each. */
  readonly version: bigint;
}

/** The Balance of an Account. Negative only for system accounts. */
export function balanceOf(account: LedgerAccount): Balance {
  return balanceAfter({
    normalSide: account.normalSide,
    posted: postedOf(account, account.normalSide),
    debitsPending: account.debitsPending,
    creditsPending: account.creditsPending,
    version: account.version,
  });
}

/** The posted balance seen from `normalSide`, in minor units. */
export function postedOf(counters: Counters, normalSide: Side): bigint {
  const credits = counters.creditsPosted - counters.debitsPosted;
  return normalSide === 'CREDIT' ? credits : -credits;
}

/** The Balance from what a Transfer keeps of it: the posted balance and the two pending sums. */
export function balanceAfter(after: {
  readonly normalSide: Side;
  readonly posted: bigint;
  readonly debitsPending: bigint;
  readonly creditsPending: bigint;
  readonly version: bigint;
}): Balance {
  const credit = after.normalSide === 'CREDIT';
  const own = credit ? after.creditsPending : after.debitsPending;
  const other = credit ? after.debitsPending : after.creditsPending;
  return {
    posted: after.posted,
    pending: after.posted + own - other,
    available: after.posted - other,
    version: after.version,
  };
}

/** True when nothing is on either side and nothing is held: such an Account may be closed. */
export function isEmpty(counters: Counters): boolean {
  return (
    counters.debitsPending === 0n &&
    counters.creditsPending === 0n &&
    counters.debitsPosted === counters.creditsPosted
  );
}
