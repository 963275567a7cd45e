import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { termsOf } from '../../../../rails/bank/catalog/terms.ts';
import type { NewOrder } from '../../../../rails/bank/orders.ts';
import { pickupEnd } from '../../../../rails/cash/networks.ts';
import { advance, type Batch } from '../batch.ts';
import { captureHolds, NO_HOLDS, releaseHolds } from '../holds.ts';
import { unusable } from '../payTo.ts';
import { restricted } from '../results.ts';
import type { Transaction } from '../transaction.ts';
import type { TransactionEventKind } from '../transitions.ts';
import type { Gate, Instruction } from './gate.ts';
import { openReviewOf, putApproval, putReview } from './gatesInBatch.ts';
import { moved } from './giveVerdict.ts';
import { handOver } from './holdBack.ts';

/** Why something that waited ends without having been handed over. */
export interface GateEnd {
  readonly kind: Extract<TransactionEventKind, 'CANCELED' | 'FAILED' | 'REJECTED' | 'APPROVAL_EXPIRED'>;
  readonly code: string | null;
  readonly message: string | null;
}

/**
 * One thing less is waited for. When it was the last, the rail is told: what was asked of accounts and address when the
 * payment was made is asked once more, as weeks may have gone by; its room of limits was taken then and is kept.
 */
export function passGate(
  batch: Batch,
  gate: Gate,
  passed: Transaction,
  { by, journalId }: { readonly by: 'APPROVAL' | 'REVIEW'; readonly journalId: Uuid },
): void {
  const after: Gate = {
    ...gate,
    ...(by === 'APPROVAL'
      ? { awaitsApproval: false, instruction: dueFromNow(batch, gate.instruction) }
      : { awaitsReview: false }),
  };
  let transaction = by === 'APPROVAL' ? advance(batch, passed, 'APPROVED', {}, {}) : passed;
  if (gate.isCancelAsked) {
    endGate(batch, after, transaction, CALLED_OFF, journalId);
    return;
  }
  const fault = after.awaitsApproval ? null : faultNow(batch, after, transaction);
  if (fault) {
    endGate(batch, after, transaction, { kind: 'FAILED', ...fault }, journalId);
    return;
  }
  const { instruction } = after;
  if (by === 'APPROVAL' && instruction.kind !== 'BOOK')
    transaction = tellSubmitted(batch, transaction, instruction);
  const isOpen = !after.awaitsApproval && !after.awaitsReview;
  batch.gates.gates.set(gate.transactionId, isOpen ? { ...after, state: 'OPENED' } : after);
  if (!isOpen) return;
  if (instruction.kind === 'BOOK') complete(batch, transaction, instruction, journalId);
  else handOver(batch, instruction);
}

/** In the words of the rail, which never had it. */
export const CALLED_OFF: GateEnd = {
  kind: 'CANCELED',
  code: 'CANCELED_BY_REQUEST',
  message: 'the send was called off before a block had it',
};

/** Told with SUBMITTED, from when on a bank counts; a review later changes nothing of what was told. */
function dueFromNow(batch: Batch, instruction: Instruction): Instruction {
  if (instruction.kind === 'PICKUP') {
    const { order } = instruction;
    return { kind: 'PICKUP', order: { ...order, expiresAt: pickupEnd(order.network, batch.now) } };
  }
  if (instruction.kind !== 'ORDER') return instruction;
  const { order } = instruction;
  return { kind: 'ORDER', order: { ...order, expectedBy: dueNow(batch, order) } };
}

/** That the rail takes it was asked before; an operator's file does not change while we run. */
function dueNow(batch: Batch, order: NewOrder): Date {
  const terms = termsOf(batch.catalog, order, batch.now);
  return terms.kind === 'TAKEN' ? terms.expectedBy : order.expectedBy;
}

function tellSubmitted(batch: Batch, transaction: Transaction, instruction: Instruction): Transaction {
  const amountMinor = transaction.sourceAmountMinor;
  const due = instruction.kind === 'ORDER' ? { expectedBy: instruction.order.expectedBy } : {};
  return advance(batch, transaction, 'SUBMITTED', {}, { leg: 'SOURCE', amountMinor, ...due });
}

function complete(
  batch: Batch,
  held: Transaction,
  instruction: Extract<Instruction, { kind: 'BOOK' }>,
  journalId: Uuid,
): void {
  const { holdSeconds, isConverted } = instruction;
  if (holdSeconds !== null) {
    const holdExpiresAt = new Date(batch.now.getTime() + holdSeconds * 1_000);
    const next = { nextAction: 'CAPTURE', expectedBy: holdExpiresAt } as const;
    const amountMinor = held.sourceAmountMinor;
    advance(batch, held, 'FUNDS_HELD', { holdExpiresAt }, { ...next, leg: 'SOURCE', amountMinor });
    return;
  }
  const touched = captureHolds(batch, held, journalId);
  const details = { leg: 'DESTINATION', amountMinor: held.destinationAmountMinor } as const;
  const converted = isConverted ? advance(batch, held, 'CONVERTED', {}, details) : held;
  const done = { ...NO_HOLDS, capturedAmountMinor: held.sourceAmountMinor, completedAt: batch.now };
  advance(batch, converted, 'COMPLETED', done, { ...details, touched });
}

/** What would refuse the payment if it were made now; null where nothing does. */
function faultNow(
  batch: Batch,
  { instruction, organizationId }: Gate,
  { sourceAccountId, destinationAccountId, destinationAsset, destinationExternalAccountId }: Transaction,
): Pick<GateEnd, 'code' | 'message'> | null {
  const source = present(batch.ledger.accounts.get(sourceAccountId), 'the source of what waits');
  const destination = present(
    batch.ledger.accounts.get(destinationAccountId),
    'the destination of what waits',
  );
  const use = { BOOK: null, SEND: 'ONCHAIN', ORDER: 'BANK', PICKUP: 'BANK' } as const;
  const rail = use[instruction.kind];
  const isRestricted =
    restricted(source, 'DEBIT') ??
    (rail === null ? restricted(destination, 'CREDIT') : restricted(source, rail));
  if (isRestricted)
    return { code: 'ACCOUNT_RESTRICTED', message: 'a customer lacks an endorsement for it by now' };
  if (source.closedAt !== null || destination.closedAt !== null) {
    return { code: 'ACCOUNT_CLOSED', message: 'an account was closed meanwhile' };
  }
  if (unusable(batch, destinationExternalAccountId, source, destinationAsset)) {
    return { code: 'EXTERNAL_ACCOUNT_NOT_USABLE', message: 'the external account may not be paid to by now' };
  }
  if (instruction.kind === 'ORDER' && termsOf(batch.catalog, instruction.order, batch.now).kind !== 'TAKEN') {
    return { code: 'AMOUNT_OUTSIDE_RAIL', message: 'the rail does not take it by now' };
  }
  if (instruction.kind !== 'SEND') return null;
  const { network, toAddress } = instruction.send;
  const inside = batch.gates.inside.find((one) => one.network === network && one.address === toAddress);
  const isOurs =
    inside !== undefined &&
    (inside.role === 'CONTRACT' ||
      inside.organizationId === null ||
      inside.organizationId === organizationId);
  return isOurs ? { code: 'DESTINATION_INVALID', message: 'the address is not one outside any more' } : null;
}

/** Frees what is held and ends what waited, and with it whatever else was asked about it. */
export function endGate(
  batch: Batch,
  gate: Gate,
  waiting: Transaction,
  { kind, code, message }: GateEnd,
  journalId: Uuid,
): void {
  const touched = releaseHolds(batch, waiting, journalId);
  const failureCode = kind === 'CANCELED' || kind === 'REJECTED' ? null : code;
  advance(
    batch,
    waiting,
    kind,
    { ...NO_HOLDS, failureCode },
    {
      ...{ leg: 'SOURCE', amountMinor: waiting.sourceAmountMinor, touched },
      ...(code === null ? {} : { reasonCode: code, reasonMessage: message, reasonRetryable: false }),
    },
  );
  const { gates } = batch;
  const { transactionId } = gate;
  gates.gates.set(transactionId, { ...gate, state: 'ENDED', awaitsApproval: false, awaitsReview: false });
  const approval = gates.approvals.get(transactionId);
  if (approval?.status === 'OPEN') {
    putApproval(gates, batch.newId(), 'ApprovalCanceled', moved(approval, 'CANCELED', batch.now));
  }
  const review = openReviewOf(gates, transactionId);
  if (review === null) return;
  const closed = {
    ...review,
    status: 'CANCELED',
    version: review.version + 1,
    decidedAt: batch.now,
  } as const;
  putReview(gates, batch.newId(), 'ReviewCanceled', closed);
}
