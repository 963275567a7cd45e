import type { StoredResult } from '../../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../../platform/id.ts';
import { missing } from '../results.ts';
import type { CashIn } from './cashIn.ts';

/** The failures that only cash comes to; as in `domain/results.ts`. */
export type CashFailureType = 'InvalidCashInState' | 'CashInExternalIdTaken';

export function cashedIn(cashInId: Uuid): StoredResult {
  return { type: 'CashIn', cashInId };
}

export function missingCashIn(cashInId: Uuid): StoredResult {
  return missing(formatId('csh', cashInId));
}

/** @param why ends the sentence "the cash-in is STATUS: " */
export function illegalCashIn({ id, status }: CashIn, why: string): StoredResult {
  return { type: 'InvalidCashInState', cashInId: id, status, why };
}
