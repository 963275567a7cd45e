import {
  canMove,
  isTerminal,
  TRANSITIONS,
  type TransactionEventKind,
  type TransactionStatus,
} from './transitions.ts';

const STATUSES: readonly (TransactionStatus | null)[] = [
  null,
  'PROCESSING',
  'AWAITING_ACTION',
  'COMPLETED',
  'FAILED',
  'CANCELED',
  'RETURNED',
];

test('the legal moves are these and no others', () => {
  const kinds = Object.keys(TRANSITIONS) as TransactionEventKind[];
  const legal = kinds.flatMap((kind) =>
    STATUSES.filter((status) => canMove(status, kind)).map(
      (status) => `${status} -${kind}-> ${TRANSITIONS[kind].to}`,
    ),
  );
  expect(legal).toEqual([
    'null -CREATED-> PROCESSING',
    'PROCESSING -SUBMITTED-> PROCESSING',
    'PROCESSING -BROADCAST-> PROCESSING',
    'PROCESSING -REPLACED-> PROCESSING',
    'PROCESSING -INCLUDED-> PROCESSING',
    'PROCESSING -REORGED-> PROCESSING',
    'PROCESSING -CONVERTED-> PROCESSING',
    'PROCESSING -FUNDS_HELD-> AWAITING_ACTION',
    'AWAITING_ACTION -CAPTURED-> PROCESSING',
    'PROCESSING -COMPLETED-> COMPLETED',
    'PROCESSING -FAILED-> FAILED',
    'PROCESSING -CANCELED-> CANCELED',
    'AWAITING_ACTION -CANCELED-> CANCELED',
    'AWAITING_ACTION -HOLD_EXPIRED-> CANCELED',
    'COMPLETED -REFUNDED-> COMPLETED',
    'PROCESSING -ACKNOWLEDGED-> PROCESSING',
    'COMPLETED -REFUND_STARTED-> COMPLETED',
    'COMPLETED -REFUND_FAILED-> COMPLETED',
    'COMPLETED -REFUND_ESCALATED-> COMPLETED',
    'COMPLETED -REFUND_DISMISSED-> COMPLETED',
    'RETURNED -RETURN_ASSIGNED-> RETURNED',
    'PROCESSING -APPROVAL_REQUESTED-> AWAITING_ACTION',
    'AWAITING_ACTION -APPROVED-> PROCESSING',
    'AWAITING_ACTION -REJECTED-> CANCELED',
    'AWAITING_ACTION -APPROVAL_EXPIRED-> CANCELED',
    'PROCESSING -PICKUP_READY-> AWAITING_ACTION',
    'AWAITING_ACTION -PICKED_UP-> PROCESSING',
    'PROCESSING -PICKUP_EXPIRED-> FAILED',
    'AWAITING_ACTION -PICKUP_EXPIRED-> FAILED',
  ]);
});

test('only what is completed and may still come back is returned or becomes final', () => {
  for (const kind of ['RETURNED', 'FINALIZED'] as const) {
    expect(STATUSES.filter((status) => canMove(status, kind, true))).toEqual(['COMPLETED']);
    expect(STATUSES.filter((status) => canMove(status, kind, false))).toEqual([]);
  }
});

test('no kind of step leads out of a terminal status to another one', () => {
  const kinds = Object.keys(TRANSITIONS) as TransactionEventKind[];
  for (const status of STATUSES) {
    if (status === null || !isTerminal(status, false)) continue;
    for (const kind of kinds) if (canMove(status, kind)) expect(TRANSITIONS[kind].to).toBe(status);
  }
});

test('completion is terminal on a rail that cannot return money, and not on one that can', () => {
  expect(isTerminal('COMPLETED', false)).toBe(true);
  expect(isTerminal('COMPLETED', true)).toBe(false);
  expect(isTerminal('RETURNED', true)).toBe(true);
});
