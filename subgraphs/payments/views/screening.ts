import type { Connection } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { ReviewSubject } from '../domain/gates/review.ts';
import type { ScreeningMatch, ScreeningVerdict } from '../domain/screening.ts';

/** Of a match that was kept: which entry it is of, and not its name. */
export type KeptMatch = Omit<ScreeningMatch, 'name'>;

/** What screening said once, as it was kept. */
export interface Screening {
  readonly id: Uuid;
  readonly subject: ReviewSubject;
  readonly subjectId: Uuid;
  readonly outcome: ScreeningVerdict['outcome'];
  readonly listVersion: string;
  readonly matches: readonly KeptMatch[];
  readonly screenedAt: Date;
}

export type ScreeningConnectionView = Connection<Screening>;
