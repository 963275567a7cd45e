import type { Uuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import type { EventType, ObjectPayload, TransactionPayload } from '../../schema/events.ts';
import type { BalanceChange, Step } from './domain/batch.ts';
import type { QuoteStep } from './domain/quoteFacts.ts';
import type { Transaction } from './domain/transaction.ts';
import type { TransactionEventKind } from './domain/transitions.ts';

type Told = TransactionPayload['event'];

const TYPES: Readonly<Record<TransactionEventKind, EventType>> = {
  CREATED: 'TransactionCreated',
  SUBMITTED: 'TransactionSubmitted',
  BROADCAST: 'TransactionBroadcast',
  REPLACED: 'TransactionReplaced',
  INCLUDED: 'TransactionIncluded',
  REORGED: 'TransactionReorged',
  FUNDS_HELD: 'TransactionFundsHeld',
  CONVERTED: 'TransactionConverted',
  CAPTURED: 'TransactionCaptured',
  COMPLETED: 'TransactionCompleted',
  FAILED: 'TransactionFailed',
  CANCELED: 'TransactionCanceled',
  HOLD_EXPIRED: 'TransactionHoldExpired',
  REFUNDED: 'TransactionRefunded',
  ACKNOWLEDGED: 'TransactionAcknowledged',
  RETURNED: 'TransactionReturned',
  FINALIZED: 'TransactionFinalized',
  APPROVAL_REQUESTED: 'TransactionApprovalRequested',
  APPROVED: 'TransactionApproved',
  REJECTED: 'TransactionRejected',
  APPROVAL_EXPIRED: 'TransactionApprovalExpired',
  REFUND_STARTED: 'TransactionRefundStarted',
  REFUND_FAILED: 'TransactionRefundFailed',
  REFUND_ESCALATED: 'TransactionRefundEscalated',
  REFUND_DISMISSED: 'TransactionRefundDismissed',
  RETURN_ASSIGNED: 'TransactionReturnAssigned',
  PICKUP_READY: 'TransactionPickupReady',
  PICKED_UP: 'TransactionPickedUp',
  PICKUP_EXPIRED: 'TransactionPickupExpired',
};

/** The event of a step, to be recorded in the same tx; it has the step's own id and version. */
export function eventOf(step: Step): NewEvent {
  const { event, transaction } = step;
  return {
    id: event.id,
    organizationId: transaction.organizationId,
    type: TYPES[event.kind],
    aggregateId: transaction.id,
    version: event.version,
    subjects: subjectsOf(transaction),
    payload: JSON.stringify(payloadOf(step)),
  };
}

const QUOTE_TYPES: Readonly<Record<QuoteStep['kind'], EventType>> = {
  CREATED: 'QuoteCreated',
  ACCEPTED: 'QuoteAccepted',
  EXPIRED: 'QuoteExpired',
};

/** The event of what became of a Quote; readers fetch the Quote itself. */
export function quoteEventOf({ id, kind, quote }: QuoteStep): NewEvent {
  const payload: ObjectPayload = { id: quote.id };
  const { sourceCustomerId, destinationCustomerId } = quote;
  const subjects = new Set([quote.id, quote.sourceAccountId, quote.destinationAccountId]);
  for (const customerId of [sourceCustomerId, destinationCustomerId]) {
    if (customerId !== null) subjects.add(customerId);
  }
  return {
    id,
    organizationId: quote.organizationId,
    type: QUOTE_TYPES[kind],
    aggregateId: quote.id,
    version: quote.version,
    subjects: [...subjects],
    payload: JSON.stringify(payload),
  };
}

/** Tells, in the same tx, that an endpoint is sent nothing any more. */
export function endpointDisabled(
  id: Uuid,
  organizationId: Uuid,
  endpointId: Uuid,
  version: number,
): NewEvent {
  const type: EventType = 'WebhookEndpointDisabled';
  const payload = JSON.stringify({ id: endpointId });
  return { id, organizationId, type, aggregateId: endpointId, version, subjects: [endpointId], payload };
}

/** Whatever a stream may be filtered by. A Wallet has the uuid of its Account and needs none of its own. */
function subjectsOf(transaction: Transaction): readonly Uuid[] {
  const subjects = [transaction.id, transaction.sourceAccountId, transaction.destinationAccountId];
  const { sourceCustomerId, destinationCustomerId } = transaction;
  if (sourceCustomerId !== null) subjects.push(sourceCustomerId);
  if (destinationCustomerId !== null && destinationCustomerId !== sourceCustomerId) {
    subjects.push(destinationCustomerId);
  }
  return subjects;
}

function payloadOf({ event, balances }: Step): TransactionPayload {
  return {
    transactionId: event.transactionId,
    event: {
      id: event.id,
      version: event.version,
      kind: event.kind,
      status: event.status,
      leg: event.leg,
      amount: event.amountMinor === null ? null : String(event.amountMinor),
      asset: event.asset,
      relatedTransactionId: event.relatedTransactionId,
      reason:
        event.reasonCode === null
          ? null
          : {
              code: event.reasonCode,
              message: event.reasonMessage ?? '',
              retryable: event.reasonRetryable ?? false,
            },
      nextAction: event.nextAction,
      expectedBy: event.expectedBy?.toISOString() ?? null,
      terminal: event.terminal,
      ...chainOf(event),
      occurredAt: event.occurredAt.toISOString(),
    },
    balances: balances.map(balancePayload),
  };
}

/** Left out where there is none, so that events of our own books are as long as they were. */
function chainOf({ chainTransactionId, transactionHash }: Step['event']): Pick<Told, 'chain'> {
  return chainTransactionId === null && transactionHash === null
    ? {}
    : { chain: { transactionId: chainTransactionId, hash: transactionHash } };
}

function balancePayload({
  accountId,
  asset,
  balance,
}: BalanceChange): TransactionPayload['balances'][number] {
  return {
    accountId,
    asset,
    posted: String(balance.posted),
    pending: String(balance.pending),
    available: String(balance.available),
    version: String(balance.version),
  };
}
