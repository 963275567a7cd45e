import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { metadataObject } from '../../../platform/inputs.ts';
import type { RefundCommand } from '../domain/command.ts';
import { canonicalAmount, checkAmountForm, checkLabels, type LabelsRequest } from './inputs.ts';

/** What refundTransaction is asked, as it came. */
export interface RefundTransactionRequest extends LabelsRequest {
  readonly id: string;
  readonly amount?: string | null | undefined;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readRefundTransaction(
  organizationId: Uuid,
  request: RefundTransactionRequest,
): RefundCommand | FailureView {
  const fault = checkLabels(request) ?? checkAmountForm(request.amount);
  if (fault) return fault;
  const transactionId = parseId('txn', request.id);
  if (transactionId === null) return notFound(request.id);
  const asked = {
    transactionId,
    amount: canonicalAmount(request.amount),
    description: request.description ?? null,
    externalId: request.externalId ?? null,
    metadata: metadataObject(request.metadata),
  };
  return {
    ...asked,
    organizationId,
    operation: 'refundTransaction',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    refundId: newUuid(),
    journalId: newUuid(),
  };
}
