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
  | 'SUBMITTED'
  | 'BROADCAST'
  | 'REPLACED'
  | 'INCLUDED'
  | 'REORGED'
  | 'FUNDS_HELD'
  | 'CONVERTED'
  | 'CAPTURED'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELED'
  | 'HOLD_EXPIRED'
  | 'REFUNDED'
  | 'ACKNOWLEDGED'
  | 'RETURNED'
  | 'FINALIZED'
  | 'APPROVAL_REQUESTED'
  | 'APPROVED'
  | 'REJECTED'
  | 'APPROVAL_EXPIRED'
  | 'REFUND_STARTED'
  | 'REFUND_FAILED'
  | 'REFUND_ESCALATED'
  | 'REFUND_DISMISSED'
  | 'RETURN_ASSIGNED'
  | 'PICKUP_READY'
  | 'PICKED_UP'
  | 'PICKUP_EXPIRED';

export interface Transition {
  /** Empty: the Transaction begins with it. */
  readonly from: readonly TransactionStatus[];
  readonly to: TransactionStatus;
  /** Only as long as the rail may send the money back. */
  readonly whileReversible?: true;
}

export const TRANSITIONS: Readonly<Record<TransactionEventKind, Transition>> = {
  CREATED: { from: [], to: 'PROCESSING' },
  // What happens on a rail changes nothing about where the Transaction stands.
  SUBMITTED: { from: ['PROCESSING'], to: 'PROCESSING' },
  BROADCAST: { from: ['PROCESSING'], to: 'PROCESSING' },
  REPLACED: { from: ['PROCESSING'], to: 'PROCESSING' },
  INCLUDED: { from: ['PROCESSING'], to: 'PROCESSING' },
  REORGED: { from: ['PROCESSING'], to: 'PROCESSING' },
  CONVERTED: { from: ['PROCESSING'], to: 'PROCESSING' },
  FUNDS_HELD: { from: ['PROCESSING'], to: 'AWAITING_ACTION' },
  CAPTURED: { from: ['AWAITING_ACTION'], to: 'PROCESSING' },
  COMPLETED: { from: ['PROCESSING'], to: 'COMPLETED' },
  FAILED: { from: ['PROCESSING'], to: 'FAILED' },
  // From PROCESSING where a rail has given back what was handed to it.
  CANCELED: { from: ['AWAITING_ACTION', 'PROCESSING'], to: 'CANCELED' },
  HOLD_EXPIRED: { from: ['AWAITING_ACTION'], to: 'CANCELED' },
  // The original of a refund stays completed: what went back is a Transaction of its own.
  REFUNDED: { from: ['COMPLETED'], to: 'COMPLETED' },
  ACKNOWLEDGED: { from: ['PROCESSING'], to: 'PROCESSING' },
  // What a refund over a rail does to its original, which stays completed in any case.
  REFUND_STARTED: { from: ['COMPLETED'], to: 'COMPLETED' },
  REFUND_FAILED: { from: ['COMPLETED'], to: 'COMPLETED' },
  REFUND_ESCALATED: { from: ['COMPLETED'], to: 'COMPLETED' },
  REFUND_DISMISSED: { from: ['COMPLETED'], to: 'COMPLETED' },
  // Returned money left suspense; the payment itself stays over.
  RETURN_ASSIGNED: { from: ['RETURNED'], to: 'RETURNED' },
  // A COMPLETED that is FINAL has no way on.
  RETURNED: { from: ['COMPLETED'], to: 'RETURNED', whileReversible: true },
  FINALIZED: { from: ['COMPLETED'], to: 'COMPLETED', whileReversible: true },
  APPROVAL_REQUESTED: { from: ['PROCESSING'], to: 'AWAITING_ACTION' },
  APPROVED: { from: ['AWAITING_ACTION'], to: 'PROCESSING' },
  REJECTED: { from: ['AWAITING_ACTION'], to: 'CANCELED' },
  APPROVAL_EXPIRED: { from: ['AWAITING_ACTION'], to: 'CANCELED' },
  PICKUP_READY: { from: ['PROCESSING'], to: 'AWAITING_ACTION' },
  PICKED_UP: { from: ['AWAITING_ACTION'], to: 'PROCESSING' },
  // From PROCESSING where the code never came.
  PICKUP_EXPIRED: { from: ['AWAITING_ACTION', 'PROCESSING'], to: 'FAILED' },
};

/** True when a step of this kind may follow on `status`. @param isReversible whether its finality is PROVISIONAL */
export function canMove(
  status: TransactionStatus | null,
  kind: TransactionEventKind,
  isReversible = false,
): boolean {
  const { from, whileReversible = false } = TRANSITIONS[kind];
  if (whileReversible && !isReversible) return false;
  return status === null ? from.length === 0 : from.includes(status);
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
