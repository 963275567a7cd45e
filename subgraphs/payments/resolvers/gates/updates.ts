import { formatId, type Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { FeedEvent, StreamMessage } from '../../../../schema/events.ts';
import type { Context } from '../../context.ts';
import type { ApprovalEventResolvers, ApprovalUpdateResolvers } from '../../generated/resolvers.ts';
import type { ApprovalEventView, ApprovalUpdateView } from '../../views/gates.ts';
import { requireVisible } from '../stream.ts';

/** `cursor` and `event` come from the message and cost no read; the Approval is read fresh. */
export function approvalUpdate({ cursor, event }: StreamMessage, { viewer }: Context): ApprovalUpdateView {
  if (!event) return { cursor, event: null, approvalId: null };
  // Its subjects name no customer, so that a client token is refused here as well.
  requireVisible(event, viewer);
  return { cursor, event: stepOf(event), approvalId: event.aggregateId as Uuid };
}

const KINDS: Readonly<Record<string, ApprovalEventView['kind'] | undefined>> = {
  ApprovalRequested: 'REQUESTED',
  ApprovalCounted: 'COUNTED',
  ApprovalApproved: 'APPROVED',
  ApprovalRejected: 'REJECTED',
  ApprovalExpired: 'EXPIRED',
  ApprovalCanceled: 'CANCELED',
};

function stepOf({ id, version, type, occurredAt }: FeedEvent): ApprovalEventView {
  const kind = present(KINDS[type], `the kind of ${type}`);
  return { id: id as Uuid, version, kind, occurredAt: new Date(occurredAt) };
}

export const approvalUpdateResolvers: ApprovalUpdateResolvers = {
  approval: ({ approvalId }, _, { gates }) =>
    approvalId === null ? null : gates.loaders.findApproval(approvalId),
};

export const approvalEventResolvers: ApprovalEventResolvers = {
  id: ({ id }) => formatId('evt', id),
};
