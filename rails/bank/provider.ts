import type { BankRailName } from '../port.ts';
import type { CivilDate } from './calendar/civilDate.ts';
import type { BankAccountDetails } from './details.ts';
import type { OrderFactKind } from './orderStates.ts';
import type { ArrivalPlace } from './virtualAccounts/findVirtualAccountFor.ts';

/** Something that a provider says happened, under an id of its own that never changes. Amounts are minor units. */
export interface OrderEvent {
  readonly type: 'ORDER';
  readonly id: string;
  readonly orderKey: string;
  readonly kind: OrderFactKind;
  readonly amountMinor: bigint;
  readonly asset: string;
  readonly reasonCode: string | null;
  readonly occurredAt: Date;
}

export interface ArrivalEvent {
  readonly type: 'ARRIVAL';
  readonly id: string;
  /** The provider's own id of the money. */
  readonly receiptId: string;
  /** Which of its customers the provider holds it for: the organization's uuid. */
  readonly customer: string;
  readonly rail: BankRailName;
  readonly amountMinor: bigint;
  readonly asset: string;
  readonly reference: string;
  readonly payerAccount: string;
  /** Left out where the provider does not say. */
  readonly payerName?: string;
  /** The whole account that it came from, where the provider gives it: it can be refunded to. */
  readonly payer?: BankAccountDetails;
  /** The details that the payer was given; null where it came in at the organization's own account at the bank. */
  readonly paidTo: ArrivalPlace | null;
  readonly occurredAt: Date;
}

export type BankEvent = OrderEvent | ArrivalEvent;

/** An event, with the bytes that it came as. */
export interface Received {
  readonly event: BankEvent;
  readonly bytes: Uint8Array;
}

/** What a provider says of an order when it is asked; NOT_FOUND when it has never got it. */
export type OrderAnswer =
  | { readonly type: 'NOT_FOUND' }
  | {
      readonly type: 'KNOWN';
      readonly fact: OrderFactKind;
      readonly reasonCode: string | null;
      readonly reference: string;
    };

/** One movement of an account at the bank, as its statement has it. Signed minor units: positive when the account gets it. */
export interface BankLine {
  /** The bank's own, which never changes. */
  readonly id: string;
  /** For whom the bank holds the account; null where it does not say. */
  readonly customer: string | null;
  readonly asset: string;
  readonly amountMinor: bigint;
  readonly bookedOn: CivilDate;
  readonly endToEndId: string | null;
  readonly counterparty: string | null;
  readonly text: string | null;
  /** Of the account after the line; null where the bank does not say. */
  readonly balanceMinor: bigint | null;
}

/** Lines after a position, with the bytes that they came as. */
export interface BankLinePage {
  readonly lines: readonly BankLine[];
  readonly next: string;
  /** All that the bank has booked by then is on this page or before it. */
  readonly asOf: Date;
  readonly bytes: Uint8Array;
}

/** The provider did not say what it did: it may have done all of it or nothing. */
export class ProviderSilentError extends Error {
  override readonly name = 'ProviderSilentError';
}

/** A bank, or whoever speaks to one for us. Each call has a limit of time of its own. */
export interface BankProvider {
  /** Name of the adapter, as rows have it. */
  readonly code: string;
  /**
   * Hands over an order. Safe to repeat with the same key and bytes: the provider does it once.
   *
   * @throws {ProviderSilentError} when it is not known whether it was taken
   */
  submit(key: string, bytes: Uint8Array): Promise<OrderAnswer>;
  /** What became of the order. Changes nothing. @throws {ProviderSilentError} */
  ask(key: string): Promise<OrderAnswer>;
  /** Asks that it comes to nothing; answers what it is now. Safe to repeat. @throws {ProviderSilentError} */
  cancel(key: string): Promise<OrderAnswer>;
  /** Events after a position, oldest first, one page. @throws {ProviderSilentError} */
  listEvents(since: string): Promise<{ readonly received: readonly Received[]; readonly next: string }>;
  /** Lines of its statements after a position, in the order of booking, one page; left out where it has no list. @throws {ProviderSilentError} */
  listLines?(since: string): Promise<BankLinePage>;
}
