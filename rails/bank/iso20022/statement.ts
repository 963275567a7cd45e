import type { CivilDate } from '../calendar/civilDate.ts';
import type { Agent, BankAccount } from './party.ts';

export interface StatementBalance {
  /** `OPBD` booked at the opening, `PRCD` at the last closing, `CLBD` booked at the closing, `CLAV` available, ... */
  readonly code: string;
  /** Negative when the account owes. */
  readonly amountMinor: bigint;
  readonly on: CivilDate;
}

/** Whoever is at the other side of a line. */
export interface StatementParty {
  readonly name: string | null;
  readonly account: BankAccount | null;
  readonly agent: Agent | null;
}

/**
 * One movement of the account: a payment by itself where the bank tells them apart, else a whole entry. The lines of a
 * statement always come to the difference of its balances.
 */
export interface StatementLine {
  /** The bank's own reference where it has one, else its place in the statement; no two lines of a message have the same. */
  readonly id: string;
  readonly bankReference: string | null;
  /** Positive when the account gets it. */
  readonly amountMinor: bigint;
  /** `BOOK`, `PDNG`, `INFO`, ...; only what is booked has moved money. */
  readonly status: string;
  readonly bookedOn: CivilDate | null;
  readonly valueOn: CivilDate | null;
  /** The bank takes back a booking of its own. */
  readonly isReversal: boolean;
  readonly endToEndId: string | null;
  readonly messageId: string | null;
  readonly groupId: string | null;
  readonly instructionId: string | null;
  readonly uetr: string | null;
  readonly counterparty: StatementParty | null;
  readonly remittance: string | null;
  /** Set when a payment of ours comes back; the counterparty is then whom we had paid. */
  readonly returnReason: { readonly code: string | null; readonly information: readonly string[] } | null;
  /** `PMNT/ICDT/ESCT`, or the bank's own word. */
  readonly bankCode: string | null;
}

/** What a bank says of one account: a statement (camt.053) has balances, a notification (camt.054) has none. */
export interface Statement {
  readonly id: string;
  /** Rises by one with each statement of the account, where the bank counts them. */
  readonly sequence: bigint | null;
  readonly createdAt: string | null;
  readonly account: BankAccount;
  readonly currency: string;
  readonly balances: readonly StatementBalance[];
  readonly lines: readonly StatementLine[];
}

export interface StatementMessage {
  readonly messageId: string;
  readonly createdAt: string;
  readonly statements: readonly Statement[];
}

/** Booked at the opening, or at the last closing, which is the same. */
export const OPENING_CODES: readonly string[] = ['OPBD', 'PRCD'];
export const CLOSING_CODE = 'CLBD';
export const BOOKED = 'BOOK';
