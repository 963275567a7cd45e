import type { Uuid } from '../../../platform/id.ts';
import type { Customer } from './customer.ts';
import { type CustomerScreening, unscreened } from './customerScreening.ts';
import { DECLINED_REASON, type Endorsement, type EndorsementPolicy, missingFields } from './endorsement.ts';
import { findKind } from './endorsementKind.ts';

/** A provider is to be asked about a Customer. */
export interface KycCheck {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly customerId: Uuid;
  readonly endorsement: string;
}

/** What an event will tell of. */
export interface Fact {
  readonly type: 'CustomerUpdated' | 'CustomerErased' | 'EndorsementUpdated' | 'EndorsementReviewStarted';
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly customerId: Uuid;
  readonly version: number;
}

/**
 * What deciding about Customers sees and changes: the locked rows with the changes of this batch on top. It is written
 * once at the end of the batch and ends with its tx.
 */
export interface CustomerBatch {
  readonly now: Date;
  readonly newId: () => Uuid;
  readonly policies: ReadonlyMap<Uuid, EndorsementPolicy>;
  readonly customers: Map<Uuid, Customer>;
  /** By `endorsementKey`. */
  readonly endorsements: Map<string, Endorsement>;
  /** By Customer. */
  readonly screenings: Map<Uuid, CustomerScreening>;
  readonly changedCustomers: Set<Uuid>;
  readonly changedEndorsements: Set<string>;
  readonly changedScreenings: Set<Uuid>;
  readonly newChecks: KycCheck[];
  /** Checks whose outcome was taken in, or came too late to count. */
  readonly endedChecks: Set<Uuid>;
  /** Customers with an Endorsement that began or ceased to be ACTIVE, or whom compliance began or ceased to refuse. */
  readonly shifted: Set<Uuid>;
  readonly facts: Fact[];
}

export function endorsementKey(customerId: Uuid, name: string): string {
  return `${customerId} ${name}`;
}

export function findEndorsement(batch: CustomerBatch, customerId: Uuid, name: string): Endorsement | null {
  return batch.endorsements.get(endorsementKey(customerId, name)) ?? null;
}

export function endorsementsOf(batch: CustomerBatch, customerId: Uuid): readonly Endorsement[] {
  return [...batch.endorsements.values()].filter((endorsement) => endorsement.customerId === customerId);
}

/** A change of the Customer itself, with its version and event. */
export function putCustomer(
  batch: CustomerBatch,
  before: Customer,
  change: Partial<Customer>,
  type: 'CustomerUpdated' | 'CustomerErased',
): Customer {
  const after = { ...before, ...change, version: before.version + 1 };
  batch.customers.set(after.id, after);
  batch.changedCustomers.add(after.id);
  const { id, organizationId, version } = after;
  batch.facts.push({ type, id, organizationId, customerId: id, version });
  return after;
}

/** A change of an Endorsement, or its first appearance, with its version and event. */
export function putEndorsement(
  batch: CustomerBatch,
  customer: Customer,
  name: string,
  change: Pick<Endorsement, 'status' | 'basis'> & Partial<Endorsement>,
): Endorsement {
  const before = findEndorsement(batch, customer.id, name);
  const { organizationId, id: customerId } = customer;
  const first = {
    id: batch.newId(),
    organizationId,
    customerId,
    name,
    reasons: [],
    checkId: null,
    isHeld: false,
    version: 0,
  };
  const base = before ?? first;
  const after: Endorsement = { ...base, isHeld: false, ...change, version: base.version + 1 };
  const key = endorsementKey(customerId, name);
  batch.endorsements.set(key, after);
  batch.changedEndorsements.add(key);
  if ((before?.status === 'ACTIVE') !== (after.status === 'ACTIVE')) batch.shifted.add(customerId);
  const type = after.status === 'UNDER_REVIEW' ? 'EndorsementReviewStarted' : 'EndorsementUpdated';
  batch.facts.push({ type, id: after.id, organizationId, customerId, version: after.version });
  return after;
}

/** Nothing said is a reason to hold. */
export function screeningOf(batch: CustomerBatch, customer: Customer): CustomerScreening {
  return batch.screenings.get(customer.id) ?? unscreened(customer);
}

/** ACTIVE, unless screening holds it back or compliance refused the Customer. */
export function putActive(
  batch: CustomerBatch,
  customer: Customer,
  name: string,
  change: Pick<Endorsement, 'basis'> & Partial<Endorsement>,
): void {
  const { status } = screeningOf(batch, customer);
  if (status === 'REFUSED') {
    const declined = { reasons: [DECLINED_REASON], checkId: null };
    putEndorsement(batch, customer, name, { ...change, ...declined, status: 'REJECTED' });
  } else if (status === 'OPEN') {
    putEndorsement(batch, customer, name, { ...change, status: 'UNDER_REVIEW', isHeld: true });
  } else {
    putEndorsement(batch, customer, name, { ...change, status: 'ACTIVE' });
  }
}

/** PENDING, with a check under way where all that it needs was given; else the check waits for the details. */
export function putPending(batch: CustomerBatch, customer: Customer, name: string): void {
  const kind = findKind(name);
  const isComplete = kind !== null && missingFields(kind, customer.type, customer.sealed).length === 0;
  const checkId = isComplete ? batch.newId() : null;
  putEndorsement(batch, customer, name, { status: 'PENDING', basis: 'PROVIDER', reasons: [], checkId });
  if (checkId === null) return;
  const { organizationId, id: customerId } = customer;
  batch.newChecks.push({ id: checkId, organizationId, customerId, endorsement: name });
}
