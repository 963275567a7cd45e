import type { FailureView } from '../../../platform/failures.ts';
import { checkIdempotencyKey, firstFault } from '../../../platform/inputs.ts';
import type { Context } from '../context.ts';
import type { AttestEndorsementInput, RequestEndorsementInput } from '../generated/resolvers.ts';
import type { CustomerRow } from '../store/rows.ts';
import { answerCustomer, checkEndorsementName, findNamed, isFailure } from './answerCustomer.ts';
import { commandOf } from './command.ts';

/**
 * Begins the check of a Customer, at once or as soon as all that it requires is given; or attests it: relies on the
 * integrator's own KYC, ACTIVE at once and answered for by the integrator. Safe to retry with the same key.
 */
export async function requestEndorsement(
  context: Context,
  operation: 'requestEndorsement' | 'attestEndorsement',
  input: RequestEndorsementInput | AttestEndorsementInput,
): Promise<CustomerRow | FailureView> {
  const fault = firstFault(checkIdempotencyKey(input.idempotencyKey), checkEndorsementName(input.name));
  if (fault) return fault;
  const customer = await findNamed(context, input.customerId);
  if (isFailure(customer)) return customer;
  return await answerCustomer(context, {
    ...commandOf(context, operation, input),
    customerId: customer.id,
    name: input.name,
  });
}
