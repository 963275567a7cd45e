import { formatId, type Uuid } from '../../../../platform/id.ts';
import type { StreamMessage } from '../../../../schema/events.ts';
import type { Context } from '../../context.ts';
import type { ApprovalEventResolvers, ApprovalUpdateResolvers } from '../../generated/resolvers.ts';
import type { ApprovalEventView, ApprovalUpdateView } from '../../views/gates.ts';
import { objectStepOf, requireVisible } from '../stream.ts';

/** `cursor` and `event` come from the message and cost no read; the Approval is read fresh. */
export function approvalUpdate({ cursor, event }: StreamMessage, { viewer }: Context): ApprovalUpdateView {
  if (!event) return { cursor, event: null, approvalId: null };
  // Its subjects name no customer, so that a client token is refused here as well.
  requireVisible(event, viewer);
  return { cursor, event: objectStepOf(event, KINDS), approvalId: event.aggregateId as Uuid };
}

const KINDS: Readonly<Record<string, ApprovalEventView['kind'] | undefined>> = {
  ApprovalRequested: 'REQUESTED',
  ApprovalCounted: 'COUNTED',
  ApprovalApproved: 'APPROVED',
  ApprovalRejected: 'REJECTED',
  ApprovalExpired: 'EXPIRED',
  ApprovalCanceled: 'CANCELED',
};

export const approvalUpdateResolvers: ApprovalUpdateResolvers = {
  approval: ({ approvalId }, _, { gates }) =>
    approvalId === null ? null : gates.loaders.findApproval(approvalId),
};

export const approvalEventResolvers: ApprovalEventResolvers = {
  id: ({ id }) => formatId('evt', id),
};
