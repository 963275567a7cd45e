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

/** What both ways to create a Transaction have in common. */
interface CreateCommandBase extends PaymentsCommandBase {
  /** True when it pays the item of a PayoutBatch that has the Transaction's uuid; it has no key then. */
  readonly paysItem?: boolean;
}

/** A side as the client named it. */
export interface Party {
  /** The public id as it came, for answers. */
  readonly id: string;
  readonly accountId: Uuid;
  readonly isWallet: boolean;
}

export interface CreateCommand extends CreateCommandBase {
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

/** createTransaction to an address outside. */
export interface SendCommand extends CreateCommandBase {
  readonly operation: 'createTransaction';
  readonly transactionId: Uuid;
  readonly source: Party;
  /** As the client wrote it, for answers. */
  readonly destinationAddress: string;
  /** The same in lower case. */
  readonly toAddress: string;
  readonly amountMinor: bigint;
  readonly asset: string;
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

/** Asks that a send under way pays more to be included sooner. */
export interface AccelerateCommand extends PaymentsCommandBase {
  readonly operation: 'accelerateTransaction';
  readonly transactionId: Uuid;
}

/** Sent by our own worker: it takes the books as far as the deposit's row is, and does nothing where they are there. */
export interface SettleDepositCommand extends PaymentsCommandBase {
  readonly operation: 'settleDeposit';
  readonly depositId: Uuid;
  /** Of the Transaction, should one begin. */
  readonly transactionId: Uuid;
  /** Of further Journals: one releases, one holds, one captures. */
  readonly moreJournalIds: readonly [Uuid, Uuid];
}

/** As SettleDepositCommand, for a send. */
export interface SettleSendCommand extends PaymentsCommandBase {
  readonly operation: 'settleSend';
  readonly transactionId: Uuid;
}

/** As SettleDepositCommand, for what a ChainTransaction cost. */
export interface SettleFeeCommand extends PaymentsCommandBase {
  readonly operation: 'settleFee';
  readonly chainTransactionId: Uuid;
}

export type SettleCommand = SettleDepositCommand | SettleSendCommand | SettleFeeCommand;

export type PaymentsCommand =
  | CreateCommand
  | SendCommand
  | CaptureCommand
  | CancelCommand
  | AccelerateCommand
  | ExpireCommand
  | RefundCommand
  | SettleCommand;

export function isSend(command: PaymentsCommand): command is SendCommand {
  return 'toAddress' in command;
}
