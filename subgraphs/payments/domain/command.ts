import type { Command } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { SpeedCode } from '../../../rails/bank/catalog/rail.ts';
import type { BankRailName } from '../../../rails/port.ts';
import type { ScreeningSubject } from '../../../rails/screening/provider.ts';
import type { CashCommand } from './cash/command.ts';
import type { GateCommand } from './gates/command.ts';
import type { MicroDepositsCommand, SettleMicroDepositsCommand } from './microDeposits/command.ts';
import type { Party } from './party.ts';
import type { QuoteCommand } from './quoteCommand.ts';
import type { NoRate, Rate } from './rate.ts';
import type {
  AssignReturnCommand,
  DismissRefundCommand,
  RefundCommand,
  RetryRefundCommand,
  SetDefaultReturnPolicyCommand,
} from './refunds/refundCommand.ts';
import type { ReturnPolicy } from './refunds/returnPolicy.ts';
import type { ScreeningVerdict } from './screening.ts';

/**
 * What the lane carries: validated, complete, and with the ids of whatever it will make, so that deciding the
 * same command again makes the same things.
 */
interface PaymentsCommandBase extends Command {
  /** Of the one Journal that the command posts. */
  readonly journalId: Uuid;
  /** Whom it pays, in the clear; taken off by screening, so that no lane ever has it. */
  readonly screenee?: ScreeningSubject | undefined;
  /** The ApiKey or Member that asks; left out by our own workers. */
  readonly requestedBy?: string;
  /** What screening said before the command was sent; left out where nobody was asked. */
  readonly screening?: ScreeningVerdict;
}

/** What both ways to create a Transaction have in common. */
interface CreateCommandBase extends PaymentsCommandBase {
  /** True when it pays the item of a PayoutBatch that has the Transaction's uuid; it has no key then. */
  readonly paysItem?: boolean;
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
  /** The external account that the address is. */
  readonly externalAccountId?: Uuid | null;
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

/** createTransaction to a bank account outside. */
export interface PayoutCommand extends CreateCommandBase {
  readonly operation: 'createTransaction';
  readonly transactionId: Uuid;
  readonly source: Party;
  readonly rail: BankRailName;
  /** Null for the speed that is usual on the rail. */
  readonly speed: SpeedCode | null;
  /** Null for an account that is used once. */
  readonly externalAccountId: Uuid | null;
  /** Name of the adapter that the order is for. */
  readonly adapter: string;
  readonly accountMask: string;
  /** The account's details; nothing of them is known in the clear from here on. */
  readonly sealed: Uint8Array;
  /** Of the account, and of no use to anybody else: says whether the same was paid before. */
  readonly counterparty: string;
  readonly amountMinor: bigint;
  readonly asset: string;
  /** What the recipient's statement says. */
  readonly reference: string | null;
  /** What becomes of money that comes back; left out where nothing is declared. */
  readonly returnPolicy?: ReturnPolicy | null;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Says whom money that arrived at a bank is for. */
export interface AssignReceiptCommand extends PaymentsCommandBase {
  readonly operation: 'assignReceipt';
  readonly receiptId: Uuid;
  /** Of the Transaction that begins. */
  readonly transactionId: Uuid;
  readonly account: Party;
}

/** Says whom a deposit on a chain is for. */
export interface AssignDepositCommand extends PaymentsCommandBase {
  readonly operation: 'assignDeposit';
  readonly depositId: Uuid;
  /** Of the Transaction that begins. */
  readonly transactionId: Uuid;
  readonly account: Party;
}

/** As SettleDepositCommand, for an order to a bank. */
export interface SettleOrderCommand extends PaymentsCommandBase {
  readonly operation: 'settleOrder';
  readonly transactionId: Uuid;
  /** Of the Journal that gives back what a bank returned. */
  readonly returnJournalId: Uuid;
}

/** As SettleDepositCommand, for money that arrived at a bank. */
export interface SettleReceiptCommand extends PaymentsCommandBase {
  readonly operation: 'settleReceipt';
  readonly receiptId: Uuid;
  /** Of the Transaction, should one begin. */
  readonly transactionId: Uuid;
  /** Asked for before the lane, of what is converted as it is credited; left out for all else. */
  readonly rate?: Rate | NoRate;
}

/** Sent by our own worker once a return window is over; idempotent by the finality it acts on. */
export interface FinalizeCommand extends PaymentsCommandBase {
  readonly operation: 'finalizeTransaction';
  readonly transactionId: Uuid;
}

/** As SettleDepositCommand, for a line of a bank's statement. */
export interface SettleLineCommand extends PaymentsCommandBase {
  readonly operation: 'settleLine';
  readonly lineId: Uuid;
}

export type ItemAction = 'ACCEPT_AS_FEE' | 'BOOK_TO_SUSPENSE' | 'IGNORE' | 'MATCH' | 'WRITE_OFF';

/** Which movement of ours a line is: its Transaction or what arrived, one of the two. */
export interface NamedMovement {
  readonly transactionId: Uuid | null;
  readonly receiptId: Uuid | null;
  /** What becomes of what is more or less than ours; null where the amounts are equal. */
  readonly differenceAs: 'FEE' | 'SUSPENSE' | null;
}

/** Decides what becomes of a ReconciliationItem. */
export interface ResolveItemCommand extends PaymentsCommandBase {
  readonly operation: 'resolveReconciliationItem';
  readonly itemId: Uuid;
  readonly action: ItemAction;
  /** Of MATCH, and of nothing else. */
  readonly movement?: NamedMovement;
  readonly reason: string | null;
  /** The ApiKey or Member that asks. */
  readonly decidedBy: string;
}

/** Says whom money is for that a line of a bank put into suspense. */
export interface AssignLineCommand extends PaymentsCommandBase {
  readonly operation: 'assignBankBooking';
  readonly lineId: Uuid;
  /** Of the Transaction that begins. */
  readonly transactionId: Uuid;
  readonly account: Party;
}

/** Says that what a line of a bank put into suspense is a fee of the bank. */
export interface TakeLineAsFeeCommand extends PaymentsCommandBase {
  readonly operation: 'takeBankBookingAsFee';
  readonly lineId: Uuid;
}

export type BankCommand =
  | SettleOrderCommand
  | SettleReceiptCommand
  | SettleLineCommand
  | SettleMicroDepositsCommand;

export type SettleCommand = SettleDepositCommand | SettleSendCommand | SettleFeeCommand;

export type PaymentsCommand =
  | CreateCommand
  | SendCommand
  | CaptureCommand
  | CancelCommand
  | AccelerateCommand
  | ExpireCommand
  | RefundCommand
  | RetryRefundCommand
  | AssignReturnCommand
  | DismissRefundCommand
  | SetDefaultReturnPolicyCommand
  | SettleCommand
  | QuoteCommand
  | PayoutCommand
  | AssignReceiptCommand
  | AssignDepositCommand
  | MicroDepositsCommand
  | BankCommand
  | FinalizeCommand
  | ResolveItemCommand
  | AssignLineCommand
  | TakeLineAsFeeCommand
  | GateCommand
  | CashCommand;

export function isSend(command: PaymentsCommand): command is SendCommand {
  return 'toAddress' in command;
}

export function isPayout(command: PaymentsCommand): command is PayoutCommand {
  return 'sealed' in command;
}
