import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../../platform/failures.ts';
import { parseId, type Uuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey, checkOptionalText, firstFault } from '../../../../platform/inputs.ts';
import type { DismissRefundCommand } from '../../domain/refunds/refundCommand.ts';

/** What dismissRefund is asked, as it came. */
export interface DismissRefundRequest {
  readonly idempotencyKey: string;
  readonly id: string;
  readonly reason: string;
}

const REASON_LENGTH_MAX = 500;

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readDismissRefund(
  organizationId: Uuid,
  { idempotencyKey, id, reason }: DismissRefundRequest,
): DismissRefundCommand | FailureView {
  const fault = firstFault(
    checkIdempotencyKey(idempotencyKey),
    checkOptionalText('reason', reason, 1, REASON_LENGTH_MAX),
  );
  if (fault) return fault;
  const transactionId = parseId('txn', id);
  if (transactionId === null) return notFound(id);
  const asked = { transactionId, reason };
  return {
    ...asked,
    organizationId,
    operation: 'dismissRefund',
    idempotencyKey,
    fingerprint: fingerprintOf(asked),
  };
}
