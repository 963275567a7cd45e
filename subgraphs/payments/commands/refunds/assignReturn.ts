import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import type { AssignReturnCommand } from '../../domain/refunds/refundCommand.ts';
import { readParty } from '../inputs.ts';

/** What assignReturn is asked, as it came. */
export interface AssignReturnRequest {
  readonly idempotencyKey: string;
  readonly id: string;
  readonly accountId: string;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readAssignReturn(
  organizationId: Uuid,
  request: AssignReturnRequest,
): AssignReturnCommand | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const transactionId = parseId('txn', request.id);
  if (transactionId === null) return notFound(request.id);
  const account = readParty(request.accountId);
  if (!account) return notFound(request.accountId);
  return {
    ...{ organizationId, transactionId, account, journalId: newUuid() },
    operation: 'assignReturn',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ transactionId, account }),
  };
}
