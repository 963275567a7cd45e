import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId } from '../../../../platform/id.ts';
import { checkIdempotencyKey, checkOptionalText, firstFault } from '../../../../platform/inputs.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import type { ItemAction, NamedMovement, ResolveItemCommand } from '../../domain/command.ts';

const REASON_LENGTH_MAX = 500;

/** What resolveReconciliationItem is asked, as it came. */
export interface ResolveItemRequest {
  readonly idempotencyKey: string;
  readonly id: string;
  readonly action: ItemAction;
  readonly transactionId?: string | null | undefined;
  readonly receiptId?: string | null | undefined;
  readonly difference?: 'ACCEPT_AS_FEE' | 'BOOK_TO_SUSPENSE' | null | undefined;
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
  if ((action === 'IGNORE' || action === 'WRITE_OFF') && reason === null) {
    return invalidInput('reason', null, `why it is so, 1 to ${REASON_LENGTH_MAX} characters`);
  }
  const itemId = parseId('rit', request.id);
  if (itemId === null) return notFound(request.id);
  const movement = readMovement(request);
  if (movement !== null && '__typename' in movement) return movement;
  const asked = { itemId, action, reason, ...(movement === null ? {} : { movement }) };
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

const DIFFERENCES = { ACCEPT_AS_FEE: 'FEE', BOOK_TO_SUSPENSE: 'SUSPENSE' } as const;

/** The movement that MATCH names, null for other actions, or what is wrong with it. */
function readMovement(request: ResolveItemRequest): NamedMovement | FailureView | null {
  const { action, transactionId = null, receiptId = null, difference = null } = request;
  if (action !== 'MATCH') {
    for (const [field, value] of Object.entries({ transactionId, receiptId, difference })) {
      if (value !== null) return invalidInput(field, value, 'nothing, as only MATCH names a movement');
    }
    return null;
  }
  const id = transactionId ?? receiptId;
  if (id === null || (transactionId !== null && receiptId !== null)) {
    return invalidInput('transactionId', id, 'either a transaction or a receipt that the line is');
  }
  const named = {
    transactionId: transactionId === null ? null : parseId('txn', transactionId),
    receiptId: receiptId === null ? null : parseId('rcp', receiptId),
  };
  if (named.transactionId === null && named.receiptId === null) return notFound(id);
  return { ...named, differenceAs: difference === null ? null : DIFFERENCES[difference] };
}
