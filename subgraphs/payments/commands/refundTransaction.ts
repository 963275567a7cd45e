import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { metadataObject } from '../../../platform/inputs.ts';
import type { RefundCommand } from '../domain/refunds/refundCommand.ts';
import type { ReturnPolicyRequest } from '../domain/refunds/returnPolicy.ts';
import { canonicalAmount, checkAmountForm, checkLabels, type LabelsRequest } from './inputs.ts';
import { readReturnPolicy } from './refunds/readReturnPolicy.ts';
import { type RefundWays, type RouteRequest, readRoute } from './refunds/readRoute.ts';

/** What refundTransaction is asked, as it came. */
export interface RefundTransactionRequest extends LabelsRequest, RouteRequest {
  readonly id: string;
  readonly amount?: string | null | undefined;
  readonly returnPolicy?: ReturnPolicyRequest | null | undefined;
}

/**
 * Checks what needs no database, and seals an account. A failure found here is not kept: its key may be used again.
 *
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function readRefundTransaction(
  organizationId: Uuid,
  request: RefundTransactionRequest,
  ways: RefundWays,
): Promise<RefundCommand | FailureView> {
  const fault = checkLabels(request) ?? checkAmountForm(request.amount);
  if (fault) return fault;
  const transactionId = parseId('txn', request.id);
  if (transactionId === null) return notFound(request.id);
  const returnPolicy = readReturnPolicy(request.returnPolicy);
  if (returnPolicy !== null && '__typename' in returnPolicy) return returnPolicy;
  const refundId = newUuid();
  const read = await readRoute(organizationId, request, refundId, ways);
  if ('__typename' in read) return read;
  const { route, said, screenee } = read;
  const asked = {
    transactionId,
    amount: canonicalAmount(request.amount),
    description: request.description ?? null,
    externalId: request.externalId ?? null,
    metadata: metadataObject(request.metadata),
  };
  // Left out where nothing was said, so that what was asked before there was more to say is still the same.
  const more = { ...said, ...(returnPolicy === null ? {} : { returnPolicy }) };
  return {
    ...asked,
    route,
    screenee,
    returnPolicy,
    organizationId,
    operation: 'refundTransaction',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ ...asked, ...more }),
    refundId,
    journalId: newUuid(),
  };
}
