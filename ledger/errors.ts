import type { Uuid } from '../platform/id.ts';

/**
 * Why a Journal was refused. Business outcomes are values, never exceptions: one refused Journal says nothing
 * about its neighbours in the batch. Amounts are minor units. Sending the same Journal again is always safe.
 */
export type LedgerRejection =
  | {
      readonly code: 'INSUFFICIENT_FUNDS';
      readonly accountId: Uuid;
      readonly available: bigint;
      readonly required: bigint;
    }
  /** Also when the account is another organization's: the two cannot be told apart. */
  | { readonly code: 'ACCOUNT_NOT_FOUND'; readonly accountId: Uuid }
  | { readonly code: 'ACCOUNT_CLOSED'; readonly accountId: Uuid }
  | {
      readonly code: 'ASSET_MISMATCH';
      readonly accountId: Uuid;
      readonly actual: string;
      readonly expected: string;
    }
  | { readonly code: 'HOLD_NOT_FOUND'; readonly pendingId: Uuid }
  | { readonly code: 'HOLD_ALREADY_RESOLVED'; readonly pendingId: Uuid }
  | { readonly code: 'HOLD_EXPIRED'; readonly pendingId: Uuid; readonly expiresAt: Date }
  | {
      readonly code: 'EXCEEDS_HOLD';
      readonly pendingId: Uuid;
      readonly held: bigint;
      readonly required: bigint;
    }
  | { readonly code: 'SAME_ACCOUNT'; readonly accountId: Uuid }
  /** Not positive, or beyond the 38 digits that an amount or a counter may have. */
  | { readonly code: 'INVALID_AMOUNT'; readonly amount: bigint }
  /** The id was posted before with other content, or stands twice in the Journal. */
  | { readonly code: 'TRANSFER_ID_REUSED'; readonly transferId: Uuid }
  | { readonly code: 'ACCOUNT_NOT_EMPTY'; readonly accountId: Uuid };

export type LedgerRejectionCode = LedgerRejection['code'];

/** Why an Account was not opened. A holder of another organization is not found. */
export type OpenRejection =
  | { readonly code: 'HOLDER_NOT_FOUND'; readonly holderId: Uuid }
  | { readonly code: 'ASSET_NOT_FOUND'; readonly asset: string }
  /** The id was opened before as something else. */
  | { readonly code: 'ACCOUNT_ID_REUSED'; readonly accountId: Uuid };
