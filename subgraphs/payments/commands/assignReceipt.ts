import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import type { AssignCashReceiptCommand } from '../domain/cash/command.ts';
import type { AssignReceiptCommand } from '../domain/command.ts';
import { readParty } from './inputs.ts';

/** What assignReceipt and assignCashReceipt are asked, as it came. */
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
  return readAssign('assignReceipt', 'rcp', organizationId, request);
}

/** As `readAssignReceipt`, of cash. */
export function readAssignCashReceipt(
  organizationId: Uuid,
  request: AssignReceiptRequest,
): AssignCashReceiptCommand | FailureView {
  return readAssign('assignCashReceipt', 'crc', organizationId, request);
}

function readAssign<Operation extends 'assignReceipt' | 'assignCashReceipt'>(
  operation: Operation,
  prefix: 'rcp' | 'crc',
  organizationId: Uuid,
  request: AssignReceiptRequest,
) {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const receiptId = parseId(prefix, request.receiptId);
  if (receiptId === null) return notFound(request.receiptId);
  const account = readParty(request.accountId);
  if (!account) return notFound(request.accountId);
  const asked = { receiptId, account };
  return {
    ...asked,
    organizationId,
    operation,
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    transactionId: newUuid(),
    journalId: newUuid(),
  };
}
