import { type FailureView, notFound } from '../../../platform/failures.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import {
  disableEndpointByRequest,
  enableEndpoint,
  removeEndpoint,
  updateEndpoint,
} from '../commands/changeWebhookEndpoint.ts';
import {
  createWebhookEndpoint,
  type MadeSecret,
  rotateWebhookSecret,
} from '../commands/createWebhookEndpoint.ts';
import {
  type QueuedDelivery,
  resendDeliveries,
  resendDelivery,
  sendTestWebhook,
} from '../commands/resendWebhooks.ts';
import type { Context } from '../context.ts';
import type { WebhookEndpoint } from '../domain/webhookEndpoint.ts';
import type { MutationResolvers } from '../generated/resolvers.ts';
import type { WebhookDeliveryRow } from '../store/webhookDeliveries.ts';

type WebhookMutations =
  | `${'create' | 'update' | 'enable' | 'disable' | 'delete'}WebhookEndpoint`
  | `resendWebhook${'Delivery' | 'Deliveries'}`
  | 'rotateWebhookSecret'
  | 'sendTestWebhook';

export const webhookMutations: Pick<MutationResolvers, WebhookMutations> = {
  createWebhookEndpoint: (_, { input }, context) =>
    withSecret(context, () => createWebhookEndpoint(context.webhooks, context.reads, context.viewer, input)),
  rotateWebhookSecret: (_, { input }, context) =>
    withSecret(context, () => rotateWebhookSecret(context.webhooks, context.viewer, input)),
  updateWebhookEndpoint: (_, { input }, context) =>
    changed(context, () => updateEndpoint(context.webhooks, context.viewer, input)),
  enableWebhookEndpoint: (_, { input }, context) =>
    changed(context, () => enableEndpoint(context.webhooks, context.viewer, input.id)),
  disableWebhookEndpoint: (_, { input }, context) =>
    changed(context, () => disableEndpointByRequest(context.webhooks, context.viewer, input.id)),
  deleteWebhookEndpoint: (_, { input }, context) =>
    changed(context, () => removeEndpoint(context.webhooks, context.viewer, input.id)),
  sendTestWebhook: (_, { input }, context) =>
    queued(context, input.id, () => sendTestWebhook(context.webhooks, context.viewer, input.id)),
  resendWebhookDelivery: (_, { input }, context) =>
    queued(context, input.id, () => resendDelivery(context.webhooks, context.viewer, input.id)),
  async resendWebhookDeliveries(_, { input }, context) {
    const result = await resendDeliveries(context.webhooks, context.viewer, input);
    if ('__typename' in result) return result;
    const { endpointId, count, lastCursor } = result;
    return {
      __typename: 'WebhookResend',
      endpoint: await endpointOf(context, endpointId),
      count,
      lastCursor,
    };
  },
};

async function withSecret(context: Context, make: () => Promise<MadeSecret | FailureView>) {
  const result = await make();
  if ('__typename' in result) return result;
  const endpoint = await endpointOf(context, result.endpointId);
  return { __typename: 'WebhookEndpointSecret' as const, endpoint, secret: result.secret };
}

async function changed(
  context: Context,
  change: () => Promise<{ readonly endpointId: Uuid } | FailureView>,
): Promise<(WebhookEndpoint & { readonly __typename: 'WebhookEndpoint' }) | FailureView> {
  const result = await change();
  if ('__typename' in result) return result;
  return { __typename: 'WebhookEndpoint', ...(await endpointOf(context, result.endpointId)) };
}

async function queued(
  context: Context,
  publicId: string,
  queue: () => Promise<QueuedDelivery | FailureView>,
): Promise<(WebhookDeliveryRow & { readonly __typename: 'WebhookDelivery' }) | FailureView> {
  const result = await queue();
  if ('__typename' in result) return result;
  context.loaders.webhooks.renew();
  const delivery = await context.loaders.webhooks.findDelivery(result.deliveryId);
  return delivery === null ? notFound(publicId) : { __typename: 'WebhookDelivery', ...delivery };
}

async function endpointOf({ loaders }: Context, id: Uuid): Promise<WebhookEndpoint> {
  loaders.webhooks.renew();
  return present(await loaders.webhooks.findEndpoint(id), 'the endpoint of a result');
}
