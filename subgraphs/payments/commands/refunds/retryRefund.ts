import { fingerprintOf } from '../../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import { NO_ROUTE, type RetryRefundCommand } from '../../domain/refunds/refundCommand.ts';
import type { DueRefund } from '../../store/refunds/nextRefunds.ts';
import { type RefundWays, type RouteRequest, readRoute } from './readRoute.ts';

/** What retryRefund is asked, as it came. */
export interface RetryRefundRequest extends RouteRequest {
  readonly idempotencyKey: string;
  readonly id: string;
}

/**
 * Checks what needs no database, and seals an account. A failure found here is not kept: its key may be used again.
 *
 * @throws {ApiError} UNAVAILABLE when the vault does not answer: nothing happened, and the same key may be used again
 */
export async function readRetryRefund(
  organizationId: Uuid,
  request: RetryRefundRequest,
  ways: RefundWays,
): Promise<RetryRefundCommand | FailureView> {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const transactionId = parseId('txn', request.id);
  if (transactionId === null) return notFound(request.id);
  const refundId = newUuid();
  const read = await readRoute(organizationId, request, refundId, ways);
  if ('__typename' in read) return read;
  const { route, said, screenee } = read;
  return {
    ...{ organizationId, transactionId, refundId, route, screenee },
    operation: 'retryRefund',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf({ transactionId, toAddress: null, details: null, ...said }),
    journalId: newUuid(),
    isAutomatic: false,
  };
}

/** The command of our own worker. It has no key: what is waited for, and until when, makes it idempotent. */
export function retryRefund({ refundId: transactionId, organizationId }: DueRefund): RetryRefundCommand {
  return {
    ...{ organizationId, transactionId, refundId: newUuid(), journalId: newUuid() },
    ...{ operation: 'retryRefund', idempotencyKey: null, fingerprint: '' },
    route: NO_ROUTE,
    isAutomatic: true,
  };
}
