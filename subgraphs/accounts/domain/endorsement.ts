import { RESTRICTIONS, type Restriction } from '../../../ledger/account.ts';
import type { HolderRestrictions } from '../../../ledger/restrict.ts';
import { type FailureView, invalidInput } from '../../../platform/failures.ts';
import type { Uuid } from '../../../platform/id.ts';
import { checkOptionalText, checkText, firstFault } from '../../../platform/inputs.ts';
import type { CustomerType } from './customer.ts';
import { ENDORSEMENT_KINDS, type EndorsementKind } from './endorsementKind.ts';
import type { SealedFields } from './personalData.ts';

export type EndorsementPolicy = 'OFF' | 'ENFORCED';
export type EndorsementStatus = 'PENDING' | 'UNDER_REVIEW' | 'ACTIVE' | 'REJECTED' | 'REVOKED';
export type ShownStatus = EndorsementStatus | 'NOT_REQUESTED';
/** Who said so: a provider's check, somebody here, or the integrator, on whose own KYC we rely. */
export type EndorsementBasis = 'PROVIDER' | 'DECISION' | 'ATTESTATION';

export interface EndorsementReason {
  readonly code: string;
  /** May be told to the customer. */
  readonly message: string;
  /** For compliance only. */
  readonly internal: string | null;
  /** The detail that it is about. */
  readonly field: string | null;
}

/** The same whoever was refused and why: it must not tell of a list. */
export const DECLINED_REASON: EndorsementReason = {
  code: 'DECLINED',
  message: 'This customer cannot be served.',
  internal: 'Refused after screening.',
  field: null,
};

export const REASONS_MAX = 10;
const REASON_TEXT_LENGTH_MAX = 500;
const REASON_CODE_PATTERN = /^[A-Z][A-Z0-9_]{1,39}$/;

/** The first rule that a reason breaks, or null. @param at where it stands in what was given */
export function checkReason(
  at: string,
  { code, message, internal }: Pick<EndorsementReason, 'code' | 'message' | 'internal'>,
): FailureView | null {
  return firstFault(
    REASON_CODE_PATTERN.test(code)
      ? null
      : invalidInput(`${at}.code`, code, 'a word in capitals such as DOCUMENT_EXPIRED'),
    checkText(`${at}.message`, message, 1, REASON_TEXT_LENGTH_MAX),
    checkOptionalText(`${at}.internal`, internal, 0, REASON_TEXT_LENGTH_MAX),
  );
}

export interface Endorsement {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly customerId: Uuid;
  readonly name: string;
  readonly status: EndorsementStatus;
  readonly basis: EndorsementBasis;
  readonly reasons: readonly EndorsementReason[];
  readonly checkId: Uuid | null;
  /** ACTIVE but for what screening found: UNDER_REVIEW until that is released. */
  readonly isHeld: boolean;
  readonly version: number;
}

export type Decision = 'APPROVE' | 'REJECT' | 'REVOKE';

/** From which statuses somebody may decide what, and what it becomes. */
export const DECISIONS: Readonly<
  Record<Decision, { readonly from: readonly ShownStatus[]; readonly to: EndorsementStatus }>
> = {
  APPROVE: { from: ['NOT_REQUESTED', 'PENDING', 'UNDER_REVIEW', 'REJECTED', 'REVOKED'], to: 'ACTIVE' },
  REJECT: { from: ['PENDING', 'UNDER_REVIEW'], to: 'REJECTED' },
  REVOKE: { from: ['ACTIVE'], to: 'REVOKED' },
};

/** A customer may ask again after a refusal, not after it was taken away. */
export const REQUESTED_FROM: ReadonlySet<ShownStatus> = new Set<ShownStatus>(['NOT_REQUESTED', 'REJECTED']);
/** Not from UNDER_REVIEW, nor from PENDING, which looks the same to whoever may not know of reviews. */
export const ATTESTED_FROM: ReadonlySet<ShownStatus> = new Set<ShownStatus>(['NOT_REQUESTED']);

/** What a Viewer sees of a status: a review is a secret of compliance. */
export function shownStatus(status: ShownStatus, seesReviews: boolean): ShownStatus {
  return status === 'UNDER_REVIEW' && !seesReviews ? 'PENDING' : status;
}

/** Required details that were not given. */
export function missingFields(
  kind: EndorsementKind,
  type: CustomerType,
  sealed: SealedFields,
): readonly string[] {
  return kind.requires[type].filter((field) => sealed[field] === undefined);
}

export interface Requirements {
  readonly complete: readonly string[];
  readonly pending: readonly string[];
  readonly missing: readonly string[];
  readonly issues: readonly string[];
}

/** Each required detail in one of four buckets; those at issue were given and did not do. */
export function requirementsOf(
  kind: EndorsementKind,
  customer: { readonly type: CustomerType; readonly sealed: SealedFields },
  endorsement: Pick<Endorsement, 'status' | 'reasons'> | null,
): Requirements {
  const missing = missingFields(kind, customer.type, customer.sealed);
  const faulted = new Set(endorsement?.reasons.map((reason) => reason.field));
  const given = kind.requires[customer.type].filter((field) => !missing.includes(field));
  const issues = given.filter((field) => faulted.has(field));
  const sound = given.filter((field) => !faulted.has(field));
  const isChecked = endorsement?.status === 'PENDING' || endorsement?.status === 'UNDER_REVIEW';
  return { missing, issues, pending: isChecked ? sound : [], complete: isChecked ? [] : sound };
}

/**
 * What the ledger is told of a Customer that has these Endorsements ACTIVE.
 *
 * @param isRefused whether compliance refused it: it is restricted in all ways then, whatever the policy
 */
export function restrictionsOf(
  holderId: Uuid,
  policy: EndorsementPolicy,
  active: ReadonlySet<string>,
  isRefused: boolean,
): HolderRestrictions {
  if (isRefused) return { holderId, restrictions: RESTRICTIONS, bankAssets: [] };
  if (policy === 'OFF') return { holderId, restrictions: [], bankAssets: [] };
  const kinds = ENDORSEMENT_KINDS.filter((kind) => active.has(kind.name));
  const everywhere = new Set(kinds.filter((kind) => kind.asset === null).flatMap((kind) => kind.lifts));
  return {
    holderId,
    restrictions: RESTRICTIONS.filter((restriction) => !everywhere.has(restriction)),
    bankAssets: kinds.flatMap(({ asset, lifts }) =>
      asset !== null && lifts.includes('BANK') ? [asset] : [],
    ),
  };
}

/** Of a Customer that has just been onboarded. */
export function firstRestrictions(policy: EndorsementPolicy): readonly Restriction[] {
  return policy === 'ENFORCED' ? RESTRICTIONS : [];
}
