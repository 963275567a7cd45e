import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import { checkIdempotencyKey, firstFault } from '../../../platform/inputs.ts';
import type { Context } from '../context.ts';
import { checkDetails } from '../domain/checkPersonalData.ts';
import type { PersonalChange } from '../domain/personalData.ts';
import { customerErased } from '../errors.ts';
import type { UpdateCustomerDetailsInput } from '../generated/resolvers.ts';
import type { CustomerRow } from '../store/rows.ts';
import { answerCustomer, findNamed, isFailure } from './answerCustomer.ts';
import { personalCommandOf } from './command.ts';
import { screenChanged } from './screenNames.ts';
import { sealChange } from './sealChange.ts';

/**
 * What KYC and KYB ask for: changes what is given, null takes away, the rest stays. Endorsements that rested on what
 * changed are checked again, and bind until that is done. Safe to retry with the same key.
 */
export async function updateCustomerDetails(
  context: Context,
  input: UpdateCustomerDetailsInput,
): Promise<CustomerRow | FailureView> {
  const change = changeOf(input);
  const fault = firstFault(checkIdempotencyKey(input.idempotencyKey), checkDetails(change));
  if (fault) return fault;
  const customer = await findNamed(context, input.customerId);
  if (isFailure(customer)) return customer;
  for (const field of ['business', 'beneficialOwners'] as const) {
    if (customer.type === 'INDIVIDUAL' && change[field] != null) {
      return invalidInput(field, 'something', 'nothing, as the customer is of type INDIVIDUAL');
    }
  }
  const sealed = await sealChange(context.services, customer, change);
  if (!sealed) return customerErased(input.customerId);
  return await answerCustomer(context, {
    ...personalCommandOf(context, 'updateCustomerDetails', input),
    customerId: customer.id,
    change: { sealed, screened: await screenChanged(context.services, customer, change) },
  });
}

function changeOf(input: UpdateCustomerDetailsInput): PersonalChange {
  const { phone, birthDate, nationality, ipAddress, address, identifyingNumbers } = input;
  const { agreement, business, beneficialOwners } = input;
  return {
    phone,
    birthDate,
    nationality,
    ipAddress,
    identifyingNumbers,
    beneficialOwners,
    address: address && {
      ...address,
      line2: address.line2 ?? null,
      region: address.region ?? null,
      postalCode: address.postalCode ?? null,
    },
    agreement: agreement && { version: agreement.version, signedAt: agreement.signedAt.toISOString() },
    business: business && { ...business, website: business.website ?? null },
  };
}
