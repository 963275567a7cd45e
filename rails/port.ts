import type { Journal } from '../ledger/transfer.ts';
import type { Uuid } from '../platform/id.ts';

/** Rails of banks; what is known of each is data of `rails/bank/`. */
export type BankRailName = 'ACH' | 'WIRE' | 'SEPA' | 'PIX' | 'SPEI' | 'UPI' | 'FPS';

export type RailName = 'BOOK' | 'ONCHAIN' | 'CASH' | BankRailName;

/** Whether completed money can still be sent back by its rail. */
export type Finality = 'PROVISIONAL' | 'FINAL';

/** Money on its way from one Account to another, for one Transaction. */
export interface Movement {
  /** Made by the caller before sending, so that posting again never moves money twice. */
  readonly journalId: Uuid;
  readonly organizationId: Uuid;
  /** Null for what moves without one. */
  readonly transactionId: Uuid | null;
  readonly sourceAccountId: Uuid;
  readonly destinationAccountId: Uuid;
  readonly amountMinor: bigint;
  readonly description: string | null;
}

/** What becomes of money that is held. */
export interface Resolution {
  readonly journalId: Uuid;
  readonly organizationId: Uuid;
  /** Null for what moves without one. */
  readonly transactionId: Uuid | null;
  /** The pending Transfer that `hold` made. */
  readonly holdId: Uuid;
}

/**
 * A way for money to travel: what is known of it beforehand, and the Journals its steps post. All functions are
 * pure; whoever posts the Journal decides whether there is enough.
 */
export interface Rail {
  readonly name: RailName;
  /** True when the rail may return money after completion. */
  readonly isReversible: boolean;
  /** Finality of a Transaction in the moment of its completion. */
  readonly finality: Finality;
  /** Moves the money at once. */
  transfer(movement: Movement): Journal;
  /** Reserves the money; from `expiresAt` on it can be released but not captured. */
  hold(movement: Movement, expiresAt: Date): Journal;
  /** Takes `amountMinor` of what is held and frees the rest. */
  capture(resolution: Resolution, amountMinor: bigint): Journal;
  /** Frees what is held. */
  release(resolution: Resolution): Journal;
  /** Sends money back along `original`, whose sides and account ids stay as they were on the way out. */
  refund(original: Movement): Journal;
}

/** Id of the Hold that a Journal of `Rail.hold` opens. */
export function holdIdOf(journal: Journal): Uuid | null {
  return journal.transfers.find((transfer) => transfer.kind === 'PENDING')?.id ?? null;
}
