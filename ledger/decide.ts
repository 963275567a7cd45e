import { AMOUNT_MINOR_MAX } from '../platform/money.ts';
import type { Counters, LedgerAccount } from './account.ts';
import { isEmpty, postedOf } from './balance.ts';
import { accountIn, type Draft, holdIn, isRejection } from './draft.ts';
import type { LedgerRejection } from './errors.ts';
import type { NewCapture, NewHold, NewRelease, NewSingle, NewTransfer, Transfer } from './transfer.ts';

/** Decides one Transfer on top of the draft: changes the draft, or answers why not and leaves it to be dropped. */
export function decideTransfer(draft: Draft, asked: NewTransfer): LedgerRejection | null {
  switch (asked.kind) {
    case 'SINGLE':
    case 'PENDING':
      return decideMovement(draft, asked);
    case 'POST_PENDING':
    case 'VOID_PENDING':
      return decideResolution(draft, asked);
  }
}

function decideMovement(draft: Draft, asked: NewSingle | NewHold): LedgerRejection | null {
  if (!isAmount(asked.amount)) return { code: 'INVALID_AMOUNT', amount: asked.amount };
  if (asked.debitAccountId === asked.creditAccountId) {
    return { code: 'SAME_ACCOUNT', accountId: asked.debitAccountId };
  }
  const debit = accountIn(draft, asked.debitAccountId);
  if (isRejection(debit)) return debit;
  const credit = accountIn(draft, asked.creditAccountId);
  if (isRejection(credit)) return credit;
  if (debit.asset !== credit.asset) {
    return { code: 'ASSET_MISMATCH', accountId: credit.id, actual: credit.asset, expected: debit.asset };
  }
  const expiresAt = asked.kind === 'PENDING' ? (asked.expiresAt ?? null) : null;
  if (expiresAt !== null && expiresAt <= draft.state.now) {
    return { code: 'HOLD_EXPIRED', pendingId: asked.id, expiresAt };
  }
  const amount = decideAmount(asked, debit, credit);
  if (typeof amount === 'object') return amount;
  const changes = asked.kind === 'SINGLE' ? { pending: 0n, posted: amount } : { pending: amount, posted: 0n };
  return record(draft, asked, { debit, credit, amount, changes, pendingId: null, expiresAt });
}

function decideResolution(draft: Draft, asked: NewCapture | NewRelease): LedgerRejection | null {
  const hold = holdIn(draft, asked.pendingId);
  if (isRejection(hold)) return hold;
  const amount = asked.kind === 'POST_PENDING' ? (asked.amount ?? hold.amount) : hold.amount;
  if (!isAmount(amount)) return { code: 'INVALID_AMOUNT', amount };
  if (amount > hold.amount) {
    return { code: 'EXCEEDS_HOLD', pendingId: hold.id, held: hold.amount, required: amount };
  }
  const { expiresAt } = hold;
  if (asked.kind === 'POST_PENDING' && expiresAt !== null && draft.state.now >= expiresAt) {
    return { code: 'HOLD_EXPIRED', pendingId: hold.id, expiresAt };
  }
  const debit = accountIn(draft, hold.debitAccountId);
  if (isRejection(debit)) return debit;
  const credit = accountIn(draft, hold.creditAccountId);
  if (isRejection(credit)) return credit;
  draft.resolved.add(hold.id);
  const changes = { pending: -hold.amount, posted: asked.kind === 'POST_PENDING' ? amount : 0n };
  return record(draft, asked, { debit, credit, amount, changes, pendingId: hold.id, expiresAt: null });
}

/** What may be moved: the amount asked for, or as much of it as balancing allows. */
function decideAmount(
  asked: NewSingle | NewHold,
  debit: LedgerAccount,
  credit: LedgerAccount,
): bigint | LedgerRejection {
  let amount = asked.amount;
  if (asked.balancing !== undefined) {
    const limited = asked.balancing === 'DEBIT' ? debit : credit;
    const room = asked.balancing === 'DEBIT' ? debitRoom(debit) : creditRoom(credit);
    if (room <= 0n) {
      return { code: 'INSUFFICIENT_FUNDS', accountId: limited.id, available: 0n, required: amount };
    }
    if (room < amount) amount = room;
  }
  const available = debitRoom(debit);
  if (debit.debitsMustNotExceedCredits && available < amount) {
    return { code: 'INSUFFICIENT_FUNDS', accountId: debit.id, available, required: amount };
  }
  return amount;
}

/** How much more can be debited before debits exceed credits. */
function debitRoom(account: Counters): bigint {
  return account.creditsPosted - account.debitsPosted - account.debitsPending;
}

/** How much more can be credited before credits exceed debits. */
function creditRoom(account: Counters): bigint {
  return account.debitsPosted - account.creditsPosted - account.creditsPending;
}

interface Movement {
  readonly debit: LedgerAccount;
  readonly credit: LedgerAccount;
  readonly amount: bigint;
  /** What is added to the counters of the debit side of `debit` and of the credit side of `credit`. */
  readonly changes: { readonly pending: bigint; readonly posted: bigint };
  readonly pendingId: Transfer['pendingId'];
  readonly expiresAt: Date | null;
}

/** Puts the movement and both accounts into the draft, unless a counter would overflow or a closing fails. */
function record(draft: Draft, asked: NewTransfer, movement: Movement): LedgerRejection | null {
  const { amount, changes } = movement;
  let debit: LedgerAccount = {
    ...movement.debit,
    debitsPending: movement.debit.debitsPending + changes.pending,
    debitsPosted: movement.debit.debitsPosted + changes.posted,
    version: movement.debit.version + 1n,
  };
  let credit: LedgerAccount = {
    ...movement.credit,
    creditsPending: movement.credit.creditsPending + changes.pending,
    creditsPosted: movement.credit.creditsPosted + changes.posted,
    version: movement.credit.version + 1n,
  };
  if (overflows(debit) || overflows(credit)) return { code: 'INVALID_AMOUNT', amount };
  const closes = 'closes' in asked ? asked.closes : undefined;
  if (closes !== undefined) {
    const closing = closes === 'DEBIT' ? debit : credit;
    if (!isEmpty(closing)) return { code: 'ACCOUNT_NOT_EMPTY', accountId: closing.id };
    const closed = { ...closing, closedAt: draft.state.now };
    if (closes === 'DEBIT') debit = closed;
    else credit = closed;
  }
  draft.accounts.set(debit.id, debit).set(credit.id, credit);
  draft.transfers.set(asked.id, toTransfer(draft, asked, movement, debit, credit));
  return null;
}

function toTransfer(
  draft: Draft,
  asked: NewTransfer,
  movement: Movement,
  debit: LedgerAccount,
  credit: LedgerAccount,
): Transfer {
  return {
    id: asked.id,
    organizationId: draft.journal.organizationId,
    journalId: draft.journal.id,
    kind: asked.kind,
    debitAccountId: debit.id,
    creditAccountId: credit.id,
    asset: debit.asset,
    amount: movement.amount,
    pendingId: movement.pendingId,
    expiresAt: movement.expiresAt,
    transactionId: draft.journal.transactionId,
    description: asked.description ?? null,
    debitVersion: debit.version,
    debitPostedAfter: postedOf(debit, debit.normalSide),
    debitDebitsPendingAfter: debit.debitsPending,
    debitCreditsPendingAfter: debit.creditsPending,
    creditVersion: credit.version,
    creditPostedAfter: postedOf(credit, credit.normalSide),
    creditDebitsPendingAfter: credit.debitsPending,
    creditCreditsPendingAfter: credit.creditsPending,
    createdAt: draft.state.now,
  };
}

function isAmount(amount: bigint): boolean {
  return amount > 0n && amount <= AMOUNT_MINOR_MAX;
}

/** Columns are numeric(38, 0); what does not fit must be a refusal of one Journal, not an error of the batch. */
function overflows(counters: Counters): boolean {
  return (
    counters.debitsPending > AMOUNT_MINOR_MAX ||
    counters.debitsPosted > AMOUNT_MINOR_MAX ||
    counters.creditsPending > AMOUNT_MINOR_MAX ||
    counters.creditsPosted > AMOUNT_MINOR_MAX
  );
}
