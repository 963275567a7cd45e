import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Batch } from '../batch.ts';
import { findOwn, missingTransaction } from '../find.ts';
import { followPayout } from '../payouts/decidePayoutItem.ts';
import { illegal, succeeded } from '../results.ts';
import type { DecideApprovalCommand, EndWaitingCommand } from './command.ts';
import { putApproval } from './gatesInBatch.ts';
import { APPROVAL_EVENTS, giveVerdict, moved } from './giveVerdict.ts';
import { CALLED_OFF, endGate, passGate } from './passGate.ts';

/** Counts an approval, or ends the payment with the first rejection. The Transaction is locked: each counts once. */
export function decideApproval(batch: Batch, command: DecideApprovalCommand): StoredResult {
  const waiting = findOwn(batch, command.organizationId, command.transactionId);
  if (!waiting) return missingTransaction(command.transactionId);
  const { gates, now } = batch;
  const approval = gates.approvals.get(waiting.id);
  const gate = gates.gates.get(waiting.id);
  if (!approval || !gate) return illegal(waiting, 'nobody has to approve it');
  const { decidedBy, keyId, verdict, note, journalId } = command;
  const facts = { approval, decisions: gates.decisions, revokedKeys: gates.revokedKeys, now };
  const given = giveVerdict(facts, { decidedBy, keyId, verdict, note });
  if ('type' in given) return given;
  const { decision, after } = given;
  gates.decisions.push(decision);
  gates.newDecisions.push(decision);
  putApproval(gates, batch.newId(), APPROVAL_EVENTS[after.status], after);
  if (after.status === 'APPROVED') passGate(batch, gate, waiting, { by: 'APPROVAL', journalId });
  if (after.status === 'REJECTED') {
    const message = note ?? 'it was not approved';
    endGate(batch, gate, waiting, { kind: 'REJECTED', code: 'NOT_APPROVED', message }, journalId);
  }
  return succeeded(waiting.id);
}

/**
 * Ends what nobody approved in time, and what was asked to be called off while its rail seemed to have it. Sent again, or
 * too early, it changes nothing.
 */
export function decideEndWaiting(batch: Batch, command: EndWaitingCommand): StoredResult {
  const waiting = findOwn(batch, command.organizationId, command.transactionId);
  if (!waiting) return missingTransaction(command.transactionId);
  const { gates, now } = batch;
  const gate = gates.gates.get(waiting.id);
  if (gate?.state !== 'WAITING') return illegal(waiting, 'it waits for nothing');
  const approval = gates.approvals.get(waiting.id);
  if (gate.isCancelAsked) {
    endGate(batch, gate, waiting, CALLED_OFF, command.journalId);
  } else if (approval?.status === 'OPEN' && now >= approval.expiresAt) {
    putApproval(gates, batch.newId(), APPROVAL_EVENTS.EXPIRED, moved(approval, 'EXPIRED', now));
    const message = `nobody approved it before ${approval.expiresAt.toISOString()}`;
    const end = { kind: 'APPROVAL_EXPIRED', code: 'APPROVAL_EXPIRED', message } as const;
    endGate(batch, gate, waiting, end, command.journalId);
  } else {
    return illegal(waiting, 'it may still be approved');
  }
  followPayout(batch, waiting.id);
  return succeeded(waiting.id);
}
