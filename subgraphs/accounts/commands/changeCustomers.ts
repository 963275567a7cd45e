import { type HolderRestrictions, restrictHolders } from '../../../ledger/restrict.ts';
import type { Outcome, StoredResult } from '../../../platform/commandLane.ts';
import { formatId, newUuid, type Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { readNow } from '../../../platform/sandboxClock.ts';
import type { Customer } from '../domain/customer.ts';
import { type CustomerBatch, endorsementKey, endorsementsOf, screeningOf } from '../domain/customerBatch.ts';
import {
  decideAttest,
  decideChange,
  decideDecision,
  decideErase,
  decideOutcome,
  decideRequest,
} from '../domain/decideCustomer.ts';
import { decideRescreened, decideScreening } from '../domain/decideScreening.ts';
import { restrictionsOf } from '../domain/endorsement.ts';
import { factEvent } from '../events.ts';
import { readScreenings, writeScreenings } from '../store/customerScreenings.ts';
import { lockCustomers, updateCustomers } from '../store/customerWrites.ts';
import { endChecks, insertChecks, readEndorsements, writeEndorsements } from '../store/endorsementWrites.ts';
import { sharePolicies } from '../store/organizations.ts';
import type { CustomerCommand } from './command.ts';

/**
 * Decides a batch in order on top of the locked rows, so that several changes of one Customer add up, and tells the ledger
 * in the same tx: once it has committed, no payment passes that the Endorsements do not allow.
 */
export async function decideCustomerChanges(
  tx: Tx,
  commands: readonly CustomerCommand[],
): Promise<readonly Outcome[]> {
  const batch = await lock(tx, commands);
  const outcomes = commands.map((command): Outcome => {
    const factsBefore = batch.facts.length;
    const result = decide(batch, command);
    return { result, events: batch.facts.slice(factsBefore).map(factEvent) };
  });
  await write(tx, batch);
  return outcomes;
}

async function lock(tx: Tx, commands: readonly CustomerCommand[]): Promise<CustomerBatch> {
  const ids = [...new Set(commands.map((command) => command.customerId))];
  const [policies, customers, endorsements, screenings, now] = await Promise.all([
    sharePolicies(
      tx,
      commands.map((command) => command.organizationId),
    ),
    lockCustomers(tx, ids),
    readEndorsements(tx, ids),
    readScreenings(tx, ids),
    readNow(tx),
  ]);
  return {
    now,
    newId: newUuid,
    policies,
    customers,
    endorsements: new Map(endorsements.map((row) => [endorsementKey(row.customerId, row.name), row])),
    screenings: new Map(screenings.map((row) => [row.customerId, row])),
    changedCustomers: new Set(),
    changedEndorsements: new Set(),
    changedScreenings: new Set(),
    newChecks: [],
    endedChecks: new Set(),
    shifted: new Set(),
    facts: [],
  };
}

function decide(batch: CustomerBatch, command: CustomerCommand): StoredResult {
  const customer = findOwn(batch, command);
  if (command.operation === 'settleCheck') {
    const check = { id: command.checkId, endorsement: command.endorsement };
    return decideOutcome(batch, customer, check, command.outcome);
  }
  if (command.operation === 'settleScreening') return decideRescreened(batch, customer, command.screened);
  const id = formatId('cus', command.customerId);
  if (!customer) return { type: 'NotFound', id };
  if (command.operation === 'eraseCustomer') return decideErase(batch, customer);
  if (command.operation === 'decideCustomerScreening')
    return decideScreening(batch, customer, command.decided);
  if (customer.erasedAt !== null) return { type: 'CustomerErased', id };
  switch (command.operation) {
    case 'updateCustomer':
    case 'updateCustomerDetails':
      return decideChange(batch, customer, command.change);
    case 'requestEndorsement':
      return decideRequest(batch, customer, command.name);
    case 'attestEndorsement':
      return decideAttest(batch, customer, command.name);
    case 'decideEndorsement':
      return decideDecision(batch, customer, command.name, command.decision, command.reasons);
  }
}

function findOwn(
  batch: CustomerBatch,
  { customerId, organizationId }: CustomerCommand,
): Customer | undefined {
  const customer = batch.customers.get(customerId);
  return customer?.organizationId === organizationId ? customer : undefined;
}

async function write(tx: Tx, batch: CustomerBatch): Promise<void> {
  const customerOf = (id: Uuid): Customer => present(batch.customers.get(id), `customer ${id}`);
  const restricted = [...batch.shifted].map((id) => restrictionsNow(batch, customerOf(id)));
  await Promise.all([
    updateCustomers(tx, [...batch.changedCustomers].map(customerOf)),
    writeEndorsements(
      tx,
      [...batch.changedEndorsements].map((key) => present(batch.endorsements.get(key), key)),
    ),
    insertChecks(tx, batch.newChecks),
    writeScreenings(
      tx,
      [...batch.changedScreenings].map((id) => present(batch.screenings.get(id), 'a screening')),
    ),
    endChecks(tx, [...batch.endedChecks]),
    restrictHolders(
      tx,
      restricted.filter((restrictions) => restrictions !== null),
    ),
  ]);
}

/** Null where neither the policy nor compliance restricts it, nor did before. */
function restrictionsNow(batch: CustomerBatch, customer: Customer): HolderRestrictions | null {
  const { id, organizationId } = customer;
  const policy = present(batch.policies.get(organizationId), 'policy of an organization');
  if (policy === 'OFF' && !batch.changedScreenings.has(id)) return null;
  const active = endorsementsOf(batch, id).filter(({ status }) => status === 'ACTIVE');
  const isRefused = screeningOf(batch, customer).status === 'REFUSED';
  return restrictionsOf(id, policy, new Set(active.map(({ name }) => name)), isRefused);
}
