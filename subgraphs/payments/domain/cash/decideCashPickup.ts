import type { LedgerAccount } from '../../../../ledger/account.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { BOOK } from '../../../../rails/book/book.ts';
import { CASH } from '../../../../rails/cash/cash.ts';
import { advance, type Batch, type open } from '../batch.ts';
import type { CancelCommand } from '../command.ts';
import { findParty } from '../decideCreate.ts';
import { NO_HOLDS, releaseHolds } from '../holds.ts';
import { illegal, mismatched, missing, succeeded, takenExternalId } from '../results.ts';
import { customerOf, type Transaction } from '../transaction.ts';
import { putSettledCashOrder } from './cashInBatch.ts';
import type { PickupCommand } from './command.ts';
import { holdPickup } from './holdPickup.ts';

/** Begins a payment that somebody picks up as cash. */
export function decideCashPickup(batch: Batch, command: PickupCommand): StoredResult {
  const { organizationId, amountMinor, asset, transactionId: id } = command;
  const source = findParty(batch, organizationId, command.source);
  if (!source) return missing(command.source.id);
  const taken = takenExternalId(batch, organizationId, command.externalId);
  if (taken) return taken;
  if (source.asset !== asset) return mismatched(source.asset, asset);
  return holdPickup(batch, {
    ...{ id, journalId: command.journalId, feeTransferId: command.feeTransferId },
    ...{ payer: source, amountMinor, way: command.pickup, asker: command, description: command.description },
    draftOf: (clearingId, grossMinor) => draftOf(command, source, clearingId, grossMinor),
  });
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
