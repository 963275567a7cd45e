import { fingerprintOf } from '../../../../platform/commandLane.ts';
import type { FailureView } from '../../../../platform/failures.ts';
import { checkIdempotencyKey } from '../../../../platform/inputs.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Viewer } from '../../../../platform/viewer.ts';
import type { SetDefaultReturnPolicyCommand } from '../../domain/refunds/refundCommand.ts';
import type { ReturnPolicyRequest } from '../../domain/refunds/returnPolicy.ts';
import { readReturnPolicy } from './readReturnPolicy.ts';

/** What setDefaultReturnPolicy is asked, as it came. */
export interface SetDefaultReturnPolicyRequest {
  readonly idempotencyKey: string;
  readonly returnPolicy: ReturnPolicyRequest;
}

/** Checks what needs no database. A failure found here is not kept: its key may be used again. */
export function readSetDefaultReturnPolicy(
  { organizationId, subjectId: setBy }: Viewer,
  request: SetDefaultReturnPolicyRequest,
): SetDefaultReturnPolicyCommand | FailureView {
  const fault = checkIdempotencyKey(request.idempotencyKey);
  if (fault) return fault;
  const returnPolicy = present(readReturnPolicy(request.returnPolicy), 'a policy');
  if ('__typename' in returnPolicy) return returnPolicy;
  return {
    ...{ organizationId, returnPolicy, setBy },
    operation: 'setDefaultReturnPolicy',
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprintOf(returnPolicy),
  };
}
