import type { Uuid } from '../../../platform/id.ts';
import { COMPLIANCE_TYPES, type FeedEvent } from '../../../schema/events.ts';
import { webhookTypeOf } from './webhookType.ts';

export type WebhookStatus = 'ENABLED' | 'DISABLED';
export type DisabledReason = 'REQUESTED' | 'GONE' | 'FAILING';

/** A server of an integrator that is told of events. */
export interface WebhookEndpoint {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly customerId: Uuid | null;
  readonly url: string;
  /** Empty: all. */
  readonly events: readonly string[];
  readonly complianceOnly: boolean;
  readonly ordered: boolean;
  readonly description: string | null;
  readonly status: WebhookStatus;
  readonly disabledReason: DisabledReason | null;
  readonly failingSince: Date | null;
  readonly pausedUntil: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What decides whether an endpoint is told of an event. */
export type Interest = Pick<
  WebhookEndpoint,
  'id' | 'organizationId' | 'customerId' | 'events' | 'complianceOnly' | 'status'
> & {
  /** Id of the tx that made the endpoint: what earlier ones wrote is not for it. */
  readonly since: bigint;
};

/** Steps of a timeline, and the status after them, that only whoever watches compliance may know of. */
const COMPLIANCE = 'UNDER_REVIEW';

/** Whether the step is one that is told to endpoints for compliance, and to no others. */
export function isCompliance({ type, payload }: FeedEvent): boolean {
  if (COMPLIANCE_TYPES.has(type)) return true;
  return 'event' in payload && payload.event.kind === COMPLIANCE;
}

/** Whether the endpoint is told of the event at all; the same rules as for subscriptions. */
export function wants(endpoint: Interest, event: FeedEvent, xid: bigint): boolean {
  const { customerId, events } = endpoint;
  return (
    event.organizationId === endpoint.organizationId &&
    xid > endpoint.since &&
    isCompliance(event) === endpoint.complianceOnly &&
    (customerId === null || event.subjects.includes(customerId)) &&
    (events.length === 0 || events.includes(webhookTypeOf(event.type)))
  );
}

/** The status as an endpoint may know it. */
export function shownStatus(status: string, isForCompliance: boolean): string {
  return status === COMPLIANCE && !isForCompliance ? 'PROCESSING' : status;
}
