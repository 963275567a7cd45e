import type { EventType, FeedEvent } from '../../schema/events.ts';
import { type EntityCache, type EntityKey, type EntityKind, entityKey } from '../cache.ts';
import { isUuid } from '../id.ts';

/** Which kept entity each type of event says has changed; the event's version is the row's. */
const CHANGED_KIND: Readonly<Record<EventType, EntityKind | null>> = {
  TransactionCreated: null,
  TransactionSubmitted: null,
  TransactionBroadcast: null,
  TransactionReplaced: null,
  TransactionIncluded: null,
  TransactionReorged: null,
  TransactionFundsHeld: null,
  TransactionConverted: null,
  TransactionCaptured: null,
  TransactionCompleted: null,
  TransactionFailed: null,
  TransactionCanceled: null,
  TransactionHoldExpired: null,
  TransactionRefunded: null,
  QuoteCreated: null,
  QuoteAccepted: null,
  QuoteExpired: null,
  TransactionAcknowledged: null,
  TransactionReturned: null,
  TransactionFinalized: null,
  TransactionRefundStarted: null,
  TransactionRefundFailed: null,
  TransactionRefundEscalated: null,
  TransactionRefundDismissed: null,
  TransactionReturnAssigned: null,
  PayoutBatchCreated: null,
  PayoutBatchProgressed: null,
  PayoutBatchCanceled: null,
  PayoutBatchCompleted: null,
  SandboxFunded: null,
  CustomerCreated: 'Customer',
  CustomerUpdated: 'Customer',
  CustomerErased: 'Customer',
  EndorsementUpdated: null,
  EndorsementReviewStarted: null,
  AccountOpened: null,
  AccountClosed: null,
  WalletOpened: 'Wallet',
  ApiKeyCreated: null,
  ApiKeyRevoked: null,
  ExternalAccountCreated: null,
  ExternalAccountVerified: null,
  ExternalAccountMicroDepositsArrived: null,
  ExternalAccountDeclined: null,
  ExternalAccountClosed: null,
  ClientTokenCreated: null,
  WebhookEndpointDisabled: null,
  VirtualAccountCreated: null,
  VirtualAccountPaused: null,
  VirtualAccountResumed: null,
  VirtualAccountClosed: null,
  TransactionApprovalRequested: null,
  TransactionApproved: null,
  TransactionRejected: null,
  TransactionApprovalExpired: null,
  ApprovalRequested: null,
  ApprovalCounted: null,
  ApprovalApproved: null,
  ApprovalRejected: null,
  ApprovalExpired: null,
  ApprovalCanceled: null,
  ReviewOpened: null,
  ReviewAssigned: null,
  ReviewDecided: null,
  ReviewCanceled: null,
  ReconciliationItemOpened: null,
  ReconciliationItemClosed: null,
  ReconciliationItemReversed: null,
  DepositAddressCreated: null,
  DepositAddressPaused: null,
  DepositAddressResumed: null,
  DepositAddressClosed: null,
  TransactionPickupReady: null,
  TransactionPickedUp: null,
  TransactionPickupExpired: null,
  CashInCreated: null,
  CashInOpened: null,
  CashInRefreshed: null,
  CashInPaid: null,
  CashInExpired: null,
  CashInCanceled: null,
  CashInFailed: null,
};

const isChanging = (type: string): type is EventType => CHANGED_KIND[type as EventType] !== null;
/** Types of events that have to do with the cache. */
export const CHANGING_TYPES: readonly EventType[] = Object.keys(CHANGED_KIND).filter(isChanging);

/** Drops from the cache what `events` changed, once an entity, with its latest version among them. */
export async function invalidateChanged(cache: EntityCache, events: readonly FeedEvent[]): Promise<void> {
  const latest = new Map<EntityKey, number>();
  for (const event of events) {
    const kind = CHANGED_KIND[event.type];
    if (!kind || !isUuid(event.aggregateId)) continue;
    const key = entityKey(kind, event.aggregateId);
    latest.set(key, Math.max(latest.get(key) ?? 0, event.version));
  }
  await cache.invalidate([...latest].map(([key, version]) => ({ key, version })));
}
