import { registerHolders } from '../../../ledger/open.ts';
import type { Outcome } from '../../../platform/commandLane.ts';
import type { FailureView } from '../../../platform/failures.ts';
import { formatId, newUuid, parseId } from '../../../platform/id.ts';
import {
  checkIdempotencyKey,
  checkMetadata,
  checkOptionalText,
  firstFault,
  metadataObject,
} from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type { Context } from '../context.ts';
import { requireWholeOrganization } from '../domain/access.ts';
import { checkProfile, EXTERNAL_ID_LENGTH_MAX } from '../domain/customer.ts';
import { failureOf } from '../errors.ts';
import { customerCreated } from '../events.ts';
import type { CreateCustomerInput } from '../generated/resolvers.ts';
import { findHoldersOfExternalIds, insertCustomers } from '../store/customerWrites.ts';
import type { CustomerRow } from '../store/rows.ts';
import { type CreateCustomer, commandOf, submit } from './command.ts';

/** Onboards a person or business. Safe to retry with the same key. */
export async function createCustomer(
  context: Context,
  input: CreateCustomerInput,
): Promise<CustomerRow | FailureView> {
  requireWholeOrganization(context.viewer);
  const customer = {
    id: newUuid(),
    organizationId: context.viewer.organizationId,
    type: input.type,
    firstName: input.firstName ?? null,
    lastName: input.lastName ?? null,
    legalName: input.legalName ?? null,
    email: input.email ?? null,
    externalId: input.externalId ?? null,
    metadata: metadataObject(input.metadata),
  };
  const fault = firstFault(
    checkIdempotencyKey(input.idempotencyKey),
    checkProfile(customer),
    checkOptionalText('externalId', customer.externalId, 1, EXTERNAL_ID_LENGTH_MAX),
    checkMetadata(input.metadata),
  );
  if (fault) return fault;
  const result = await submit(context, { ...commandOf(context, 'createCustomer', input), customer });
  const failure = failureOf(result);
  if (failure) return failure;
  const id = present(parseId('cus', String(result.id)), 'id of the new customer');
  return present(await context.loaders.customer.load(id), 'new customer');
}

/** Decides a batch: whoever has a free externalId is inserted and becomes a holder in the ledger's books. */
export async function decideCreateCustomers(
  tx: Tx,
  commands: readonly CreateCustomer[],
): Promise<readonly Outcome[]> {
  const customers = commands.map((command) => command.customer);
  const inserted = await insertCustomers(tx, customers);
  const refused = customers.filter((customer) => !inserted.has(customer.id));
  const [existing] = await Promise.all([
    findHoldersOfExternalIds(tx, refused),
    registerHolders(
      tx,
      customers
        .filter((customer) => inserted.has(customer.id))
        .map(({ id, organizationId }) => ({ id, organizationId, kind: 'CUSTOMER' })),
    ),
  ]);
  const takenBy = new Map(refused.map((customer, index) => [customer.id, existing[index]]));
  return customers.map((customer) => {
    const other = takenBy.get(customer.id);
    if (other === undefined) {
      const result = { type: 'Customer', id: formatId('cus', customer.id) };
      return { result, events: [customerCreated(customer)] };
    }
    const { externalId } = customer;
    return {
      result: { type: 'ExternalIdTaken', externalId, existingId: formatId('cus', other) },
      events: [],
    };
  });
}
