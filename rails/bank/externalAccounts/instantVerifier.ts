import type { NamedPlace } from './place.ts';

/** What a verifier says. PENDING when it does not know yet: asking again later is safe and may say more. */
export type InstantAnswer =
  | { readonly status: 'VERIFIED' }
  | { readonly status: 'DECLINED'; readonly reason: string }
  | { readonly status: 'PENDING' };

/** Who can say at once whose a place outside is: a bank's confirmation of payee, an aggregator, a chain's own proof. */
export interface InstantVerifier {
  /** May call outside, so never within a tx. Changes nothing; safe to repeat. A time-out is PENDING, not DECLINED. */
  verify(place: NamedPlace & { readonly ownerName: string }): Promise<InstantAnswer>;
}

const DECLINED_ENDING = '0009';
const PENDING_ENDING = '0008';

/**
 * Verifies whatever is named, but for numbers that end in 0009 (declined) and 0008 (never known), so that each outcome can be
 * tried. For the sandbox.
 */
export const sandboxVerifier: InstantVerifier = {
  async verify({ accountNumber }) {
    if (accountNumber.endsWith(DECLINED_ENDING))
      return { status: 'DECLINED', reason: 'the owner has another name' };
    return { status: accountNumber.endsWith(PENDING_ENDING) ? 'PENDING' : 'VERIFIED' };
  },
};
