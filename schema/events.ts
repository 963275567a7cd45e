/**
 * What the outbox tells, as JSON. Producers write these shapes in the tx of the change, consumers (feeds,
 * webhooks, caches) read them from the outbox or a Redis stream. Additions are compatible; nothing is renamed.
 * Amounts are minor units as decimal text; ids are bare uuids; instants are RFC 3339.
 */
export const EVENT_TYPES = [
  'TransactionCreated',
  'TransactionSubmitted',
  'TransactionBroadcast',
  'TransactionReplaced',
  'TransactionIncluded',
  'TransactionReorged',
  'TransactionFundsHeld',
  'TransactionConverted',
  'TransactionCaptured',
  'TransactionCompleted',
  'TransactionFailed',
  'TransactionCanceled',
  'TransactionHoldExpired',
  'TransactionRefunded',
  'QuoteCreated',
  'QuoteAccepted',
  'QuoteExpired',
  'TransactionAcknowledged',
  'TransactionReturned',
  'TransactionFinalized',
  'TransactionRefundStarted',
  'TransactionRefundFailed',
  'TransactionRefundEscalated',
  'TransactionRefundDismissed',
  'TransactionReturnAssigned',
  'PayoutBatchCreated',
  'PayoutBatchProgressed',
  'PayoutBatchCanceled',
  'PayoutBatchCompleted',
  'SandboxFunded',
  'CustomerCreated',
  'CustomerUpdated',
  'CustomerErased',
  'EndorsementUpdated',
  // Compliance only: nobody without the scope compliance:read may be told.
  'EndorsementReviewStarted',
  'AccountOpened',
  'AccountClosed',
  'WalletOpened',
  'ApiKeyCreated',
  'ApiKeyRevoked',
  'ExternalAccountCreated',
  'ExternalAccountVerified',
  'ExternalAccountMicroDepositsArrived',
  'ExternalAccountDeclined',
  'ExternalAccountClosed',
  'ClientTokenCreated',
  'WebhookEndpointDisabled',
  'VirtualAccountCreated',
  'VirtualAccountPaused',
  'VirtualAccountResumed',
  'VirtualAccountClosed',
  'TransactionApprovalRequested',
  'TransactionApproved',
  'TransactionRejected',
  'TransactionApprovalExpired',
  'ApprovalRequested',
  'ApprovalCounted',
  'ApprovalApproved',
  'ApprovalRejected',
  'ApprovalExpired',
  'ApprovalCanceled',
  // Compliance only, each of them.
  'ReviewOpened',
  'ReviewAssigned',
  'ReviewDecided',
  'ReviewCanceled',
  'ReconciliationItemOpened',
  'ReconciliationItemClosed',
  'ReconciliationItemReversed',
  'DepositAddressCreated',
  'DepositAddressPaused',
  'DepositAddressResumed',
  'DepositAddressClosed',
  'TransactionPickupReady',
  'TransactionPickedUp',
  'TransactionPickupExpired',
  'CashInCreated',
  'CashInOpened',
  'CashInRefreshed',
  'CashInPaid',
  'CashInExpired',
  'CashInCanceled',
  'CashInFailed',
] as const;

/** Types that nobody without the scope `compliance:read` may be told of. */
export const COMPLIANCE_TYPES: ReadonlySet<string> = new Set<EventType>([
  'EndorsementReviewStarted',
  'ReviewOpened',
  'ReviewAssigned',
  'ReviewDecided',
  'ReviewCanceled',
]);

export type EventType = (typeof EVENT_TYPES)[number];

/** An Account's balance after the event, seen from its normal side. */
export interface BalancePayload {
  readonly accountId: string;
  readonly asset: string;
  readonly posted: string;
  readonly pending: string;
  readonly available: string;
  readonly version: string;
}

/** Payload of every `Transaction...` event. The outbox row's `version` is the timeline's. */
export interface TransactionPayload {
  readonly transactionId: string;
  readonly event: {
    readonly id: string;
    readonly version: number;
    readonly kind: string;
    readonly status: string;
    readonly leg: string | null;
    readonly amount: string | null;
    readonly asset: string;
    readonly relatedTransactionId: string | null;
    readonly reason: { readonly code: string; readonly message: string; readonly retryable: boolean } | null;
    readonly nextAction: string | null;
    readonly expectedBy: string | null;
    readonly terminal: boolean;
    readonly occurredAt: string;
    /** What it came about by; left out where no chain is part of it. */
    readonly chain?: { readonly transactionId: string | null; readonly hash: string | null };
  };
  /** The accounts whose balance this event changed; empty when it moved nothing. */
  readonly balances: readonly BalancePayload[];
}

/** Payload of every `PayoutBatch...` event: the batch after it. Items are told by the events of their Transactions. */
export interface PayoutBatchPayload {
  readonly payoutBatchId: string;
  readonly status: string;
  readonly pending: number;
  readonly processing: number;
  readonly completed: number;
  readonly failed: number;
  readonly canceled: number;
  readonly terminal: boolean;
  readonly occurredAt: string;
}

/** Payload of `SandboxFunded`. */
export interface FundingPayload {
  readonly accountId: string;
  readonly amount: string;
  readonly asset: string;
  readonly balances: readonly BalancePayload[];
}

/** Payload of the events that only say that an object is there or changed: readers fetch it. */
export interface ObjectPayload {
  readonly id: string;
}

/** An event as feeds deliver it. */
export interface FeedEvent {
  /** Opaque Cursor of this event. */
  readonly cursor: string;
  readonly id: string;
  readonly organizationId: string;
  readonly type: EventType;
  readonly aggregateId: string;
  readonly version: number;
  readonly subjects: readonly string[];
  readonly payload: TransactionPayload | PayoutBatchPayload | FundingPayload | ObjectPayload;
  /** When it was committed, to a millisecond or so. */
  readonly occurredAt: string;
}

/**
 * Root value of a subscription message, by root field: the router hands it to the subgraph that owns the field.
 * Without an event it is the first message of a stream opened without a cursor.
 */
export interface StreamMessage {
  readonly cursor: string;
  readonly event: FeedEvent | null;
}
