import DataLoader from 'dataloader';
import { type Connection, type PageArgs, readUuidPage, toConnection } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { WebhookAttempt } from '../domain/webhookAttempt.ts';
import {
  findWebhookDeliveries,
  listWebhookAttempts,
  listWebhookDeliveries,
  type WebhookDeliveryRow,
} from './webhookDeliveries.ts';
import {
  type FoundEndpoint,
  findWebhookEndpoints,
  listPublicKeys,
  type PublicWebhookKey,
} from './webhookEndpoints.ts';

const LOAD_SIZE_MAX = 1_000;
const PARENTS_MAX = 100;

/** Batched reads of endpoints and what was sent to them, of one request. */
export interface WebhookLoaders {
  /** Also one that was deleted, for what went to it. */
  findEndpoint(id: Uuid): Promise<FoundEndpoint | null>;
  findDelivery(id: Uuid): Promise<WebhookDeliveryRow | null>;
  listKeys(endpointId: Uuid): Promise<readonly PublicWebhookKey[]>;
  listAttempts(deliveryId: Uuid): Promise<readonly WebhookAttempt[]>;
  /** One statement an endpoint, whose number the page bounds. @throws {ApiError} BAD_USER_INPUT for bad page arguments */
  listDeliveriesOf(endpointId: Uuid, args: PageArgs): Promise<Connection<WebhookDeliveryRow>>;
  /** Forgets what was read, because a mutation has changed it. */
  renew(): void;
}

export function createWebhookLoaders(reads: Database, viewer: Viewer): WebhookLoaders {
  const endpoints = new DataLoader((ids: readonly Uuid[]) => findWebhookEndpoints(reads, viewer, ids), {
    maxBatchSize: LOAD_SIZE_MAX,
  });
  const deliveries = new DataLoader((ids: readonly Uuid[]) => findWebhookDeliveries(reads, viewer, ids), {
    maxBatchSize: LOAD_SIZE_MAX,
  });
  const keys = new DataLoader((ids: readonly Uuid[]) => listPublicKeys(reads, viewer, ids), {
    maxBatchSize: PARENTS_MAX,
  });
  const attempts = new DataLoader((ids: readonly Uuid[]) => listWebhookAttempts(reads, viewer, ids), {
    maxBatchSize: PARENTS_MAX,
  });
  return {
    findEndpoint: (id) => endpoints.load(id),
    findDelivery: (id) => deliveries.load(id),
    listKeys: (id) => keys.load(id),
    listAttempts: (id) => attempts.load(id),
    async listDeliveriesOf(endpointId, args) {
      const page = readUuidPage(args);
      return toConnection(
        await listWebhookDeliveries(reads, viewer, { endpointId }, page),
        page,
        ({ id }) => id,
      );
    },
    renew() {
      for (const loader of [endpoints, deliveries, keys, attempts]) loader.clearAll();
    },
  };
}
