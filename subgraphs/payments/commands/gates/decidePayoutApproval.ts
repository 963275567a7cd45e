import { fingerprintOf, type Outcome } from '../../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../../platform/failures.ts';
import { formatId, newUuid, parseId } from '../../../../platform/id.ts';
import type { NewEvent } from '../../../../platform/outbox.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import type { EventType } from '../../../../schema/events.ts';
import type { Approval } from '../../domain/gates/approval.ts';
import { APPROVAL_EVENTS, giveVerdict, moved } from '../../domain/gates/giveVerdict.ts';
import type {
  DecidePayoutApprovalCommand,
  ExpirePayoutApprovalCommand,
} from '../../domain/payouts/command.ts';
import { batchStatusOf, moveTally, type PayoutBatch, withTallies } from '../../domain/payouts/payoutBatch.ts';
import { missing } from '../../domain/results.ts';
import { gateEventOf } from '../../events/gates.ts';
import { payoutEvent } from '../../events/payouts.ts';
import type { WaitingSubject } from '../../store/gates/nextWaiting.ts';
import { readApprovalFacts } from '../../store/gates/readApprovals.ts';
import { insertDecisions, updateApprovals } from '../../store/gates/writeApprovals.ts';
import { cancelPending, lockPayoutBatch } from '../../store/payouts/cancelPending.ts';
import { PAYOUTS_CHANNEL } from '../../store/payouts/insertPayoutBatch.ts';
import { updatePayoutBatches } from '../../store/payouts/updatePayouts.ts';
import { checkNote, type DecideApprovalRequest, saidOf } from './readGateCommands.ts';

const NOTIFY = statement('payments.notify_payouts', `select pg_notify('${PAYOUTS_CHANNEL}', '')`);

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readDecidePayoutApproval(
  viewer: Viewer,
  operation: DecidePayoutApprovalCommand['operation'],
  request: DecideApprovalRequest,
): DecidePayoutApprovalCommand | FailureView {
  const fault = checkNote(request);
  if (fault) return fault;
  const batchId = parseId('bat', request.id);
  if (batchId === null) return notFound(request.id);
  const { organizationId, subjectId } = viewer;
  const said = saidOf(viewer, operation === 'approvePayoutBatch' ? 'APPROVE' : 'REJECT', request);
  return {
    ...said,
    organizationId,
    operation,
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ batchId, note: said.note, subjectId }),
    batchId,
    eventId: newUuid(),
  };
}

/** The command that ends a batch that nobody approved in time; the state it acts on makes it idempotent. */
export function expirePayoutApproval({
  subjectId,
  organizationId,
}: WaitingSubject): ExpirePayoutApprovalCommand {
  const key = { idempotencyKey: null, fingerprint: '' } as const;
  return {
    organizationId,
    operation: 'expirePayoutApproval',
    ...key,
    batchId: subjectId,
    eventId: newUuid(),
  };
}

/** Counts an approval of a locked batch, which with the last one may run, or cancels all of it. */
export async function decidePayoutApproval(
  tx: Tx,
  command: DecidePayoutApprovalCommand,
  now: () => Promise<Date>,
): Promise<Outcome> {
  const { organizationId, batchId, decidedBy, keyId, verdict, note, eventId } = command;
  const before = await lockPayoutBatch(tx, organizationId, batchId);
  if (!before) return { result: missing(formatId('bat', batchId)), events: [] };
  const facts = await readApprovalFacts(tx, [batchId], keyId === null ? [] : [keyId]);
  const approval = facts.approvals.get(batchId);
  if (!approval) return { result: missing(formatId('bat', batchId)), events: [] };
  const at = await now();
  const given = giveVerdict({ ...facts, approval, now: at }, { decidedBy, keyId, verdict, note });
  if ('type' in given) return { result: given, events: [] };
  const { decision, after } = given;
  await Promise.all([insertDecisions(tx, [decision]), updateApprovals(tx, [after])]);
  const told = approvalEvent(after, APPROVAL_EVENTS[after.status]);
  const result = { type: 'PayoutBatch', batchId };
  if (after.status === 'OPEN') return { result, events: [told] };
  const progressed = await moveBatch(tx, before, { isApproved: after.status === 'APPROVED', at, eventId });
  return { result, events: [told, progressed] };
}

/** Cancels a batch that nobody approved in time. Sent again, or too early, it changes nothing. */
export async function decideExpirePayoutApproval(
  tx: Tx,
  { organizationId, batchId, eventId }: ExpirePayoutApprovalCommand,
  now: () => Promise<Date>,
): Promise<Outcome> {
  const before = await lockPayoutBatch(tx, organizationId, batchId);
  const approval = (await readApprovalFacts(tx, [batchId], [])).approvals.get(batchId);
  const at = await now();
  const result = { type: 'PayoutBatch', batchId };
  if (!before || approval?.status !== 'OPEN' || at < approval.expiresAt) return { result, events: [] };
  const after = moved(approval, 'EXPIRED', at);
  await updateApprovals(tx, [after]);
  const canceled = await moveBatch(tx, before, { isApproved: false, at, eventId });
  return { result, events: [approvalEvent(after, APPROVAL_EVENTS.EXPIRED), canceled] };
}

/** Ends the question about a batch that was canceled by whoever may; empty where none is open. The batch is locked. */
export async function cancelPayoutApproval(
  tx: Tx,
  { id }: PayoutBatch,
  at: Date,
): Promise<readonly NewEvent[]> {
  const approval = (await readApprovalFacts(tx, [id], [])).approvals.get(id);
  if (approval?.status !== 'OPEN') return [];
  const after = moved(approval, 'CANCELED', at);
  await updateApprovals(tx, [after]);
  return [approvalEvent(after, APPROVAL_EVENTS.CANCELED)];
}

/** What became of the question about a batch. */
export function approvalEvent(about: Approval, type: EventType): NewEvent {
  return gateEventOf({ id: newUuid(), type, about });
}

async function moveBatch(
  tx: Tx,
  before: PayoutBatch,
  {
    isApproved,
    at,
    eventId,
  }: { isApproved: boolean; at: Date; eventId: DecidePayoutApprovalCommand['eventId'] },
): Promise<NewEvent> {
  const { tallies } = before;
  if (isApproved) {
    const after = {
      ...before,
      status: batchStatusOf(tallies),
      version: before.version + 1,
      updatedAt: at,
    };
    await updatePayoutBatches(tx, [{ before, after }]);
    await tx.rows(NOTIFY);
    return payoutEvent(eventId, 'PROGRESSED', after);
  }
  const after = withTallies(before, moveTally(tallies, 'PENDING', 'CANCELED', tallies.PENDING), at);
  await cancelPending(tx, before, at);
  await updatePayoutBatches(tx, [{ before, after }]);
  return payoutEvent(eventId, 'CANCELED', after);
}
