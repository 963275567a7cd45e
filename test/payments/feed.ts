import type { Uuid } from '../../platform/id.ts';
import type { EventType, FeedEvent } from '../../schema/events.ts';
import type { Answer, Fixture } from './fixture.ts';

/** The events of one object, or of all of an organization, as a feed delivers them, oldest first. */
export async function readFeed({ rows }: Fixture, id: Uuid | null): Promise<readonly FeedEvent[]> {
  const events = await rows<Answer>(
    'select * from platform.outbox where aggregate_id = $1 or organization_id = $1 order by xid, seq',
    [id],
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
