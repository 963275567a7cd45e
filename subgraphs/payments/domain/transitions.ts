/**
 * Where a Transaction can stand, and the only moves between those places. Statuses are few and stable; what
 * happens in detail is the kind of a timeline step, and each kind makes exactly one move.
 */
export type TransactionStatus =
  | 'PROCESSING'
  | 'AWAITING_ACTION'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELED'
  | 'RETURNED';

export type TransactionEventKind =
  | 'CREATED'
  | 'FUNDS_HELD'
  | 'CAPTURED'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELED'
  | 'HOLD_EXPIRED'
  | 'REFUNDED';

export interface Transition {
  /** Null: the Transaction begins with it. */
  readonly from: TransactionStatus | null;
  readonly to: TransactionStatus;
}

export const TRANSITIONS: Readonly<Record<TransactionEventKind, Transition>> = {
  CREATED: { from: null, to: 'PROCESSING' },
  FUNDS_HELD: { from: 'PROCESSING', to: 'AWAITING_ACTION' },
  CAPTURED: { from: 'AWAITING_ACTION', to: 'PROCESSING' },
  COMPLETED: { from: 'PROCESSING', to: 'COMPLETED' },
  FAILED: { from: 'PROCESSING', to: 'FAILED' },
  CANCELED: { from: 'AWAITING_ACTION', to: 'CANCELED' },
  HOLD_EXPIRED: { from: 'AWAITING_ACTION', to: 'CANCELED' },
  // The original of a refund stays completed: what went back is a Transaction of its own.
  REFUNDED: { from: 'COMPLETED', to: 'COMPLETED' },
};

/** True when a step of this kind may follow on `status`. */
export function canMove(status: TransactionStatus | null, kind: TransactionEventKind): boolean {
  return TRANSITIONS[kind].from === status;
}

/** True when `status` cannot change any more; a completed Transaction can, where its rail may return the money. */
export function isTerminal(status: TransactionStatus, isReversible: boolean): boolean {
  switch (status) {
    case 'FAILED':
    case 'CANCELED':
    case 'RETURNED':
      return true;
    case 'COMPLETED':
      return !isReversible;
    case 'PROCESSING':
    case 'AWAITING_ACTION':
      return false;
  }
}
