import { type FailureView, notFound } from '../../../platform/failures.ts';
import { parseId, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { scopesToRead } from '../domain/webhookType.ts';
import type { UpdateWebhookEndpointInput } from '../generated/resolvers.ts';
import { notifyWebhooks } from '../store/fanOutWebhooks.ts';
import { disableEndpoint } from '../store/recordWebhooks.ts';
import {
  deleteWebhookEndpoint,
  enableWebhookEndpoint,
  type HeldEndpoint,
  lockWebhookEndpoint,
  updateWebhookEndpoint,
} from '../store/webhookWrites.ts';
import { checkEndpoint } from './webhookInputs.ts';
import { requireScopes, type WebhookServices } from './webhookServices.ts';

/** An endpoint that was changed. */
export interface ChangedEndpoint {
  readonly endpointId: Uuid;
}

type Changed = Promise<ChangedEndpoint | FailureView>;

/** Changes what is given. Safe to retry. @throws {ApiError} FORBIDDEN without the scopes to read what it is told of */
export async function updateEndpoint(
  services: WebhookServices,
  viewer: Viewer,
  input: UpdateWebhookEndpointInput,
): Changed {
  const fault = checkEndpoint(input, services);
  if (fault) return fault;
  const events = input.events ? [...new Set(input.events)] : null;
  if (events !== null) requireScopes(viewer, scopesToRead(events));
  if (input.complianceOnly) requireScopes(viewer, ['compliance:read']);
  return await change(
    services,
    viewer,
    input.id,
    (tx, { id, events: before, complianceOnly: isForCompliance }) => {
      // Whoever sends the same events elsewhere is told them, so it must be somebody who may read them.
      if (input.url) requireScopes(viewer, scopesToRead(events ?? before));
      if (isForCompliance) requireScopes(viewer, ['compliance:read']);
      return updateWebhookEndpoint(tx, id, {
        url: input.url ?? null,
        events,
        complianceOnly: input.complianceOnly ?? null,
        ordered: input.ordered ?? null,
        description: input.description ?? null,
      });
    },
  );
}

/** Sends again, beginning with what waits. Safe to retry. */
export function enableEndpoint(services: WebhookServices, viewer: Viewer, id: string): Changed {
  return change(services, viewer, id, async (tx, endpoint) => {
    if (endpoint.status === 'ENABLED') return;
    await enableWebhookEndpoint(tx, endpoint.id);
    await notifyWebhooks(tx);
  });
}

/** Sends nothing more until it is enabled. Safe to retry: it is told once. */
export function disableEndpointByRequest(services: WebhookServices, viewer: Viewer, id: string): Changed {
  return change(services, viewer, id, async (tx, endpoint) => {
    if (endpoint.status === 'ENABLED') await disableEndpoint(tx, endpoint, 'REQUESTED');
  });
}

/** Takes it away for good. A retry finds nothing. */
export function removeEndpoint(services: WebhookServices, viewer: Viewer, id: string): Changed {
  return change(services, viewer, id, (tx, endpoint) => deleteWebhookEndpoint(tx, endpoint.id));
}

async function change(
  { writes }: WebhookServices,
  { organizationId }: Viewer,
  publicId: string,
  work: (tx: Tx, endpoint: HeldEndpoint) => Promise<void>,
): Changed {
  const id = parseId('whk', publicId);
  if (id === null) return notFound(publicId);
  const isFound = await writes.write(async (tx) => {
    const endpoint = await lockWebhookEndpoint(tx, organizationId, id);
    if (endpoint !== null) await work(tx, endpoint);
    return endpoint !== null;
  });
  return isFound ? { endpointId: id } : notFound(publicId);
}
