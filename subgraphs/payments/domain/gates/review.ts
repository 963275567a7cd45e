import type { Uuid } from '../../../../platform/id.ts';
import type { ScreeningMatch } from '../screening.ts';

export type ReviewStatus = 'OPEN' | 'RELEASED' | 'REFUSED' | 'CANCELED';
/** A Transaction on its way out; or money that arrived at a bank or on a chain. */
export type ReviewSubject = 'TRANSACTION' | 'RECEIPT' | 'DEPOSIT';

/** Money that somebody in compliance has to look at. */
export interface Review {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly subject: ReviewSubject;
  readonly subjectId: Uuid;
  readonly status: ReviewStatus;
  /** Number of its latest event; gap-free from 1. */
  readonly version: number;
  readonly reasons: readonly string[];
  readonly matches: readonly ScreeningMatch[];
  /** Of the lists that were looked at; null for a review that somebody opened. */
  readonly listVersion: string | null;
  readonly openedBy: string;
  readonly assignedTo: string | null;
  readonly decidedBy: string | null;
  readonly note: string | null;
  readonly openedAt: Date;
  readonly decidedAt: Date | null;
}
