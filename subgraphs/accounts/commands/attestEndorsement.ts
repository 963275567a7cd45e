import type { FailureView } from '../../../platform/failures.ts';
import { checkIdempotencyKey, firstFault } from '../../../platform/inputs.ts';
import type { Context } from '../context.ts';
import { requireWholeOrganization } from '../domain/access.ts';
import type { AttestEndorsementInput } from '../generated/resolvers.ts';
import type { CustomerRow } from '../store/rows.ts';
import { answerCustomer, checkEndorsementName, findNamed, isFailure } from './answerCustomer.ts';
import { commandOf } from './command.ts';

/** Relies on the integrator's own KYC: ACTIVE at once, answered for by the integrator. Safe to retry with the same key. */
export async function attestEndorsement(
  context: Context,
  input: AttestEndorsementInput,
): Promise<CustomerRow | FailureView> {
  requireWholeOrganization(context.viewer);
  const fault = firstFault(checkIdempotencyKey(input.idempotencyKey), checkEndorsementName(input.name));
  if (fault) return fault;
  const customer = await findNamed(context, input.customerId);
  if (isFailure(customer)) return customer;
  return await answerCustomer(context, {
    ...commandOf(context, 'attestEndorsement', input),
    customerId: customer.id,
    name: input.name,
  });
}
