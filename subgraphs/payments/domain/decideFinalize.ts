import type { StoredResult } from '../../../platform/commandLane.ts';
import { putSettledOrder } from './bank.ts';
import { advance, type Batch } from './batch.ts';
import type { FinalizeCommand } from './command.ts';
import { findOwn, missingTransaction } from './find.ts';
import { blocked, illegal, succeeded } from './results.ts';

/** Says that the rail cannot send the money back any more. A return that came before is settled first. */
export function decideFinalize(batch: Batch, command: FinalizeCommand): StoredResult {
  const paid = findOwn(batch, command.organizationId, command.transactionId);
  if (!paid) return missingTransaction(command.transactionId);
  const { status, finality, reversibleUntil: until } = paid;
  if (status !== 'COMPLETED' || finality !== 'PROVISIONAL' || until === null) {
    return illegal(paid, 'only what may come back becomes final');
  }
  if (batch.now < until) return illegal(paid, 'the return window is open');
  const row = batch.bank.orders.get(paid.id);
  if (row !== undefined && row.settledVersion !== row.version)
    return blocked('its order is to be settled first');
  advance(batch, paid, 'FINALIZED', { finality: 'FINAL' }, { leg: 'DESTINATION' });
  if (row !== undefined) putSettledOrder(batch, { ...row, isFinal: true });
  return succeeded(paid.id);
}
