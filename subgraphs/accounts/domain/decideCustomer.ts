import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import type { Customer } from './customer.ts';
import {
  type CustomerBatch,
  endorsementsOf,
  findEndorsement,
  putActive,
  putCustomer,
  putEndorsement,
  putPending,
} from './customerBatch.ts';
import type { ScreenedNames } from './customerScreening.ts';
import { screenChange } from './decideScreening.ts';
import {
  ATTESTED_FROM,
  DECISIONS,
  type Decision,
  type Endorsement,
  type EndorsementReason,
  type EndorsementStatus,
  REQUESTED_FROM,
} from './endorsement.ts';
import { mergeSealed, RE_EVALUATED, type SealedChange } from './personalData.ts';

/** What a change of a Customer comes to, sealed before the lane was asked. */
export interface CustomerChange {
  readonly sealed: SealedChange;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Where a name is among it. */
  readonly screened?: ScreenedNames | undefined;
}

/** The outcome of a check, or of looking whether there is one yet. */
export type CheckOutcome = Extract<EndorsementStatus, 'ACTIVE' | 'REJECTED' | 'UNDER_REVIEW'>;

function customerResult(customer: Customer): StoredResult {
  return { type: 'Customer', id: formatId('cus', customer.id) };
}

function impossible(name: string, status: string, wanted: string): StoredResult {
  return { type: 'EndorsementNotPossible', name, status, wanted };
}

/** Changes what is given and re-evaluates Endorsements where it is something that checks look at. */
export function decideChange(batch: CustomerBatch, before: Customer, change: CustomerChange): StoredResult {
  const after = putCustomer(
    batch,
    before,
    {
      sealed: mergeSealed(before.sealed, change.sealed),
      metadata: change.metadata ?? before.metadata,
    },
    'CustomerUpdated',
  );
  screenChange(batch, before, after, change);
  const isOfMoment = Object.keys(change.sealed).some((field) => RE_EVALUATED.has(field));
  for (const endorsement of endorsementsOf(batch, before.id)) {
    const isWaiting = endorsement.status === 'PENDING' && endorsement.checkId === null;
    if (isWaiting || (isOfMoment && isReEvaluated(endorsement))) putPending(batch, after, endorsement.name);
  }
  return customerResult(after);
}

/**
 * A review stays with those who review, what was revoked stays revoked, and what the integrator attests is the
 * integrator's to keep true.
 */
function isReEvaluated({ status, basis, isHeld }: Endorsement): boolean {
  if (basis === 'ATTESTATION') return false;
  return (
    status === 'PENDING' || status === 'ACTIVE' || isHeld || (status === 'REJECTED' && basis === 'PROVIDER')
  );
}

/** Asking for what is asked for already, or there already, changes nothing. */
export function decideRequest(batch: CustomerBatch, customer: Customer, name: string): StoredResult {
  const status = findEndorsement(batch, customer.id, name)?.status ?? 'NOT_REQUESTED';
  if (status === 'REVOKED') return impossible(name, status, 'requested');
  if (REQUESTED_FROM.has(status)) putPending(batch, customer, name);
  return customerResult(customer);
}

export function decideAttest(batch: CustomerBatch, customer: Customer, name: string): StoredResult {
  const status = findEndorsement(batch, customer.id, name)?.status ?? 'NOT_REQUESTED';
  if (!ATTESTED_FROM.has(status)) return impossible(name, status, 'attested');
  putActive(batch, customer, name, { basis: 'ATTESTATION' });
  return customerResult(customer);
}

/** What somebody in compliance decides. A check that is under way counts no more. */
export function decideDecision(
  batch: CustomerBatch,
  customer: Customer,
  name: string,
  decision: Decision,
  reasons: readonly EndorsementReason[],
): StoredResult {
  const status = findEndorsement(batch, customer.id, name)?.status ?? 'NOT_REQUESTED';
  const { from, to } = DECISIONS[decision];
  if (!from.includes(status)) return impossible(name, status, `decided ${decision}`);
  const decided = { basis: 'DECISION', reasons, checkId: null } as const;
  if (to === 'ACTIVE') putActive(batch, customer, name, decided);
  else putEndorsement(batch, customer, name, { ...decided, status: to });
  return customerResult(customer);
}

/** What a provider said. Of a check that was overtaken by a change or a decision nothing comes. */
export function decideOutcome(
  batch: CustomerBatch,
  customer: Customer | undefined,
  check: { readonly id: Uuid; readonly endorsement: string },
  outcome: { readonly status: CheckOutcome; readonly reasons: readonly EndorsementReason[] },
): StoredResult {
  batch.endedChecks.add(check.id);
  const endorsement = customer && findEndorsement(batch, customer.id, check.endorsement);
  if (!customer || endorsement?.checkId !== check.id || endorsement.status !== 'PENDING')
    return { type: 'Void' };
  const { status, reasons } = outcome;
  const decided = { basis: 'PROVIDER', reasons, checkId: null } as const;
  if (status === 'ACTIVE') putActive(batch, customer, endorsement.name, decided);
  else putEndorsement(batch, customer, endorsement.name, { ...decided, status });
  return { type: 'Settled' };
}

const ERASED_REASON: EndorsementReason = {
  code: 'CUSTOMER_ERASED',
  message: 'The personal data that this rested on was erased.',
  internal: null,
  field: null,
};

/** Personal data goes, and with it all that rested on it; id, externalId, books and events stay. Once erased, always. */
export function decideErase(batch: CustomerBatch, customer: Customer): StoredResult {
  if (customer.erasedAt !== null) return customerResult(customer);
  const empty = { firstName: null, lastName: null, legalName: null, email: null, wrappedKey: null };
  const erased = { ...empty, sealed: {}, metadata: {}, erasedAt: batch.now };
  const after = putCustomer(batch, customer, erased, 'CustomerErased');
  for (const { name, basis } of endorsementsOf(batch, customer.id)) {
    putEndorsement(batch, after, name, { status: 'REVOKED', basis, reasons: [ERASED_REASON], checkId: null });
  }
  return customerResult(after);
}
