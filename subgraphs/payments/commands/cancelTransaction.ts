import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey, checkOptionalText } from '../../../platform/inputs.ts';
import type { CancelCommand } from '../domain/command.ts';

export const REASON_LENGTH_MAX = 500;

/** What cancelTransaction is asked, as it came. */
export interface CancelTransactionRequest {
  readonly idempotencyKey: string;
  readonly id: string;
  readonly reason?: string | null | undefined;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readCancelTransaction(
  organizationId: Uuid,
  request: CancelTransactionRequest,
): CancelCommand | FailureView {
  const fault =
    checkIdempotencyKey(request.idempotencyKey) ??
    checkOptionalText('reason', request.reason, 0, REASON_LENGTH_MAX);
  if (fault) return fault;
  const transactionId = parseId('txn', request.id);
  if (transactionId === null) return notFound(request.id);
  const asked = { transactionId, reason: request.reason ?? null };
  return {
    ...asked,
    organizationId,
    operation: 'cancelTransaction',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    journalId: newUuid(),
  };
}
