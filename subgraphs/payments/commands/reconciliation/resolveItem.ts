import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId } from '../../../../platform/id.ts';
import { checkIdempotencyKey, checkOptionalText, firstFault } from '../../../../platform/inputs.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import type { ItemAction, ResolveItemCommand } from '../../domain/command.ts';

const REASON_LENGTH_MAX = 500;

/** What resolveReconciliationItem is asked, as it came. */
export interface ResolveItemRequest {
  readonly idempotencyKey: string;
  readonly id: string;
  readonly action: ItemAction;
  readonly reason?: string | null | undefined;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readResolveItem(
  { organizationId, subjectId: decidedBy }: Viewer,
  request: ResolveItemRequest,
): ResolveItemCommand | FailureView {
  const { idempotencyKey, action, reason = null } = request;
  const fault = firstFault(
    checkIdempotencyKey(idempotencyKey),
    checkOptionalText('reason', reason, 1, REASON_LENGTH_MAX),
  );
  if (fault) return fault;
  if (action === 'IGNORE' && reason === null) {
    return invalidInput('reason', null, `why nothing is to be booked, 1 to ${REASON_LENGTH_MAX} characters`);
  }
  const itemId = parseId('rit', request.id);
  if (itemId === null) return notFound(request.id);
  const asked = { itemId, action, reason };
  return {
    ...asked,
    organizationId,
    operation: 'resolveReconciliationItem',
    idempotencyKey,
    fingerprint: fingerprintOf(asked),
    journalId: newUuid(),
    decidedBy,
  };
}
