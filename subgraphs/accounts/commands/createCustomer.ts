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
import { checkProfile, EXTERNAL_ID_LENGTH_MAX } from '../domain/customer.ts';
import { afterVerdict, unscreened } from '../domain/customerScreening.ts';
import { firstRestrictions } from '../domain/endorsement.ts';
import { mergeSealed } from '../domain/personalData.ts';
import { failureOf } from '../errors.ts';
import { customerCreated } from '../events.ts';
import type { CreateCustomerInput } from '../generated/resolvers.ts';
import { writeScreenings } from '../store/customerScreenings.ts';
import { findHoldersOfExternalIds, insertCustomers } from '../store/customerWrites.ts';
import { sharePolicies } from '../store/organizations.ts';
import type { CustomerRow } from '../store/rows.ts';
import { type CreateCustomer, personalCommandOf, submit } from './command.ts';
import { screenNames } from './screenNames.ts';

/** Onboards a person or business. Safe to retry with the same key. */
export async function createCustomer(
  context: Context,
  input: CreateCustomerInput,
): Promise<CustomerRow | FailureView> {
  const { firstName = null, lastName = null, legalName = null, email = null, externalId = null } = input;
  const names = { firstName, lastName, legalName, email };
  const fault = firstFault(
    checkIdempotencyKey(input.idempotencyKey),
    checkProfile({ type: input.type, ...names }),
    checkOptionalText('externalId', externalId, 1, EXTERNAL_ID_LENGTH_MAX),
    checkMetadata(input.metadata),
  );
  if (fault) return fault;
  const id = newUuid();
  const { vault, screener } = context.services;
  const wrappedKey = await vault.begin(id);
  const given = Object.fromEntries(Object.entries(names).filter(([, value]) => value !== null));
  const verdict = await screenNames(screener, given);
  const sealed = mergeSealed({}, await vault.seal({ id, wrappedKey }, names));
  const customer = {
    id,
    organizationId: context.viewer.organizationId,
    type: input.type,
    externalId,
    metadata: metadataObject(input.metadata),
    wrappedKey,
    sealed,
  };
  const result = await submit(context, {
    ...personalCommandOf(context, 'createCustomer', input),
    customer,
    verdict,
  });
  const failure = failureOf(result);
  if (failure) return failure;
  const madeId = present(parseId('cus', String(result.id)), 'id of the new customer');
  return present(await context.loaders.customer.load(madeId), 'new customer');
}

/** Decides a batch: whoever has a free externalId is inserted and becomes a holder in the ledger's books. */
export async function decideCreateCustomers(
  tx: Tx,
  commands: readonly CreateCustomer[],
): Promise<readonly Outcome[]> {
  const customers = commands.map((command) => command.customer);
  // Before the insert: what a policy is now is what it is until these customers are there.
  const [policies, inserted] = await Promise.all([
    sharePolicies(
      tx,
      customers.map((customer) => customer.organizationId),
    ),
    insertCustomers(tx, customers),
  ]);
  const refused = customers.filter((customer) => !inserted.has(customer.id));
  const screenings = commands
    .filter(({ customer }) => inserted.has(customer.id))
    .map(({ customer, verdict }) => afterVerdict(unscreened(customer), verdict));
  const [existing] = await Promise.all([
    findHoldersOfExternalIds(tx, refused),
    writeScreenings(tx, screenings),
    registerHolders(
      tx,
      customers
        .filter((customer) => inserted.has(customer.id))
        .map(({ id, organizationId }) => {
          const policy = present(policies.get(organizationId), 'policy of an organization');
          return { id, organizationId, kind: 'CUSTOMER', restrictions: firstRestrictions(policy) };
        }),
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
