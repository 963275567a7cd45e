import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import { checkIdempotencyKey, firstFault } from '../../../platform/inputs.ts';
import type { Context } from '../context.ts';
import { checkReason, REASONS_MAX } from '../domain/endorsement.ts';
import type { DecideEndorsementInput } from '../generated/resolvers.ts';
import type { CustomerRow } from '../store/rows.ts';
import { answerCustomer, checkEndorsementName, findNamed, isFailure } from './answerCustomer.ts';
import { commandOf } from './command.ts';

/** What somebody in compliance decides of an Endorsement, whatever a provider said. Safe to retry with the same key. */
export async function decideEndorsement(
  context: Context,
  input: DecideEndorsementInput,
): Promise<CustomerRow | FailureView> {
  const reasons = input.reasons ?? [];
  const fault = firstFault(
    checkIdempotencyKey(input.idempotencyKey),
    checkEndorsementName(input.name),
    reasons.length > REASONS_MAX
      ? invalidInput('reasons', `${reasons.length} reasons`, `at most ${REASONS_MAX}`)
      : firstFault(
          ...reasons.map((reason, index) =>
            checkReason(`reasons.${index}`, { ...reason, internal: reason.internal ?? null }),
          ),
        ),
  );
  if (fault) return fault;
  const customer = await findNamed(context, input.customerId);
  if (isFailure(customer)) return customer;
  return await answerCustomer(context, {
    ...commandOf(context, 'decideEndorsement', input),
    customerId: customer.id,
    name: input.name,
    decision: input.decision,
    reasons: reasons.map(({ code, message, internal }) => ({
      code,
      message,
      internal: internal ?? null,
      field: null,
    })),
  });
}
