import type { NewEvent } from '../../../platform/outbox.ts';
import type { ObjectPayload } from '../../../schema/events.ts';
import type { GateStep } from '../domain/gates/gatesInBatch.ts';

/**
 * The event of what became of an Approval or a Review; readers fetch it. Its subjects name nobody: no stream of a customer
 * or an account tells of either.
 */
export function gateEventOf({ id, type, about }: GateStep): NewEvent {
  const payload: ObjectPayload = { id: about.id };
  return {
    id,
    organizationId: about.organizationId,
    type,
    aggregateId: about.id,
    version: about.version,
    subjects: [about.id],
    payload: JSON.stringify(payload),
  };
}
