import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import { requireScope } from '../../../platform/graphql.ts';
import { formatId, parseId } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Context } from '../context.ts';
import type { WebhookEndpoint } from '../domain/webhookEndpoint.ts';
import type {
  QueryResolvers,
  WebhookAttemptResolvers,
  WebhookDeliveryResolvers,
  WebhookEndpointResolvers,
} from '../generated/resolvers.ts';
import {
  type DeliveryConditions,
  listWebhookDeliveries,
  type WebhookDeliveryRow,
} from '../store/webhookDeliveries.ts';
import { listWebhookEndpoints } from '../store/webhookEndpoints.ts';
import { filterId } from './ids.ts';

/** Whoever may see one Customer only sees no endpoints: those are the organization's own servers. */
const isHidden = ({ viewer }: Context): boolean => viewer.customerId !== undefined;

export const webhookQueries: Pick<
  QueryResolvers,
  'webhookEndpoint' | 'webhookEndpoints' | 'webhookDelivery' | 'webhookDeliveries'
> = {
  webhookEndpoint: (_, { id }, context) => findEndpoint(id, context),
  async webhookEndpoints(_, args, context) {
    const page = readUuidPage(args);
    const rows = isHidden(context) ? [] : await listWebhookEndpoints(context.reads, context.viewer, page);
    return toConnection(rows, page, ({ id }) => id);
  },
  webhookDelivery: (_, { id }, context) => findDelivery(id, context),
  async webhookDeliveries(_, args, context) {
    const page = readUuidPage(args);
    const { endpointId, status, type, transactionId } = args.filter ?? {};
    const endpoint = filterId('whk', endpointId);
    const transaction = filterId('txn', transactionId);
    const isNone = isHidden(context) || endpoint === null || transaction === null || type?.includes('\0');
    const conditions: DeliveryConditions = {
      ...(endpoint ? { endpointId: endpoint } : {}),
      ...(transaction ? { transactionId: transaction } : {}),
      ...(status ? { status } : {}),
      ...(type ? { type } : {}),
    };
    const rows = isNone ? [] : await listWebhookDeliveries(context.reads, context.viewer, conditions, page);
    return toConnection(rows, page, ({ id }) => id);
  },
};

export const webhookEndpointResolvers: WebhookEndpointResolvers = {
  __resolveReference: ({ id }, context) => findEndpoint(id, context),
  id: ({ id }) => formatId('whk', id),
  events: ({ events }) => [...events],
  customer: ({ customerId }) => (customerId === null ? null : { id: formatId('cus', customerId) }),
  keys: async ({ id }, _, { loaders }) => [...(await loaders.webhooks.listKeys(id))],
  deliveries: ({ id }, args, { loaders }) => loaders.webhooks.listDeliveriesOf(id, args),
};

export const webhookDeliveryResolvers: WebhookDeliveryResolvers = {
  __resolveReference: ({ id }, context) => findDelivery(id, context),
  id: ({ id }) => formatId('whd', id),
  eventId: ({ eventId }) => formatId('evt', eventId),
  endpoint: async ({ endpointId }, _, { loaders }) =>
    present(await loaders.webhooks.findEndpoint(endpointId), 'the endpoint of a delivery'),
  transaction: ({ type, aggregateId }, _, { loaders }) =>
    type.startsWith('transaction.') ? loaders.findTransaction(aggregateId) : null,
  nextAttemptAt: ({ status, nextAt }) => (status === 'PENDING' ? nextAt : null),
  attempts: async ({ id }, _, { loaders }) => [...(await loaders.webhooks.listAttempts(id))],
};

export const webhookAttemptResolvers: WebhookAttemptResolvers = {
  requestHeaders: ({ requestHeaders }) =>
    Object.entries(requestHeaders).map(([name, value]) => ({ name, value: String(value) })),
};

async function findEndpoint(publicId: string, context: Context): Promise<WebhookEndpoint | null> {
  requireScope(context.viewer, 'webhooks:read');
  const id = parseId('whk', publicId);
  if (id === null || isHidden(context)) return null;
  const endpoint = await context.loaders.webhooks.findEndpoint(id);
  return endpoint?.isDeleted === false ? endpoint : null;
}

async function findDelivery(publicId: string, context: Context): Promise<WebhookDeliveryRow | null> {
  requireScope(context.viewer, 'webhooks:read');
  const id = parseId('whd', publicId);
  return id === null || isHidden(context) ? null : context.loaders.webhooks.findDelivery(id);
}
