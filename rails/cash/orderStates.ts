/** Where a code or a pickup stands with its network. */
export type CashOrderState =
  | 'QUEUED'
  | 'SUBMITTING'
  | 'UNKNOWN'
  | 'SUBMITTED'
  | 'READY'
  | 'SETTLED'
  | 'EXPIRED'
  | 'REJECTED'
  | 'CANCELED';

/** What a network says of one. READY: its code can be used. SETTLED: the cash has changed hands. */
export type CashFactKind = 'SUBMITTED' | 'READY' | 'SETTLED' | 'EXPIRED' | 'REJECTED' | 'CANCELED';

export const CASH_FACTS: readonly CashFactKind[] = [
  'SUBMITTED',
  'READY',
  'SETTLED',
  'EXPIRED',
  'REJECTED',
  'CANCELED',
];

/** What saying so means: it goes on, it is no news, or it cannot be and somebody has to look. */
export type CashVerdict = 'MOVES' | 'KNOWN' | 'CONTRADICTS';

/** Facts that each state is moved by. What is not here and not known contradicts it. */
const MOVES: Readonly<Record<CashOrderState, readonly CashFactKind[]>> = {
  // Nobody outside has heard of it yet.
  QUEUED: [],
  SUBMITTING: CASH_FACTS,
  UNKNOWN: CASH_FACTS,
  SUBMITTED: ['READY', 'SETTLED', 'EXPIRED', 'REJECTED', 'CANCELED'],
  READY: ['SETTLED', 'EXPIRED', 'CANCELED'],
  SETTLED: [],
  EXPIRED: [],
  REJECTED: [],
  CANCELED: [],
};

/** Facts that are no news: the state itself, and earlier steps of the same story, told late. */
const KNOWN: Readonly<Record<CashOrderState, readonly CashFactKind[]>> = {
  QUEUED: [],
  SUBMITTING: [],
  UNKNOWN: [],
  SUBMITTED: ['SUBMITTED'],
  READY: ['SUBMITTED', 'READY'],
  SETTLED: ['SUBMITTED', 'READY', 'SETTLED'],
  EXPIRED: ['SUBMITTED', 'READY', 'EXPIRED'],
  REJECTED: ['SUBMITTED', 'REJECTED'],
  CANCELED: ['SUBMITTED', 'READY', 'CANCELED'],
};

/** What a fact means for an order. Facts come late, twice and in another order; what has ended stays ended. Pure. */
export function judgeCashFact(state: CashOrderState, fact: CashFactKind): CashVerdict {
  if (MOVES[state].includes(fact)) return 'MOVES';
  return KNOWN[state].includes(fact) ? 'KNOWN' : 'CONTRADICTS';
}

/** True for what nobody can pay by or pick up any more. */
export function isOver(state: CashOrderState): boolean {
  return state === 'SETTLED' || state === 'EXPIRED' || state === 'REJECTED' || state === 'CANCELED';
}
