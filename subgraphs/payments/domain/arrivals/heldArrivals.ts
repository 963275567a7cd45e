import type { Uuid } from '../../../../platform/id.ts';
import type { ArrivalState, HeldArrival } from '../../../../rails/bank/receiptHolds.ts';
import type { Batch } from '../batch.ts';
import { openReview } from '../gates/openReview.ts';
import type { Review, ReviewSubject } from '../gates/review.ts';
import type { ScreeningVerdict } from '../screening.ts';

export type ArrivalKind = Exclude<ReviewSubject, 'TRANSACTION'>;

/** Money that arrived and is held back while somebody looks at whom it came from, or was. */
export interface HeldArrivals {
  readonly states: Map<Uuid, ArrivalState>;
  /** What this batch says of receipts, to be written. */
  readonly receipts: Map<Uuid, HeldArrival>;
  /** The same of deposits. */
  readonly deposits: Map<Uuid, HeldArrival>;
}

export function heldArrivalsOf(known: readonly HeldArrival[] = []): HeldArrivals {
  const states = new Map(known.map(({ id, state }) => [id, state]));
  return { states, receipts: new Map(), deposits: new Map() };
}

/**
 * What becomes of money that is about to be credited: CREDIT, HELD back as it is under review or is put there now, or
 * REFUSED. Where nobody was asked about it there is nothing to hold it.
 */
export function passArrival(
  batch: Batch,
  arrival: { readonly kind: ArrivalKind; readonly id: Uuid; readonly organizationId: Uuid },
  screening: ScreeningVerdict | undefined,
): 'CREDIT' | 'HELD' | 'REFUSED' {
  const { kind: subject, id: subjectId, organizationId } = arrival;
  const state = batch.arrivals.states.get(subjectId);
  if (state !== undefined) return state === 'RELEASED' ? 'CREDIT' : state;
  if (screening?.outcome !== 'REVIEW') return 'CREDIT';
  const { matches, listVersion } = screening;
  const about = { organizationId, subject, subjectId, matches, listVersion } as const;
  openReview(batch, { ...about, reasons: ['SCREENING'], openedBy: 'system' });
  put(batch, subject, { id: subjectId, organizationId, state: 'HELD' });
  return 'HELD';
}

/** Lets money that arrived go on as its Review was decided; whoever settles it does so a moment later. */
export function decideArrival(batch: Batch, review: Review, isReleased: boolean): void {
  const { subject, subjectId: id, organizationId } = review;
  if (subject === 'TRANSACTION') return;
  put(batch, subject, { id, organizationId, state: isReleased ? 'RELEASED' : 'REFUSED' });
}

function put({ arrivals }: Batch, kind: ArrivalKind, held: HeldArrival): void {
  arrivals.states.set(held.id, held.state);
  (kind === 'RECEIPT' ? arrivals.receipts : arrivals.deposits).set(held.id, held);
}
