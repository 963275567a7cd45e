import type { Uuid } from '../../../platform/id.ts';
import type { NewEvent } from '../../../platform/outbox.ts';
import type { EventType, PayoutBatchPayload } from '../../../schema/events.ts';
import type { PayoutBatch } from '../domain/payouts/payoutBatch.ts';

export type PayoutBatchEventKind = 'CREATED' | 'PROGRESSED' | 'CANCELED' | 'COMPLETED';

const TYPES: Readonly<Record<PayoutBatchEventKind, EventType>> = {
  CREATED: 'PayoutBatchCreated',
  PROGRESSED: 'PayoutBatchProgressed',
  CANCELED: 'PayoutBatchCanceled',
  COMPLETED: 'PayoutBatchCompleted',
};

const KINDS: Readonly<Record<string, PayoutBatchEventKind | undefined>> = {
  PayoutBatchCreated: 'CREATED',
  PayoutBatchProgressed: 'PROGRESSED',
  PayoutBatchCanceled: 'CANCELED',
  PayoutBatchCompleted: 'COMPLETED',
};

/** Null for the type of another event. */
export function payoutEventKindOf(type: string): PayoutBatchEventKind | null {
  return KINDS[type] ?? null;
}

/** The event of a PayoutBatch that moved, to be recorded in the same tx. No client token is a subject of it. */
export function payoutEvent(id: Uuid, kind: PayoutBatchEventKind, after: PayoutBatch): NewEvent {
  const { tallies } = after;
  const payload: PayoutBatchPayload = {
    payoutBatchId: after.id,
    status: after.status,
    pending: tallies.PENDING.count,
    processing: tallies.PROCESSING.count,
    completed: tallies.COMPLETED.count,
    failed: tallies.FAILED.count,
    canceled: tallies.CANCELED.count,
    terminal: after.endedAt !== null,
    occurredAt: after.updatedAt.toISOString(),
  };
  return {
    id,
    organizationId: after.organizationId,
    type: TYPES[kind],
    aggregateId: after.id,
    version: after.version,
    subjects: [after.id, after.sourceAccountId],
    payload: JSON.stringify(payload),
  };
}
