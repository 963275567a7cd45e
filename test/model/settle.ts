import type { TransactionStatus } from '../../subgraphs/payments/domain/transitions.ts';
import { isHanded, type Movement, type Outside, type Run } from './run.ts';

/** Where the books are once they have followed a rail. */
const BOOKS: Readonly<Record<Outside, TransactionStatus>> = {
  QUEUED: 'PROCESSING',
  SENT: 'PROCESSING',
  ACCEPTED: 'PROCESSING',
  INCLUDED: 'PROCESSING',
  READY: 'AWAITING_ACTION',
  SETTLED: 'COMPLETED',
  REJECTED: 'FAILED',
  EXPIRED: 'FAILED',
  CANCELED: 'CANCELED',
  RETURNED: 'RETURNED',
};

/** Takes the books as far as all rails are. */
export async function settle(run: Run): Promise<void> {
  await run.world.settle();
  for (const movement of run.movements) follow(movement);
}

function follow(movement: Movement): void {
  const { rail, outside, isCancelAsked } = movement;
  if (rail === 'BOOK' || !isHanded(movement)) return;
  movement.status = BOOKS[outside];
  // What a network of counters took back without having been asked had run out.
  if (rail === 'COUNTER' && outside === 'CANCELED' && !isCancelAsked) movement.status = 'FAILED';
  // Where the rail sends nothing back, what is settled is final.
  if (movement.status === 'COMPLETED' && !movement.isReversible) movement.isFinal = true;
  if (movement.status === 'RETURNED') movement.isFinal = true;
}
