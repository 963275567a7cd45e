import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import type { AssignReceiptCommand } from '../domain/command.ts';
import { readParty } from './inputs.ts';

/** What assignReceipt is asked, as it came. */
export interface AssignReceiptRequest {
  readonly idempotencyKey: string;
  readonly receiptId: string;
  readonly accountId: string;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readAssignReceipt(
  organizationId: Uuid,
  request: AssignReceiptRequest,
): AssignReceiptCommand | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const receiptId = parseId('rcp', request.receiptId);
  if (receiptId === null) return notFound(request.receiptId);
  const account = readParty(request.accountId);
  if (!account) return notFound(request.accountId);
  const asked = { receiptId, account };
  return {
    ...asked,
    organizationId,
    operation: 'assignReceipt',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    transactionId: newUuid(),
    journalId: newUuid(),
  };
}
