import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId } from '../../../platform/id.ts';
import type { Customer } from './customer.ts';
import {
  type CustomerBatch,
  endorsementsOf,
  putActive,
  putEndorsement,
  screeningOf,
} from './customerBatch.ts';
import {
  afterVerdict,
  type CustomerScreening,
  isAbout,
  NAME_FIELDS,
  SCREENING_DECISIONS,
  type ScreenedNames,
  type ScreeningDecision,
} from './customerScreening.ts';
import { DECLINED_REASON } from './endorsement.ts';
import type { SealedChange } from './personalData.ts';

/** What somebody in compliance decides about a match. */
export interface DecidedScreening {
  readonly decision: ScreeningDecision;
  readonly note: string;
  readonly decidedBy: string;
}

/** After a change of names: by what was said of them before the lane, or by nothing where other names stand beside them by now. */
export function screenChange(
  batch: CustomerBatch,
  before: Customer,
  after: Customer,
  change: { readonly sealed: SealedChange; readonly screened?: ScreenedNames | undefined },
): void {
  if (!NAME_FIELDS.some((field) => Object.hasOwn(change.sealed, field))) return;
  const { screened } = change;
  const isKnown = screened !== undefined && isAbout(screened, before.sealed);
  const standing = screeningOf(batch, before);
  const next = isKnown
    ? afterVerdict(standing, screened.verdict, screened.isRenamed)
    : afterVerdict(standing);
  putScreening(batch, after, next);
}

/** What the worker found by the lists of now. Of names that changed meanwhile it says nothing. */
export function decideRescreened(
  batch: CustomerBatch,
  customer: Customer | undefined,
  screened: ScreenedNames,
): StoredResult {
  if (!customer || customer.erasedAt !== null || !isAbout(screened, customer.sealed)) return { type: 'Void' };
  putScreening(batch, customer, afterVerdict(screeningOf(batch, customer), screened.verdict, false));
  return { type: 'Settled' };
}

/** Possible also for a Customer that was erased, or what waits could not be ended. */
export function decideScreening(
  batch: CustomerBatch,
  customer: Customer,
  { decision, note, decidedBy }: DecidedScreening,
): StoredResult {
  const standing = screeningOf(batch, customer);
  const { from, to } = SCREENING_DECISIONS[decision];
  const id = formatId('cus', customer.id);
  if (!from.includes(standing.status)) {
    return { type: 'CustomerScreeningNotPossible', id, status: standing.status, decision };
  }
  putScreening(batch, customer, { ...standing, status: to, note, decidedBy, decidedAt: batch.now });
  return { type: 'Customer', id };
}

/** With what follows for Endorsements. */
function putScreening(batch: CustomerBatch, customer: Customer, next: CustomerScreening): void {
  const { status: before } = screeningOf(batch, customer);
  batch.screenings.set(customer.id, next);
  batch.changedScreenings.add(customer.id);
  if (before === next.status) return;
  if ((before === 'REFUSED') !== (next.status === 'REFUSED')) batch.shifted.add(customer.id);
  for (const endorsement of endorsementsOf(batch, customer.id)) {
    const { name, basis, status, isHeld, reasons } = endorsement;
    // Refused by now, or ACTIVE at last.
    if (isHeld && next.status !== 'OPEN') putActive(batch, customer, name, { basis, reasons });
    if (status === 'ACTIVE' && next.status === 'REFUSED') {
      const declined = { reasons: [DECLINED_REASON], checkId: null };
      putEndorsement(batch, customer, name, { status: 'REVOKED', basis, ...declined });
    }
  }
}
