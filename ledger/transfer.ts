import type { Uuid } from '../platform/id.ts';
import type { Side } from './account.ts';

export type TransferKind = 'SINGLE' | 'PENDING' | 'POST_PENDING' | 'VOID_PENDING';

interface NewTransferBase {
  /** Made by the caller and saved before sending: posting the same id again never moves money twice. */
  readonly id: Uuid;
  readonly description?: string;
}

interface NewMovement extends NewTransferBase {
  readonly debitAccountId: Uuid;
  readonly creditAccountId: Uuid;
  /** Minor units of the accounts' asset, greater than zero. */
  readonly amount: bigint;
  /**
   * Moves up to `amount`, as much as leaves the debits of the debit account within its credits (DEBIT) or the
   * credits of the credit account within its debits (CREDIT): sweep, drain to zero. Nothing movable is a
   * rejection.
   */
  readonly balancing?: Side;
  /** The account of this side must be empty afterwards and is closed. */
  readonly closes?: Side;
}

/** Moves money at once. */
export interface NewSingle extends NewMovement {
  readonly kind: 'SINGLE';
}

/** Opens a Hold: reserves the amount on both sides until it is captured or released. */
export interface NewHold extends NewMovement {
  readonly kind: 'PENDING';
  /** From this instant on the Hold can be released but not captured. */
  readonly expiresAt?: Date;
}

/** Captures a Hold, all or part of it; the rest is freed. */
export interface NewCapture extends NewTransferBase {
  readonly kind: 'POST_PENDING';
  readonly pendingId: Uuid;
  /** Minor units; all of the Hold when left out. */
  readonly amount?: bigint;
}

/** Releases a Hold. */
export interface NewRelease extends NewTransferBase {
  readonly kind: 'VOID_PENDING';
  readonly pendingId: Uuid;
}

export type NewTransfer = NewSingle | NewHold | NewCapture | NewRelease;

export const JOURNAL_TRANSFERS_MAX = 1_000;

/** Transfers that post together or not at all, in order: each sees what those before it did. */
export interface Journal {
  readonly id: Uuid;
  /** Owner of every account in it. */
  readonly organizationId: Uuid;
  /** The payments Transaction it belongs to, if any. */
  readonly transactionId: Uuid | null;
  /** 1 to `JOURNAL_TRANSFERS_MAX`. */
  readonly transfers: readonly NewTransfer[];
}

/** A stored Transfer: immutable, with what both accounts held after it (`posted` from their normal side). */
export interface Transfer {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly journalId: Uuid;
  readonly kind: TransferKind;
  readonly debitAccountId: Uuid;
  readonly creditAccountId: Uuid;
  readonly asset: string;
  /** Minor units that were moved, reserved, captured or released. */
  readonly amount: bigint;
  /** The Hold that this one resolves. */
  readonly pendingId: Uuid | null;
  readonly expiresAt: Date | null;
  readonly transactionId: Uuid | null;
  readonly description: string | null;
  readonly debitVersion: bigint;
  readonly debitPostedAfter: bigint;
  readonly debitDebitsPendingAfter: bigint;
  readonly debitCreditsPendingAfter: bigint;
  readonly creditVersion: bigint;
  readonly creditPostedAfter: bigint;
  readonly creditDebitsPendingAfter: bigint;
  readonly creditCreditsPendingAfter: bigint;
  readonly createdAt: Date;
}

/** Select list that yields a `Transfer`, for a table named or aliased `transfer`. */
export const TRANSFER_COLUMNS = `transfer.id, transfer.organization_id as "organizationId",
  transfer.journal_id as "journalId", transfer.kind, transfer.debit_account_id as "debitAccountId",
  transfer.credit_account_id as "creditAccountId", transfer.asset, transfer.amount,
  transfer.pending_id as "pendingId", transfer.expires_at as "expiresAt",
  transfer.transaction_id as "transactionId", transfer.description, transfer.debit_version as "debitVersion",
  transfer.debit_posted_after as "debitPostedAfter",
  transfer.debit_debits_pending_after as "debitDebitsPendingAfter",
  transfer.debit_credits_pending_after as "debitCreditsPendingAfter", transfer.credit_version as "creditVersion",
  transfer.credit_posted_after as "creditPostedAfter",
  transfer.credit_debits_pending_after as "creditDebitsPendingAfter",
  transfer.credit_credits_pending_after as "creditCreditsPendingAfter", transfer.created_at as "createdAt"`;
