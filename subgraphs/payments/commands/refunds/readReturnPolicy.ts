import { type FailureView, invalidInput } from '../../../../platform/failures.ts';
import { parseId } from '../../../../platform/id.ts';
import {
  RETRIES_MAX,
  type ReturnPolicy,
  type ReturnPolicyRequest,
  USUAL_POLICY,
} from '../../domain/refunds/returnPolicy.ts';

/** What was declared, null where nothing was, or what is wrong with it. Whether the account is right, only its lock can tell. */
export function readReturnPolicy(
  request: ReturnPolicyRequest | null | undefined,
): ReturnPolicy | null | FailureView {
  if (request == null) return null;
  const { onReturn } = request;
  const retries = request.retries ?? USUAL_POLICY.retries;
  if (!Number.isInteger(retries) || retries < 0 || retries > RETRIES_MAX) {
    return invalidInput('returnPolicy.retries', retries, `0 to ${RETRIES_MAX}`);
  }
  const written = request.accountId ?? null;
  if (onReturn !== 'CREDIT_ACCOUNT') {
    if (written !== null) {
      return invalidInput('returnPolicy.accountId', written, 'nothing but with CREDIT_ACCOUNT');
    }
    return { onReturn, accountId: null, retries };
  }
  const accountId = written === null ? null : parseId('acc', written);
  return accountId === null
    ? invalidInput('returnPolicy.accountId', written, 'an account (`acc_`), with CREDIT_ACCOUNT')
    : { onReturn, accountId, retries };
}
