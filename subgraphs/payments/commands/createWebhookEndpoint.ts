import { type FailureView, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import { scopesToRead } from '../domain/webhookType.ts';
import type { CreateWebhookEndpointInput } from '../generated/resolvers.ts';
import { insertWebhookKey, retireWebhookKeys } from '../store/webhookKeys.ts';
import { insertWebhookEndpoint, lockWebhookEndpoint } from '../store/webhookWrites.ts';
import { checkEndpoint, checkOverlap, OVERLAP_SECONDS_DEFAULT } from './webhookInputs.ts';
import { sealWebhookKey } from './webhookKey.ts';
import { requireScopes, type WebhookServices } from './webhookServices.ts';

/** An endpoint with a secret that is shown this once. */
export interface MadeSecret {
  readonly endpointId: Uuid;
  readonly secret: string;
}

const CUSTOMER = statement(
  'payments.find_customer',
  `select 1 from ledger.holder where id = $1 and organization_id = $2 and kind = 'CUSTOMER'`,
);

/**
 * Makes an endpoint and its keys. A retry makes another: the secret of the first cannot be shown again.
 *
 * @throws {ApiError} FORBIDDEN without the scopes to read what it is told of
 * @throws {KeyVaultError} when nothing can be sealed; nothing was made then
 */
export async function createWebhookEndpoint(
  { writes, vault, allowsLoopback }: WebhookServices,
  reads: Database,
  viewer: Viewer,
  input: CreateWebhookEndpointInput,
): Promise<MadeSecret | FailureView> {
  const fault = checkEndpoint(input, { allowsLoopback });
  if (fault) return fault;
  const { url, description, customerId: customer } = input;
  const events = [...new Set(input.events ?? [])];
  const complianceOnly = input.complianceOnly ?? false;
  requireScopes(viewer, [...scopesToRead(events), ...(complianceOnly ? ['compliance:read'] : [])]);
  const { organizationId } = viewer;
  const customerId = customer ? parseId('cus', customer) : null;
  if (customer && (customerId === null || !(await isCustomer(reads, organizationId, customerId)))) {
    return notFound(customer);
  }
  const id = newUuid();
  const { key, secret } = await sealWebhookKey(await vault(), id);
  const rest = { customerId, url, events, complianceOnly, description: description ?? null };
  await writes.write(async (tx) => {
    await insertWebhookEndpoint(tx, { id, organizationId, ordered: input.ordered ?? true, ...rest });
    await insertWebhookKey(tx, { id, organizationId }, key);
  });
  return { endpointId: id, secret };
}

/** Gives an endpoint new keys; the old ones sign beside them for a while. A retry gives yet others. */
export async function rotateWebhookSecret(
  { writes, vault }: WebhookServices,
  viewer: Viewer,
  input: { readonly id: string; readonly overlapSeconds?: number | null | undefined },
): Promise<MadeSecret | FailureView> {
  const overlapSeconds = input.overlapSeconds ?? OVERLAP_SECONDS_DEFAULT;
  const fault = checkOverlap(overlapSeconds);
  if (fault) return fault;
  const id = parseId('whk', input.id);
  if (id === null) return notFound(input.id);
  const { key, secret } = await sealWebhookKey(await vault(), id);
  const isDone = await writes.write(async (tx) => {
    const endpoint = await lockWebhookEndpoint(tx, viewer.organizationId, id);
    if (endpoint === null) return false;
    await retireWebhookKeys(tx, id, overlapSeconds);
    await insertWebhookKey(tx, endpoint, key);
    return true;
  });
  return isDone ? { endpointId: id, secret } : notFound(input.id);
}

async function isCustomer(reads: Database, organizationId: Uuid, id: Uuid): Promise<boolean> {
  return (await reads.readRows(organizationId, CUSTOMER, [id, organizationId])).length === 1;
}
