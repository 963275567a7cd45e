import { fingerprintOf } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { newUuid, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import type { AssignDepositCommand } from '../domain/command.ts';
import { readParty } from './inputs.ts';

/** What assignDeposit is asked, as it came. */
export interface AssignDepositRequest {
  readonly idempotencyKey: string;
  readonly chainTransactionId: string;
  readonly accountId: string;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readAssignDeposit(
  organizationId: Uuid,
  request: AssignDepositRequest,
): AssignDepositCommand | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const depositId = parseId('chx', request.chainTransactionId);
  if (depositId === null) return notFound(request.chainTransactionId);
  const account = readParty(request.accountId);
  if (!account) return notFound(request.accountId);
  const asked = { depositId, account };
  return {
    ...asked,
    organizationId,
    operation: 'assignDeposit',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(asked),
    transactionId: newUuid(),
    journalId: newUuid(),
  };
}
