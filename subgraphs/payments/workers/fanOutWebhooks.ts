import type { AssetCatalogue } from '../../../ledger/assets.ts';
import { sleep } from '../../../platform/clock.ts';
import { comparePositions, type Position } from '../../../platform/cursor.ts';
import type { Bell } from '../../../platform/feed/bell.ts';
import { endOf, type Positioned } from '../../../platform/feed/outboxRows.ts';
import { newUuid } from '../../../platform/id.ts';
import type { Lease } from '../../../platform/lease.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Interest, wants } from '../domain/webhookEndpoint.ts';
import { webhookBody } from '../domain/webhookMessage.ts';
import { webhookTypeOf } from '../domain/webhookType.ts';
import {
  listInterests,
  loadFanOutPosition,
  type NewDelivery,
  readUnspread,
  saveSpread,
} from '../store/fanOutWebhooks.ts';

const PAGE_EVENTS_MAX = 500;
const POLL_MS = 250;
/** After a hint the event may still be above xmin for a moment. */
const POLL_AFTER_HINT_MS = 4;
/** From a hint to the read. A batch of payments commits each few milliseconds, and each read costs as much as a payment. */
const GATHER_MS = 20;
/** Of a position at which nothing was done. */
const SAVE_INTERVAL_MS = 3_000;

export interface FanOutOptions {
  readonly database: Database;
  readonly assets: AssetCatalogue;
  /** Rung when the outbox has something new, and when the work is to end. */
  readonly bell: Bell;
  /** Called when deliveries were queued. */
  readonly onQueued: () => void;
}

/** Spreads the outbox over endpoints until `signal`; for a leased loop, which calls it again after a fault. */
export async function fanOutWebhooks(
  options: FanOutOptions,
  lease: Lease,
  signal: AbortSignal,
): Promise<void> {
  const { database, bell } = options;
  let position = await loadFanOutPosition(database);
  let savedAtMs = performance.now();
  let waitMs = POLL_MS;
  while (!signal.aborted) {
    const page = await readUnspread(database, position, PAGE_EVENTS_MAX);
    const upTo = endOf(page, PAGE_EVENTS_MAX);
    const isOn = comparePositions(upTo, position) > 0;
    if (isOn && (page.events.length > 0 || performance.now() - savedAtMs > SAVE_INTERVAL_MS)) {
      await spread(options, lease, page.events, upTo);
      savedAtMs = performance.now();
    }
    if (isOn) position = upTo;
    if (page.events.length === PAGE_EVENTS_MAX) continue;
    const isHinted = await bell.wait(waitMs);
    if (isHinted) await sleep(GATHER_MS, signal);
    waitMs = isHinted ? POLL_AFTER_HINT_MS : Math.min(waitMs * 2, POLL_MS);
  }
}

async function spread(
  { database, assets, onQueued }: FanOutOptions,
  lease: Lease,
  events: readonly Positioned[],
  upTo: Position,
): Promise<void> {
  const queued = await database.write(async (tx) => {
    const organizationIds = [...new Set(events.map(({ event }) => event.organizationId))];
    const interests = events.length === 0 ? [] : await listInterests(tx, organizationIds);
    const deliveries = deliveriesOf(events, interests, assets);
    await saveSpread(tx, lease, deliveries, upTo);
    return deliveries.length;
  });
  if (queued > 0) onQueued();
}

/** Which event goes to which endpoint, in the order of the outbox. The body is made once for all who get the same. */
export function deliveriesOf(
  events: readonly Positioned[],
  interests: readonly Interest[],
  assets: AssetCatalogue,
): readonly NewDelivery[] {
  return events.flatMap(({ event, position }) => {
    const told = interests.filter((endpoint) => wants(endpoint, event, position.xid));
    const [first] = told;
    if (first === undefined) return [];
    // All who want an event agree on whether it is one of compliance.
    const body = webhookBody(event, assets, first.complianceOnly);
    return told.map((endpoint) => ({
      id: newUuid(),
      organizationId: endpoint.organizationId,
      endpointId: endpoint.id,
      eventId: event.id,
      position,
      type: webhookTypeOf(event.type),
      aggregateId: event.aggregateId,
      version: event.version,
      body,
      occurredAt: event.occurredAt,
      status: endpoint.status === 'ENABLED' ? ('PENDING' as const) : ('SKIPPED' as const),
    }));
  });
}
