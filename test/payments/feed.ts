import type { Uuid } from '../../platform/id.ts';
import type { EventType, FeedEvent } from '../../schema/events.ts';
import type { Answer, Fixture } from './fixture.ts';

/** The events of one object as a feed delivers them, oldest first. */
export async function readFeed({ rows }: Fixture, aggregateId: Uuid | null): Promise<readonly FeedEvent[]> {
  const events = await rows<Answer>(
    `select id, organization_id, type, aggregate_id, version, subjects, payload, occurred_at
       from platform.outbox where aggregate_id = $1 order by version`,
    [aggregateId],
  );
  return events.map((row, index) => ({
    cursor: `c${index}`,
    id: row.id,
    organizationId: row.organization_id,
    type: row.type as EventType,
    aggregateId: row.aggregate_id,
    version: row.version,
    subjects: row.subjects,
    payload: row.payload,
    occurredAt: row.occurred_at.toISOString(),
  }));
}
