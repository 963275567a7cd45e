import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { invariant } from '../../../platform/invariant.ts';
import { BOOK } from '../../../rails/book/book.ts';
import { advance, type Batch } from './batch.ts';
import { decideCancelPickup } from './cash/decideCashPickup.ts';
import type { CancelCommand, ExpireCommand } from './command.ts';
import { decideCancelSend } from './decideAccelerate.ts';
import { decideCancelPayout } from './decideCancelPayout.ts';
import { findOwn, missingTransaction } from './find.ts';
import { cancelWaiting } from './gates/cancelWaiting.ts';
import { illegal, succeeded } from './results.ts';
import { isAtBank, isCash, isOnchain, type Transaction } from './transaction.ts';
import { canMove } from './transitions.ts';

/** Releases held money because the client says so; also after it ran out, as long as nobody released it. */
export function decideCancel(batch: Batch, command: CancelCommand): StoredResult {
  const held = findOwn(batch, command.organizationId, command.transactionId);
  if (!held) return missingTransaction(command.transactionId);
  const waiting = cancelWaiting(batch, held, command);
  if (waiting) return waiting;
  if (isOnchain(held)) return decideCancelSend(batch, held);
  if (isAtBank(held)) return decideCancelPayout(batch, held, command);
  if (isCash(held)) return decideCancelPickup(batch, held, command);
  if (held.status !== 'AWAITING_ACTION') return illegal(held, 'only held funds can be released');
  release(batch, held, command);
  const reason =
    command.reason === null
      ? {}
      : { reasonCode: 'CANCELED_BY_REQUEST', reasonMessage: command.reason, reasonRetryable: false };
  const { sourceAmountMinor: amountMinor } = held;
  advance(batch, held, 'CANCELED', RELEASED, { ...reason, leg: 'SOURCE', amountMinor, touched: sides(held) });
  return succeeded(held.id);
}

/** Releases held money because its time is over. Sent again it is an illegal state and changes nothing. */
export function decideExpire(batch: Batch, command: ExpireCommand): StoredResult {
  const held = findOwn(batch, command.organizationId, command.transactionId);
  if (!held) return missingTransaction(command.transactionId);
  if (!canMove(held.status, 'HOLD_EXPIRED') || held.holdExpiresAt === null) {
    return illegal(held, 'only held funds can expire');
  }
  if (batch.now < held.holdExpiresAt) return illegal(held, 'the hold has not run out');
  release(batch, held, command);
  const change = { ...RELEASED, failureCode: 'HOLD_EXPIRED' };
  advance(batch, held, 'HOLD_EXPIRED', change, {
    leg: 'SOURCE',
    amountMinor: held.sourceAmountMinor,
    reasonCode: 'HOLD_EXPIRED',
    reasonMessage: `the funds were not captured before ${held.holdExpiresAt.toISOString()}`,
    reasonRetryable: false,
    touched: sides(held),
  });
  return succeeded(held.id);
}

const RELEASED = { holdId: null, holdExpiresAt: null } as const;

function sides(held: Transaction) {
  return [held.sourceAccountId, held.destinationAccountId];
}

/** A Hold can always be released, whatever has become of its Accounts, so that a refusal is a bug. */
function release(batch: Batch, held: Transaction, command: CancelCommand | ExpireCommand): void {
  const { journalId, organizationId, transactionId } = command;
  invariant(held.holdId !== null, `${held.status} without a hold`);
  const resolution = { journalId, organizationId, transactionId, holdId: held.holdId };
  const posted = applyJournal(batch.ledger, BOOK.release(resolution));
  invariant(posted.status === 'POSTED', `a release was ${posted.status}`);
}
