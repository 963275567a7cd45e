import type { NewEvent } from '../../../platform/outbox.ts';
import type { EventType, ObjectPayload } from '../../../schema/events.ts';
import type { CashInStepKind } from '../domain/cash/cashIn.ts';
import type { CashInStep } from '../domain/cash/cashInBatch.ts';

const TYPES: Readonly<Record<CashInStepKind, EventType>> = {
  Created: 'CashInCreated',
  Opened: 'CashInOpened',
  Refreshed: 'CashInRefreshed',
  Paid: 'CashInPaid',
  Expired: 'CashInExpired',
  Canceled: 'CashInCanceled',
  Failed: 'CashInFailed',
};

/** The event of what became of a CashIn; readers fetch the CashIn itself, and nobody its code from here. */
export function cashInEventOf({ id, kind, cashIn }: CashInStep): NewEvent {
  const payload: ObjectPayload = { id: cashIn.id };
  const subjects = [cashIn.id, cashIn.accountId];
  if (cashIn.customerId !== null) subjects.push(cashIn.customerId);
  return {
    id,
    organizationId: cashIn.organizationId,
    type: TYPES[kind],
    aggregateId: cashIn.id,
    version: cashIn.version,
    subjects,
    payload: JSON.stringify(payload),
  };
}
