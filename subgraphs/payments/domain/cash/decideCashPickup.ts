import type { LedgerAccount } from '../../../../ledger/account.ts';
import { applyJournal } from '../../../../ledger/apply.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { invariant, present } from '../../../../platform/invariant.ts';
import { BOOK } from '../../../../rails/book/book.ts';
import { CASH, cashJournal } from '../../../../rails/cash/cash.ts';
import { feeOf, findCashNetwork, pickupEnd } from '../../../../rails/cash/networks.ts';
import { advance, type Batch, open } from '../batch.ts';
import type { CancelCommand } from '../command.ts';
import { findParty } from '../decideCreate.ts';
import { submitOrWait, waitingFor } from '../gates/holdBack.ts';
import { holdsOf, NO_HOLDS, releaseHolds } from '../holds.ts';
import { exceededLimit, takeRoom } from '../limits/limitsInBatch.ts';
import { illegal, mismatched, missing, refused, restricted, succeeded, takenExternalId } from '../results.ts';
import { customerOf, type Transaction } from '../transaction.ts';
import { cashAccount, putSettledCashOrder } from './cashInBatch.ts';
import type { PickupCommand } from './command.ts';

/**
 * Holds the money and its fee, and queues the pickup that they are for, in one tx. The hold has no end: only what the
 * network says, or a cancellation that came in time, resolves it.
 */
export function decideCashPickup(batch: Batch, command: PickupCommand): StoredResult {
  const { organizationId, amountMinor, asset, transactionId: id, network } = command;
  const source = findParty(batch, organizationId, command.source);
  if (!source) return missing(command.source.id);
  const taken = takenExternalId(batch, organizationId, command.externalId);
  if (taken) return taken;
  if (source.asset !== asset) return mismatched(source.asset, asset);
  const gate = restricted(source, 'DEBIT') ?? restricted(source, 'BANK');
  if (gate) return gate;
  const terms = present(findCashNetwork(network)?.pickup, `terms of ${network}`);
  const feeMinor = feeOf(terms, amountMinor);
  const grossMinor = amountMinor + feeMinor;
  const exceeded = exceededLimit(batch.limits, source, grossMinor, batch.now);
  if (exceeded) return exceeded;

  const waiting = waitingFor(batch, command, {
    ...{ sourceAccountId: source.id, asset, amountMinor: grossMinor, rail: CASH },
    counterparty: command.counterparty,
  });
  const clearingId = cashAccount(batch, { organizationId, kind: 'CLEARING', asset, place: CASH });
  const feesAccountId = cashAccount(batch, { organizationId, kind: 'FEES', asset });
  const journal = cashJournal(
    {
      ...{ journalId: command.journalId, feeTransferId: command.feeTransferId, organizationId },
      ...{ transactionId: id, sourceAccountId: source.id, destinationAccountId: clearingId, feesAccountId },
      ...{ amountMinor, feeMinor, description: command.description },
    },
    'PENDING',
  );
  const posted = applyJournal(batch.ledger, journal);
  if (posted.status === 'REJECTED') return refused(posted.rejection, asset);
  invariant(posted.status === 'POSTED', `a new Journal ${posted.status}`);

  const opened = open(batch, draftOf(command, source, clearingId, grossMinor));
  takeRoom(batch.limits, source, id, grossMinor, batch.now);
  const touched = [source.id, clearingId];
  const { adapter, recipientMask, sealedRecipient: sealed, counterparty } = command;
  const order = {
    ...({ id, organizationId, kind: 'PICKUP', accountId: source.id, cashInId: null } as const),
    ...{ adapter, network, asset, amountMinor, recipientMask, sealed },
    expiresAt: pickupEnd(network, batch.now),
  };
  submitOrWait(
    batch,
    opened,
    { asker: command, waiting, instruction: { kind: 'PICKUP', order } },
    { change: holdsOf(journal), details: { leg: 'SOURCE', amountMinor: grossMinor, touched } },
  );
  batch.gates.counterparties.push({ organizationId, digest: counterparty, transactionId: id });
  return succeeded(id);
}

function draftOf(
  command: PickupCommand,
  source: LedgerAccount,
  clearingId: Uuid,
  grossMinor: bigint,
): Parameters<typeof open>[1] {
  return {
    ...{ id: command.transactionId, organizationId: command.organizationId, type: 'FIAT_TO_FIAT' },
    // Handed over is handed over.
    ...{ finality: 'FINAL', captureMethod: 'AUTOMATIC', sourceRail: BOOK.name, sourceAccountId: source.id },
    ...{ sourceIsWallet: command.source.isWallet, sourceCustomerId: customerOf(source) },
    ...{ sourceAsset: source.asset, sourceAmountMinor: grossMinor, destinationRail: CASH },
    ...{ destinationAccountId: clearingId, destinationIsWallet: false, destinationCustomerId: null },
    ...{ destinationAsset: source.asset, destinationAmountMinor: command.amountMinor, refundOf: null },
    ...{ description: command.description, externalId: command.externalId, metadata: command.metadata },
  };
}

/**
 * Calls off a pickup: at once where no network has seen it, and else it asks the network, whose answer the timeline tells.
 * The order is locked, so that the worker cannot begin to hand it over meanwhile.
 */
export function decideCancelPickup(batch: Batch, paid: Transaction, command: CancelCommand): StoredResult {
  if (paid.destinationRail !== CASH) return illegal(paid, 'what was paid in cannot be called off');
  if (paid.status !== 'PROCESSING' && paid.status !== 'AWAITING_ACTION') {
    return illegal(paid, 'the pickup is over');
  }
  const row = present(batch.cash.orders.get(paid.id), `cash order ${paid.id}`);
  if (row.settledVersion !== row.version && row.state !== 'READY') {
    return illegal(paid, 'the network has decided already');
  }
  if (row.state !== 'QUEUED') {
    batch.cash.cancelAsks.add(paid.id);
    return succeeded(paid.id);
  }
  const touched = releaseHolds(batch, paid, command.journalId);
  advance(batch, paid, 'CANCELED', NO_HOLDS, {
    ...{ leg: 'SOURCE', amountMinor: paid.sourceAmountMinor, touched },
    reasonCode: 'CANCELED_BY_REQUEST',
    reasonMessage: command.reason ?? 'it was called off before the network had it',
    reasonRetryable: false,
  });
  putSettledCashOrder(batch, { ...row, state: 'CANCELED', version: row.version + 1 });
  return succeeded(paid.id);
}
