import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import type { CancelPayoutBatchCommand } from '../../domain/payouts/command.ts';

/** What cancelPayoutBatch is asked, as it came. */
export interface CancelPayoutBatchRequest {
  readonly idempotencyKey: string;
  readonly id: string;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readCancelPayoutBatch(
  organizationId: Uuid,
  request: CancelPayoutBatchRequest,
): CancelPayoutBatchCommand | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const batchId = parseId('bat', request.id);
  if (batchId === null) return notFound(request.id);
  return {
    organizationId,
    operation: 'cancelPayoutBatch',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ batchId }),
    batchId,
    eventId: newUuid(),
  };
}
