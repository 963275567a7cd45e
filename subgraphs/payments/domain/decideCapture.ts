import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { invariant, present } from '../../../platform/invariant.ts';
import { formatAmount } from '../../../platform/money.ts';
import { BOOK } from '../../../rails/book/book.ts';
import { advance, type Batch } from './batch.ts';
import type { CaptureCommand } from './command.ts';
import { findOwn, missingTransaction, readAmount } from './find.ts';
import { illegal, invalid, refused, succeeded } from './results.ts';
import type { Transaction } from './transaction.ts';
import { canMove } from './transitions.ts';

/**
 * Takes held money, all or part; the rest is freed. The instant of expiry is decided here by the database's
 * clock and not by the worker that tidies up afterwards, so that a late worker gives nobody more time.
 */
export function decideCapture(batch: Batch, command: CaptureCommand): StoredResult {
  const held = findOwn(batch, command.organizationId, command.transactionId);
  if (!held) return missingTransaction(command.transactionId);
  const { holdId, holdExpiresAt, status } = held;
  if (!canMove(status, 'CAPTURED') || holdId === null || holdExpiresAt === null) {
    return illegal(held, 'only held funds can be captured');
  }
  if (batch.now >= holdExpiresAt) return illegal(held, `the hold ran out at ${holdExpiresAt.toISOString()}`);

  const amountMinor = amountOf(batch, held, command.amount);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const { journalId, organizationId, transactionId } = command;
  const resolution = { journalId, organizationId, transactionId, holdId };
  const posted = applyJournal(batch.ledger, BOOK.capture(resolution, amountMinor));
  if (posted.status === 'REJECTED') return refused(posted.rejection, held.sourceAsset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const taken = { capturedAmountMinor: amountMinor, holdId: null, holdExpiresAt: null };
  const touched = [held.sourceAccountId, held.destinationAccountId];
  const captured = advance(batch, held, 'CAPTURED', taken, { leg: 'SOURCE', amountMinor, touched });
  advance(batch, captured, 'COMPLETED', { completedAt: batch.now }, { leg: 'DESTINATION', amountMinor });
  return succeeded(held.id);
}

function amountOf(batch: Batch, held: Transaction, text: string | null): bigint | StoredResult {
  if (text === null) return held.sourceAmountMinor;
  const amountMinor = readAmount(batch, held.sourceAsset, text);
  if (typeof amountMinor !== 'bigint' || amountMinor <= held.sourceAmountMinor) return amountMinor;
  const asset = present(batch.assets.get(held.sourceAsset), `asset ${held.sourceAsset}`);
  return invalid('amount', text, `at most the ${formatAmount(held.sourceAmountMinor, asset)} that is held`);
}
