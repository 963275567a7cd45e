import type { Command } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { CreateCommand } from '../command.ts';
import type { Party } from '../party.ts';
import type { PickupWay } from './holdPickup.ts';

interface CashCommandBase extends Command {
  /** Of the Journal that the command posts, if it does. */
  readonly journalId: Uuid;
}

export interface CreateCashInCommand extends CashCommandBase {
  readonly operation: 'createCashIn';
  readonly cashInId: Uuid;
  /** Of its first code. */
  readonly orderId: Uuid;
  readonly adapter: string;
  readonly destination: Party;
  readonly network: string;
  readonly amountMinor: bigint;
  readonly asset: string;
  /** Whose account it has to be; null for anybody's. */
  readonly customerId: Uuid | null;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Asks for another code in the place of one that was not paid. */
export interface RefreshCashInCommand extends CashCommandBase {
  readonly operation: 'refreshCashIn';
  readonly cashInId: Uuid;
  /** Of the new code. */
  readonly orderId: Uuid;
}

export interface CancelCashInCommand extends CashCommandBase {
  readonly operation: 'cancelCashIn';
  readonly cashInId: Uuid;
}

/** Sent by our own worker, without a key: it is idempotent by the status it acts on. */
export interface ExpireCashInCommand extends CashCommandBase {
  readonly operation: 'expireCashIn';
  readonly cashInId: Uuid;
}

/** A pickup for somebody whom the client names. */
export interface NamedPickup extends PickupWay {
  readonly counterparty: string;
}

/** createTransaction to whoever picks cash up. */
export interface PickupCommand
  extends CashCommandBase,
    Pick<CreateCommand, 'screenee' | 'screening' | 'requestedBy'> {
  readonly operation: 'createTransaction';
  readonly transactionId: Uuid;
  /** Of the Transfer of the fee. */
  readonly feeTransferId: Uuid;
  readonly source: Party;
  readonly pickup: NamedPickup;
  readonly amountMinor: bigint;
  readonly asset: string;
  readonly description: string | null;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Says whom cash is for that was paid in and suspended. */
export interface AssignCashReceiptCommand extends CashCommandBase {
  readonly operation: 'assignCashReceipt';
  readonly receiptId: Uuid;
  /** Of the Transaction that begins. */
  readonly transactionId: Uuid;
  readonly account: Party;
}

/** Sent by our own worker: takes the books as far as a code or pickup is. */
export interface SettleCashOrderCommand extends CashCommandBase {
  readonly operation: 'settleCashOrder';
  /** The order's, which of a pickup is the Transaction's. */
  readonly transactionId: Uuid;
  /** Null for a pickup. */
  readonly cashInId: Uuid | null;
  /** Of another code, should one be asked for. */
  readonly orderId: Uuid;
}

/** As SettleCashOrderCommand, for cash that was paid in. */
export interface SettleCashReceiptCommand extends CashCommandBase {
  readonly operation: 'settleCashReceipt';
  readonly receiptId: Uuid;
  readonly cashInId: Uuid | null;
  /** Of the Transaction, should one begin. */
  readonly transactionId: Uuid;
  /** Of the Transfer of the fee. */
  readonly feeTransferId: Uuid;
}

export type CashCommand =
  | CreateCashInCommand
  | RefreshCashInCommand
  | CancelCashInCommand
  | ExpireCashInCommand
  | PickupCommand
  | AssignCashReceiptCommand
  | SettleCashOrderCommand
  | SettleCashReceiptCommand;

export function isPickup(command: object): command is PickupCommand {
  return 'pickup' in command;
}
