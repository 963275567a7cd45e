import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import type { AccelerateCommand } from '../domain/command.ts';

/** What accelerateTransaction is asked, as it came. */
export interface AccelerateTransactionRequest {
  readonly idempotencyKey: string;
  readonly transactionId: string;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readAccelerateTransaction(
  organizationId: Uuid,
  request: AccelerateTransactionRequest,
): AccelerateCommand | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const transactionId = parseId('txn', request.transactionId);
  if (transactionId === null) return notFound(request.transactionId);
  return {
    transactionId,
    organizationId,
    operation: 'accelerateTransaction',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ transactionId }),
    journalId: newUuid(),
  };
}
