import type { FailureView } from '../../../platform/failures.ts';
import { checkIdempotencyKey, firstFault } from '../../../platform/inputs.ts';
import type { Context } from '../context.ts';
import { requireWholeOrganization } from '../domain/access.ts';
import type { RequestEndorsementInput } from '../generated/resolvers.ts';
import type { CustomerRow } from '../store/rows.ts';
import { answerCustomer, checkEndorsementName, findNamed, isFailure } from './answerCustomer.ts';
import { commandOf } from './command.ts';

/** Begins the check of a Customer, at once or as soon as all that it requires is given. Safe to retry with the same key. */
export async function requestEndorsement(
  context: Context,
  input: RequestEndorsementInput,
): Promise<CustomerRow | FailureView> {
  requireWholeOrganization(context.viewer);
  const fault = firstFault(checkIdempotencyKey(input.idempotencyKey), checkEndorsementName(input.name));
  if (fault) return fault;
  const customer = await findNamed(context, input.customerId);
  if (isFailure(customer)) return customer;
  return await answerCustomer(context, {
    ...commandOf(context, 'requestEndorsement', input),
    customerId: customer.id,
    name: input.name,
  });
}
