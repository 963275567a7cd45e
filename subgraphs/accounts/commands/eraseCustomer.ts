import type { FailureView } from '../../../platform/failures.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import type { Context } from '../context.ts';
import type { EraseCustomerInput } from '../generated/resolvers.ts';
import type { CustomerRow } from '../store/rows.ts';
import { answerCustomer, findNamed, isFailure } from './answerCustomer.ts';
import { commandOf } from './command.ts';

/** Destroys the data key of a Customer and all that was sealed under it, for good. Safe to retry with the same key. */
export async function eraseCustomer(
  context: Context,
  input: EraseCustomerInput,
): Promise<CustomerRow | FailureView> {
  const fault = checkIdempotencyKey(input.idempotencyKey);
  if (fault) return fault;
  const customer = await findNamed(context, input.customerId);
  if (isFailure(customer)) return customer;
  return await answerCustomer(context, {
    ...commandOf(context, 'eraseCustomer', input),
    customerId: customer.id,
  });
}
