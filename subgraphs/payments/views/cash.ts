import type { Connection } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { CashTerms } from '../../../rails/cash/networks.ts';
import type { CashPickupRow, CashReceipt } from '../../../rails/cash/reads.ts';
import type { CashIn, CashInStepKind } from '../domain/cash/cashIn.ts';
import type { CashInRow } from '../store/cash/findCashIns.ts';
import type { ObjectStep } from '../views.ts';

/** The way it was asked for decides who sees its code: FRESH is the answer that made it, LISTED shows it to nobody. */
export interface CashInView extends CashInRow {
  readonly shown: 'FRESH' | 'SINGLE' | 'LISTED';
}

export type CashInEventView = ObjectStep<Uppercase<CashInStepKind>>;

/** A message of the stream of one CashIn; without an event it is the first of a stream opened without a cursor. */
export interface CashInUpdateView {
  readonly cursor: string;
  readonly cashInId: Uuid;
  readonly event: CashInEventView | null;
}

export type CashInConnectionView = Connection<CashInView>;
export type CashReceiptConnectionView = Connection<CashReceipt>;
export type CashPickupView = CashPickupRow;

/** Terms with the Asset that they count. */
export interface CashTermsView extends CashTerms {
  readonly asset: string;
  readonly waitsDays: number | null;
}

export function shownAs<Row extends CashIn & CashInRow>(row: Row, shown: CashInView['shown']): CashInView {
  return { ...row, shown };
}
