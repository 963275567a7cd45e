import type { Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { formatId, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey, checkMetadata, firstFault, metadataObject } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type { Context } from '../context.ts';
import { requireWholeOrganization } from '../domain/access.ts';
import { checkChange, decideChange, type ProfileChange } from '../domain/customer.ts';
import { failureOf } from '../errors.ts';
import { customerUpdated } from '../events.ts';
import type { UpdateCustomerInput } from '../generated/resolvers.ts';
import { lockCustomers, updateCustomers } from '../store/customerWrites.ts';
import type { CustomerRow } from '../store/rows.ts';
import { commandOf, submit, type UpdateCustomer } from './command.ts';

/** Changes what is given, leaves the rest. Safe to retry with the same key. */
export async function updateCustomer(
  context: Context,
  input: UpdateCustomerInput,
): Promise<CustomerRow | FailureView> {
  requireWholeOrganization(context.viewer);
  const customerId = parseId('cus', input.id);
  const fault = firstFault(checkIdempotencyKey(input.idempotencyKey), checkMetadata(input.metadata));
  if (fault) return fault;
  // A customer is never deleted and keeps its type, so this can be asked before the lock is taken.
  const customer = customerId && (await context.loaders.customer.load(customerId));
  if (!customer) return notFound(input.id);
  const change = changeOf(input);
  const broken = checkChange(customer.type, change);
  if (broken) return broken;
  const result = await submit(context, {
    ...commandOf(context, 'updateCustomer', input),
    customerId: customer.id,
    change,
  });
  const failure = failureOf(result);
  if (failure) return failure;
  return present(await context.loaders.customer.load(customer.id), 'updated customer');
}

function changeOf(input: UpdateCustomerInput): ProfileChange {
  const { firstName, lastName, legalName, email, metadata } = input;
  return {
    firstName,
    lastName,
    legalName,
    email,
    // Null replaces all pairs by none.
    metadata: metadata === undefined ? undefined : metadataObject(metadata),
  };
}

/** Decides a batch in order on top of the locked rows, so that several changes of one Customer add up. */
export async function decideUpdateCustomers(
  tx: Tx,
  commands: readonly UpdateCustomer[],
): Promise<readonly Outcome[]> {
  const customers = await lockCustomers(tx, [...new Set(commands.map((command) => command.customerId))]);
  const changed = new Set<Uuid>();
  const outcomes = commands.map(({ customerId, organizationId, change }): Outcome => {
    const customer = customers.get(customerId);
    const id = formatId('cus', customerId);
    if (customer?.organizationId !== organizationId) return { result: { type: 'NotFound', id }, events: [] };
    const next = { ...customer, ...decideChange(customer, change), version: customer.version + 1 };
    customers.set(customerId, next);
    changed.add(customerId);
    return { result: { type: 'Customer', id }, events: [customerUpdated(next)] };
  });
  await updateCustomers(
    tx,
    [...customers.values()].filter((customer) => changed.has(customer.id)),
  );
  return outcomes;
}
