import type { StoredResult } from '../../../platform/commandLane.ts';
import { present } from '../../../platform/invariant.ts';
import type { Batch } from './batch.ts';
import type { AccelerateCommand } from './command.ts';
import { findOwn, missingTransaction } from './find.ts';
import { illegal, succeeded } from './results.ts';
import type { Transaction } from './transaction.ts';

/** Asks that a send that is on its way pays more. What becomes of it is told by its timeline. */
export function decideAccelerate(batch: Batch, command: AccelerateCommand): StoredResult {
  const sent = findOwn(batch, command.organizationId, command.transactionId);
  if (!sent) return missingTransaction(command.transactionId);
  if (sent.destinationRail !== 'ONCHAIN') return illegal(sent, 'only a send on a chain can be accelerated');
  // What still waits is answered like a send that the chain's worker has not taken up.
  const isWaiting = batch.gates.gates.get(sent.id)?.state === 'WAITING';
  const state = isWaiting ? 'QUEUED' : batch.chain.sends.get(sent.id)?.state;
  if (sent.status !== 'PROCESSING' || state !== 'BROADCAST') {
    return illegal(sent, 'only what was broadcast and is in no block yet can be accelerated');
  }
  batch.chain.asks.push({ id: sent.id, asks: 'ACCELERATE' });
  return succeeded(sent.id);
}

/**
 * Asks that a send comes to nothing, where that may still work. Its money stays held until the chain, or whoever has
 * not signed it yet, says that it cannot move any more.
 */
export function decideCancelSend(batch: Batch, sent: Transaction): StoredResult {
  if (sent.destinationRail !== 'ONCHAIN')
    return illegal(sent, 'what arrives from a chain cannot be called off');
  if (sent.status !== 'PROCESSING') return illegal(sent, 'the send is over');
  const { state } = present(batch.chain.sends.get(sent.id), `send ${sent.id}`);
  if (state !== 'QUEUED' && state !== 'PLANNED' && state !== 'BROADCAST') {
    return illegal(sent, 'the send is in a block already, or over');
  }
  batch.chain.asks.push({ id: sent.id, asks: 'CANCEL' });
  return succeeded(sent.id);
}
