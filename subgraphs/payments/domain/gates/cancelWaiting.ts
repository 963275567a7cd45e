import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Batch } from '../batch.ts';
import type { CancelCommand } from '../command.ts';
import { followPayout } from '../payouts/decidePayoutItem.ts';
import { succeeded } from '../results.ts';
import type { Transaction } from '../transaction.ts';
import type { Instruction } from './gate.ts';
import { endGate } from './passGate.ts';

/**
 * Calls off what its rail was not told of; null for what waits for nothing. Who asks is answered as the rail would: a
 * send to a chain is called off a moment later, a payout at once, so that nobody learns of a review by the answer.
 */
export function cancelWaiting(batch: Batch, sent: Transaction, command: CancelCommand): StoredResult | null {
  const gate = batch.gates.gates.get(sent.id);
  if (gate?.state !== 'WAITING') return null;
  if (gate.instruction.kind === 'SEND' && !gate.awaitsApproval) {
    batch.gates.gates.set(sent.id, { ...gate, isCancelAsked: true });
    return succeeded(sent.id);
  }
  const told = gate.awaitsApproval ? null : TOLD[gate.instruction.kind];
  const message = command.reason ?? told;
  const code = message === null ? null : 'CANCELED_BY_REQUEST';
  endGate(batch, gate, sent, { kind: 'CANCELED', code, message }, command.journalId);
  followPayout(batch, sent.id);
  return succeeded(sent.id);
}

/** What a rail says of what it had not begun. */
const TOLD: Readonly<Record<Instruction['kind'], string | null>> = {
  BOOK: null,
  SEND: null,
  ORDER: 'it was called off before the bank had it',
  PICKUP: 'it was called off before the network had it',
};
