import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { NewEvent } from '../../../platform/outbox.ts';
import type { EventType, ObjectPayload } from '../../../schema/events.ts';

/** That an item was opened or closed, as of its row. */
export interface ItemStep {
  readonly id: Uuid;
  /** Null for what is the operator's, of which no organization is told. */
  readonly organizationId: Uuid | null;
  readonly version: number;
  readonly isClosed: boolean;
  /** What it wrote off has come after all. */
  readonly isReversed?: boolean;
}

/** The events of items, for the tx that changed them; readers fetch the items. */
export function itemEventsOf(steps: readonly ItemStep[]): readonly NewEvent[] {
  return steps.flatMap((step) => {
    const { id, organizationId, version } = step;
    if (organizationId === null) return [];
    const type = typeOf(step);
    const payload: ObjectPayload = { id };
    return [
      {
        ...{ id: newUuid(), organizationId, type, aggregateId: id, version, subjects: [id] },
        payload: JSON.stringify(payload),
      },
    ];
  });
}

function typeOf({ isClosed, isReversed }: ItemStep): EventType {
  if (isReversed) return 'ReconciliationItemReversed';
  return isClosed ? 'ReconciliationItemClosed' : 'ReconciliationItemOpened';
}
