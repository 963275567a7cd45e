import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import type { PlatformFee } from './quoteFacts.ts';
import { missing } from './results.ts';

/** The failures that only Quotes come to; as in results.ts. */
export type QuoteFailureType = 'QuoteExpired' | 'QuoteAlreadyAccepted' | 'RateUnavailable';

export function quoted(quoteId: Uuid): StoredResult {
  return { type: 'Quote', quoteId };
}

/** The answer to our own worker: the Quote is over, by its hand or otherwise. */
export const QUOTE_IS_OVER: StoredResult = { type: 'QuoteIsOver' };

export function missingQuote(quoteId: Uuid): StoredResult {
  return missing(formatId('quo', quoteId));
}

export function quoteExpired(quoteId: Uuid, expiresAt: Date): StoredResult {
  return { type: 'QuoteExpired', quoteId, expiresAt: expiresAt.toISOString() };
}

export function alreadyAccepted(quoteId: Uuid, transactionId: Uuid): StoredResult {
  return { type: 'QuoteAlreadyAccepted', quoteId, transactionId };
}

/** @param why one sentence that a client may read */
export function rateUnavailable(from: string, to: string, why: string): StoredResult {
  return { type: 'RateUnavailable', pair: `${from}/${to}`, why };
}

export function feeSet({ asset, flatMinor, partsPerMillion }: PlatformFee): StoredResult {
  return {
    type: 'PlatformFee',
    asset,
    flatMinor: String(flatMinor),
    partsPerMillion: String(partsPerMillion),
  };
}
