import type { ExternalAccountRow } from '../../../rails/bank/externalAccounts/externalAccount.ts';
import type { InstantAnswer } from '../../../rails/bank/externalAccounts/instantVerifier.ts';
import { MICRO_TRIES_MAX } from '../../../rails/bank/externalAccounts/microDeposits.ts';

/** What is known of whose a place outside is. */
export type Evidence =
  | { readonly kind: 'INSTANT'; readonly answer: InstantAnswer }
  | { readonly kind: 'MICRO_DEPOSITS'; readonly isRight: boolean };

export type VerificationOutcome =
  | { readonly kind: 'CHANGED'; readonly reason: string | null; readonly status: 'VERIFIED' | 'DECLINED' }
  | { readonly kind: 'WAITING' }
  | { readonly kind: 'WRONG'; readonly microTries: number }
  | { readonly kind: 'NOT_PENDING' };

const EXPIRED = 'the two amounts were not said in time';
/** Why an external account is declined when the last try was wrong. */
export const WRONG_TOO_OFTEN = 'the two amounts were wrong too often';

/** What evidence makes of an external account. Pure. The last wrong try declines it: guessing must not pay. */
export function decideVerification(
  account: Pick<ExternalAccountRow, 'status' | 'verification' | 'microTries' | 'microExpiresAt'>,
  evidence: Evidence,
  now: Date,
): VerificationOutcome {
  if (account.status !== 'PENDING_VERIFICATION' || account.verification !== evidence.kind) {
    return { kind: 'NOT_PENDING' };
  }
  if (evidence.kind === 'INSTANT') {
    const { answer } = evidence;
    if (answer.status === 'PENDING') return { kind: 'WAITING' };
    const reason = answer.status === 'DECLINED' ? answer.reason : null;
    return { kind: 'CHANGED', status: answer.status, reason };
  }
  if (account.microExpiresAt === null || account.microExpiresAt <= now) {
    return { kind: 'CHANGED', status: 'DECLINED', reason: EXPIRED };
  }
  if (evidence.isRight) return { kind: 'CHANGED', status: 'VERIFIED', reason: null };
  return { kind: 'WRONG', microTries: account.microTries + 1 };
}

/** True when no try is left after this many. */
export function isLastTry(microTries: number): boolean {
  return microTries >= MICRO_TRIES_MAX;
}
