import { comparePositions, formatCursor, type Position } from '../../../platform/cursor.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { testBody } from '../domain/webhookMessage.ts';
import { TEST_TYPE } from '../domain/webhookType.ts';
import type { ResendWebhookDeliveriesInput } from '../generated/resolvers.ts';
import { insertDeliveries, notifyWebhooks } from '../store/fanOutWebhooks.ts';
import {
  currentTxId,
  lockWebhookEndpoint,
  requeueDeliveries,
  requeueDelivery,
} from '../store/webhookWrites.ts';
import { readAfter } from './webhookInputs.ts';
import type { WebhookServices } from './webhookServices.ts';

export const RESEND_MAX = 1_000;

export interface QueuedDelivery {
  readonly deliveryId: Uuid;
}

export interface ResentDeliveries {
  readonly endpointId: Uuid;
  readonly count: number;
  readonly lastCursor: string | null;
}

/** Queues a message that only tries the way. Each call queues another. */
export async function sendTestWebhook(
  { writes }: WebhookServices,
  { organizationId }: Viewer,
  publicId: string,
): Promise<QueuedDelivery | FailureView> {
  const endpointId = parseId('whk', publicId);
  if (endpointId === null) return notFound(publicId);
  const [id, eventId, now] = [newUuid(), newUuid(), new Date()];
  const status = await writes.write(async (tx) => {
    const endpoint = await lockWebhookEndpoint(tx, organizationId, endpointId);
    if (endpoint?.status !== 'ENABLED') return endpoint?.status ?? null;
    await insertDeliveries(tx, [
      {
        id,
        organizationId,
        endpointId,
        eventId,
        position: { xid: await currentTxId(tx), seq: 0n },
        type: TEST_TYPE,
        aggregateId: eventId,
        version: 1,
        body: testBody(eventId, now),
        occurredAt: now.toISOString(),
        status: 'PENDING',
      },
    ]);
    return endpoint.status;
  });
  if (status === null) return notFound(publicId);
  return status === 'ENABLED'
    ? { deliveryId: id }
    : invalidInput('id', publicId, 'an endpoint that is enabled');
}

/** Queues a delivery once more; one that is under way goes on. Safe to retry. */
export async function resendDelivery(
  { writes }: WebhookServices,
  { organizationId }: Viewer,
  publicId: string,
): Promise<QueuedDelivery | FailureView> {
  const id = parseId('whd', publicId);
  if (id === null) return notFound(publicId);
  await writes.write(async (tx) => {
    if (await requeueDelivery(tx, organizationId, id)) await notifyWebhooks(tx);
  });
  return { deliveryId: id };
}

/** Queues deliveries of a range once more, the oldest first, at most `RESEND_MAX`. Safe to retry. */
export async function resendDeliveries(
  { writes }: WebhookServices,
  { organizationId }: Viewer,
  input: ResendWebhookDeliveriesInput,
): Promise<ResentDeliveries | FailureView> {
  const after = readAfter(input.afterCursor);
  if ('__typename' in after) return after;
  const endpointId = parseId('whk', input.id);
  if (endpointId === null) return notFound(input.id);
  const { occurredAt } = input;
  const range = {
    after,
    from: occurredAt?.from ?? null,
    to: occurredAt?.to ?? null,
    status: input.status ?? null,
  };
  const positions = await writes.write(async (tx) => {
    const endpoint = await lockWebhookEndpoint(tx, organizationId, endpointId);
    if (endpoint === null) return null;
    const queued = await requeueDeliveries(tx, endpointId, range, RESEND_MAX);
    await notifyWebhooks(tx);
    return queued;
  });
  if (positions === null) return notFound(input.id);
  return { endpointId, count: positions.length, lastCursor: lastOf(positions) };
}

function lastOf(positions: readonly Position[]): string | null {
  const last = positions.toSorted(comparePositions).at(-1);
  return last === undefined ? null : formatCursor(last);
}
