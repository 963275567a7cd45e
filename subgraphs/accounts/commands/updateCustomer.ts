import { type FailureView, notFound } from '../../../platform/failures.ts';
import { parseId } from '../../../platform/id.ts';
import { checkIdempotencyKey, checkMetadata, firstFault, metadataObject } from '../../../platform/inputs.ts';
import type { Context } from '../context.ts';
import { checkChange } from '../domain/customer.ts';
import { customerErased } from '../errors.ts';
import type { UpdateCustomerInput } from '../generated/resolvers.ts';
import type { CustomerRow } from '../store/rows.ts';
import { answerCustomer } from './answerCustomer.ts';
import { personalCommandOf } from './command.ts';
import { screenChanged } from './screenNames.ts';
import { sealChange } from './sealChange.ts';

/** Changes what is given, leaves the rest. Safe to retry with the same key. */
export async function updateCustomer(
  context: Context,
  input: UpdateCustomerInput,
): Promise<CustomerRow | FailureView> {
  const customerId = parseId('cus', input.id);
  const fault = firstFault(checkIdempotencyKey(input.idempotencyKey), checkMetadata(input.metadata));
  if (fault) return fault;
  // A customer is never deleted and keeps its type, so this can be asked before the lock is taken.
  const customer = customerId && (await context.loaders.customer.load(customerId));
  if (!customer) return notFound(input.id);
  const { firstName, lastName, legalName, email, metadata } = input;
  const names = { firstName, lastName, legalName, email };
  const broken = checkChange(customer.type, names);
  if (broken) return broken;
  const sealed = await sealChange(context.services, customer, names);
  if (!sealed) return customerErased(input.id);
  return await answerCustomer(context, {
    ...personalCommandOf(context, 'updateCustomer', input),
    customerId: customer.id,
    // Null replaces all pairs by none.
    change: {
      sealed,
      screened: await screenChanged(context.services, customer, names),
      metadata: metadata === undefined ? undefined : metadataObject(metadata),
    },
  });
}
