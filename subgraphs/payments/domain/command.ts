import type { Command } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';

/**
 * What the lane carries: validated, complete, and with the ids of whatever it will make, so that deciding the
 * same command again makes the same things.
 */
interface PaymentsCommandBase extends Command {
  /** Of the one Journal that the command posts. */
  readonly journalId: Uuid;
}

/** A side as the client named it. */
export interface Party {
  /** The public id as it came, for answers. */
  readonly id: string;
  readonly accountId: Uuid;
  readonly isWallet: boolean;
}

export interface CreateCommand extends PaymentsCommandBase {
  readonly operation: 'createTransaction';
  readonly transactionId: Uuid;
  readonly source: Party;
  readonly destination: Party;
  readonly amountMinor: bigint;
  readonly asset: string;
  /** How long funds stay held, in seconds; null takes them at once. */
  readonly holdSeconds: number | null;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface CaptureCommand extends PaymentsCommandBase {
  readonly operation: 'captureTransaction';
  readonly transactionId: Uuid;
  /** Decimal text in major units, as its Asset is known only under lock; null for all that is held. */
  readonly amount: string | null;
}

export interface CancelCommand extends PaymentsCommandBase {
  readonly operation: 'cancelTransaction';
  readonly transactionId: Uuid;
  readonly reason: string | null;
}

/** Sent by our own worker, without a key: it is idempotent by the status it acts on. */
export interface ExpireCommand extends PaymentsCommandBase {
  readonly operation: 'expireHold';
  readonly transactionId: Uuid;
}

export interface RefundCommand extends PaymentsCommandBase {
  readonly operation: 'refundTransaction';
  /** The refund to be made. */
  readonly refundId: Uuid;
  /** What is refunded. */
  readonly transactionId: Uuid;
  /** Decimal text in major units; null for all that can still be refunded. */
  readonly amount: string | null;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export type PaymentsCommand = CreateCommand | CaptureCommand | CancelCommand | ExpireCommand | RefundCommand;
