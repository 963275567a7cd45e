import { sleep } from '../../../platform/clock.ts';
import { Bell } from '../../../platform/feed/bell.ts';
import { formatId } from '../../../platform/id.ts';
import { createLane } from '../../../platform/lane.ts';
import type { Logger } from '../../../platform/log.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { WebhookKeyring } from '../adapters/webhookKeyring.ts';
import type { Sent, WebhookSender } from '../adapters/webhookSender.ts';
import { retryDelayMs } from '../domain/webhookSchedule.ts';
import { webhookSignature } from '../domain/webhookSignature.ts';
import { type ClaimedDelivery, claimWebhooks } from '../store/claimWebhooks.ts';
import { type AttemptRecord, recordAttempts } from '../store/recordWebhooks.ts';
import type { WebhookMeters } from './webhookMeters.ts';
import { ROOM_DEFAULT, WebhookRooms } from './webhookRooms.ts';

/** A sender that died leaves its deliveries to others after this; longer than an attempt with its record takes. */
const CLAIM_MS = 30_000;
const CLAIM_SIZE_MAX = 256;
const POLL_MS = 250;
/** Between two claims, so that each takes several deliveries. */
const PACE_MS = 5;
const FAULT_DELAY_MS = 500;

export interface DeliveryOptions {
  readonly database: Database;
  readonly keyring: WebhookKeyring;
  readonly sender: WebhookSender;
  readonly meters: WebhookMeters;
  readonly logger: Logger;
  readonly claimMs?: number;
}

export interface Deliverer {
  /** Something may be due. */
  ring(): void;
  /** Begins nothing new, and resolves when what is under way is recorded. */
  stop(): Promise<void>;
}

/** Sends what is due, many at a time, until it is stopped. Any number of processes may. */
export function startDelivery(options: DeliveryOptions): Deliverer {
  const { database, logger, meters, claimMs = CLAIM_MS } = options;
  const bell = new Bell();
  const stopping = new AbortController();
  const rooms = new WebhookRooms();
  const underWay = new Set<Promise<void>>();
  const records = createLane<AttemptRecord, null>({
    name: 'webhooks',
    run: (batch) =>
      database.write(async (tx) => {
        await recordAttempts(tx, batch);
        return batch.map(() => null);
      }),
  });

  async function attempt(delivery: ClaimedDelivery): Promise<void> {
    const end = rooms.begin(delivery.endpointId);
    let isDelivered = false;
    try {
      const record = await sendOnce(options, delivery);
      isDelivered = record.outcome === 'DELIVERED';
      meters.count(record.outcome, record.latencyMs);
      await records.submit(record);
    } catch (error) {
      // Its claim runs out, and then it is sent again under the same id.
      logger.error({ err: error, delivery: delivery.id }, 'a webhook could not be sent or recorded');
    } finally {
      end(isDelivered);
      bell.ring();
    }
  }

  async function round(): Promise<void> {
    const limit = Math.min(rooms.free, CLAIM_SIZE_MAX);
    const claimed =
      limit <= 0
        ? []
        : await claimWebhooks(database, { limit, roomDefault: ROOM_DEFAULT, rooms: rooms.rooms(), claimMs });
    for (const delivery of claimed) {
      const sending: Promise<void> = attempt(delivery).finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
    meters.setInFlight(rooms.inFlight);
    if (claimed.length === 0) await bell.wait(POLL_MS);
    await sleep(PACE_MS, stopping.signal);
  }

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      await round().catch(async (error: unknown) => {
        logger.warn({ err: error }, 'webhooks could not be claimed; trying again');
        await sleep(FAULT_DELAY_MS, stopping.signal);
      });
    }
  }
  const working = work();
  return {
    ring: () => bell.ring(),
    async stop() {
      stopping.abort();
      bell.ring();
      await working;
      await Promise.all(underWay);
      await records.drain();
    },
  };
}

/** One attempt, from signing to what follows from it. The timestamp is of this attempt, id and body are the delivery's. */
async function sendOnce(
  { keyring, sender }: DeliveryOptions,
  delivery: ClaimedDelivery,
): Promise<AttemptRecord> {
  const keys = await keyring.keysOf(delivery.endpointId);
  const startedAt = new Date();
  const id = formatId('evt', delivery.eventId);
  const timestamp = Math.floor(startedAt.getTime() / 1_000);
  const requestHeaders = {
    'content-type': 'application/json',
    'user-agent': 'omsx-webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': webhookSignature(keys, id, timestamp, delivery.body),
  };
  const sent: Sent = await sender.send(delivery.url, requestHeaders, delivery.body);
  const { id: deliveryId, organizationId, endpointId, number } = delivery;
  // A test is sent once: whoever asked for it looks at what came of it.
  const retryInMs =
    sent.outcome === 'DELIVERED' || delivery.isTest ? null : retryDelayMs(delivery.round + 1, Math.random());
  return { deliveryId, organizationId, endpointId, number, startedAt, requestHeaders, retryInMs, ...sent };
}
