import { formatId, type Uuid } from '../../platform/id.ts';
import type { TransactionStatus } from '../../subgraphs/payments/domain/transitions.ts';
import { txn } from '../payments/fixture.ts';
import { begin, isHanded, type Movement, type Outside, type Run } from './run.ts';

/** Of 100 that somebody pays at COUNTERS_US. */
const CASH_IN_NET_MINOR = 9_850n;

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
  await adoptCashIns(run);
}

const PAID = `select id, transaction_id as "transactionId" from payments.cash_in
  where organization_id = any($1) and transaction_id is not null`;

/** What counters took for a code that could be paid by is credited less the fee. */
async function adoptCashIns(run: Run): Promise<void> {
  const ids = run.sides.map(({ organizationId }) => organizationId);
  const rows = await run.world.fixture.rows<{ id: Uuid; transactionId: Uuid }>(PAID, [ids]);
  const paid = new Map(rows.map(({ id, transactionId }) => [formatId('csh', id), txn(transactionId)]));
  for (const [a, b] of run.cashIns) {
    const [slow, reviewed] = [paid.get(a), paid.get(b)];
    expect(slow === undefined).toBe(reviewed === undefined);
    if (slow === undefined || reviewed === undefined) continue;
    if (run.movements.some(({ ids: [id] }) => id === slow)) continue;
    begin(run, {
      ...{
        ids: [slow, reviewed],
        rail: 'CASH_IN',
        fromMinor: 0n,
        to: 'CUSTOMER',
        toMinor: CASH_IN_NET_MINOR,
      },
      ...{ outside: 'SETTLED', status: 'COMPLETED', isFinal: true },
    });
  }
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
