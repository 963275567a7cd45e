import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId } from '../../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import type { TakeLineAsFeeCommand } from '../../domain/command.ts';

/** What takeBankBookingAsFee is asked, as it came. */
export interface TakeAsFeeRequest {
  readonly idempotencyKey: string;
  readonly bookingId: string;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readTakeAsFee(
  { organizationId, subjectId: requestedBy }: Viewer,
  { idempotencyKey, bookingId }: TakeAsFeeRequest,
): TakeLineAsFeeCommand | FailureView {
  const fault = checkIdempotencyKey(idempotencyKey);
  if (fault) return fault;
  const lineId = parseId('bbk', bookingId);
  if (lineId === null) return notFound(bookingId);
  return {
    ...{ organizationId, idempotencyKey, requestedBy, lineId },
    operation: 'takeBankBookingAsFee',
    fingerprint: fingerprintOf({ lineId }),
    journalId: newUuid(),
  };
}
