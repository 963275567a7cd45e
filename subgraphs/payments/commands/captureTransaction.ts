import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import type { CaptureCommand } from '../domain/command.ts';
import { canonicalAmount, checkAmountForm } from './inputs.ts';

/** What captureTransaction is asked, as it came. */
export interface CaptureTransactionRequest {
  readonly idempotencyKey: string;
  readonly id: string;
  readonly amount?: string | null | undefined;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readCaptureTransaction(
  organizationId: Uuid,
  request: CaptureTransactionRequest,
): CaptureCommand | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey) ?? checkAmountForm(request.amount);
  if (fault) return fault;
  const transactionId = parseId('txn', request.id);
  if (transactionId === null) return notFound(request.id);
  const asked = { transactionId, amount: canonicalAmount(request.amount) };
  return {
    ...asked,
    organizationId,
    operation: 'captureTransaction',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    journalId: newUuid(),
  };
}
