import type { CashFactKind } from './orderStates.ts';

/** Something that a network says happened, under an id of its own that never changes. Amounts are minor units. */
export interface CashOrderEvent {
  readonly type: 'ORDER';
  readonly id: string;
  readonly orderKey: string;
  readonly kind: CashFactKind;
  readonly amountMinor: bigint;
  readonly asset: string;
  readonly reasonCode: string | null;
  /** With READY: what is said at the counter. */
  readonly code: string | null;
  readonly occurredAt: Date;
}

/** Somebody has paid in by a code. */
export interface CashPaymentEvent {
  readonly type: 'PAYMENT';
  readonly id: string;
  /** The network's own id of the money. */
  readonly receiptId: string;
  /** Whom the network holds it for: the organization's uuid. */
  readonly customer: string;
  /** Of the code that it was paid by. */
  readonly orderKey: string;
  readonly network: string;
  readonly amountMinor: bigint;
  readonly asset: string;
  readonly occurredAt: Date;
}

export type CashEvent = CashOrderEvent | CashPaymentEvent;

/** An event, with the bytes that it came as. */
export interface ReceivedCash {
  readonly event: CashEvent;
  readonly bytes: Uint8Array;
}

/** What a network says of a code or pickup when it is asked; NOT_FOUND when it has never got it. */
export type CashAnswer =
  | { readonly type: 'NOT_FOUND' }
  | {
      readonly type: 'KNOWN';
      readonly fact: CashFactKind;
      readonly reasonCode: string | null;
      readonly reference: string;
      readonly code: string | null;
    };

/** Networks of counters, or whoever speaks to them for us. Each call has a limit of time of its own. */
export interface CashProvider {
  /** Name of the adapter, as rows have it. */
  readonly code: string;
  /**
   * Asks for a code to pay in by, or registers what is to be picked up; which of them the bytes say. Safe to repeat with
   * the same key and bytes: the provider does it once.
   *
   * @throws {ProviderSilentError} when it is not known whether it was taken
   */
  submit(key: string, bytes: Uint8Array): Promise<CashAnswer>;
  /** What became of it. Changes nothing. @throws {ProviderSilentError} */
  ask(key: string): Promise<CashAnswer>;
  /** Asks that it can be used no more; answers what it is now. Safe to repeat. @throws {ProviderSilentError} */
  cancel(key: string): Promise<CashAnswer>;
  /** Events after a position, oldest first, one page. @throws {ProviderSilentError} */
  listEvents(since: string): Promise<{ readonly received: readonly ReceivedCash[]; readonly next: string }>;
}
