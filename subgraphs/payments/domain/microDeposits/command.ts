import type { Command } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { BankRailName } from '../../../../rails/port.ts';
import type { Party } from '../party.ts';

/** An order of one of the two amounts. */
export interface MicroOrderDraft {
  readonly id: Uuid;
  readonly amountMinor: bigint;
  readonly accountMask: string;
  readonly sealed: Uint8Array;
}

export interface SendMicroDepositsCommand extends Command {
  readonly operation: 'sendMicroDeposits';
  readonly externalAccountId: Uuid;
  readonly source: Party;
  readonly rail: BankRailName;
  readonly adapter: string;
  readonly orders: readonly [MicroOrderDraft, MicroOrderDraft];
  /** Of the one Hold for both. */
  readonly journalId: Uuid;
}

/** Sent by our own worker: it takes the books and the ExternalAccount as far as both orders are. */
export interface SettleMicroDepositsCommand extends Command {
  readonly operation: 'settleMicroDeposits';
  readonly externalAccountId: Uuid;
  /** Of the Journal that resolves the Hold. */
  readonly journalId: Uuid;
  /** Of those that give back what the bank returned, one for each order. */
  readonly returnJournalIds: readonly [Uuid, Uuid];
}

export type MicroDepositsCommand = SendMicroDepositsCommand | SettleMicroDepositsCommand;
