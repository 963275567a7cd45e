import type { StoredResult } from '../../../../platform/commandLane.ts';
import { present } from '../../../../platform/invariant.ts';
import { feeOf, findCashNetwork, REFRESHES_MAX } from '../../../../rails/cash/networks.ts';
import { isOver } from '../../../../rails/cash/orderStates.ts';
import { type Batch, externalIdKey } from '../batch.ts';
import { findParty } from '../decideCreate.ts';
import { closedAccount, mismatched, missing, restricted } from '../results.ts';
import { customerOf } from '../transaction.ts';
import { type CashIn, isWaiting } from './cashIn.ts';
import {
  amendCashIn,
  cashAccount,
  codeExpiry,
  findOwnCashIn,
  putCashIn,
  putSettledCashOrder,
  queueCode,
} from './cashInBatch.ts';
import type {
  CancelCashInCommand,
  CreateCashInCommand,
  ExpireCashInCommand,
  RefreshCashInCommand,
} from './command.ts';
import { cashedIn, illegalCashIn, missingCashIn } from './results.ts';

/** Begins a CashIn and queues its code, in one tx. No money moves until somebody pays. */
export function decideCreateCashIn(batch: Batch, command: CreateCashInCommand): StoredResult {
  const { organizationId, destination, network: code, asset, amountMinor, externalId } = command;
  const account = findParty(batch, organizationId, destination);
  const holderId = account === null ? null : customerOf(account);
  const isOthers = command.customerId !== null && command.customerId !== holderId;
  if (!account || isOthers) return missing(destination.id);
  const key = externalIdKey(organizationId, externalId ?? '');
  const existingId = externalId === null ? undefined : batch.cash.externalIds.get(key);
  if (existingId !== undefined) return { type: 'CashInExternalIdTaken', externalId, existingId };
  if (account.closedAt !== null) return closedAccount(account.id);
  if (account.asset !== asset) return mismatched(account.asset, asset);
  const gate = restricted(account, 'CREDIT');
  if (gate) return gate;

  const terms = present(findCashNetwork(code)?.cashIn, `terms of ${code}`);
  const { now } = batch;
  const cashIn: CashIn = {
    ...{ id: command.cashInId, organizationId, customerId: holderId, accountId: account.id },
    ...{ accountIsWallet: destination.isWallet, network: code, asset, amountMinor },
    feeMinor: feeOf(terms, amountMinor),
    feeFlatMinor: terms.feeFlatMinor,
    feePartsPerMillion: terms.feePartsPerMillion,
    feesAccountId: cashAccount(batch, { organizationId, kind: 'FEES', asset }),
    ...{ status: 'PENDING', version: 1, orderId: command.orderId, refreshes: 0 },
    ...{ isRefreshing: false, isCancelAsked: false, expiresAt: codeExpiry(batch) },
    ...{ transactionId: null, failureCode: null, description: command.description, externalId },
    ...{ metadata: command.metadata, createdAt: now, updatedAt: now },
  };
  if (externalId !== null) batch.cash.externalIds.set(key, cashIn.id);
  putCashIn(batch, 'Created', cashIn);
  queueCode(batch, cashIn, command.adapter);
  return cashedIn(cashIn.id);
}

/**
 * Asks for another code. It is asked for only once the network has said that the old one is dead, so that no two of them
 * can be paid by at a time; should somebody pay by the old one meanwhile, it is that payment that counts.
 */
export function decideRefreshCashIn(batch: Batch, command: RefreshCashInCommand): StoredResult {
  const cashIn = findOwnCashIn(batch, command.organizationId, command.cashInId);
  if (!cashIn) return missingCashIn(command.cashInId);
  const { status, refreshes } = cashIn;
  if (status !== 'OPEN' && status !== 'EXPIRED') {
    return illegalCashIn(cashIn, 'only what is open or expired gets another code');
  }
  if (cashIn.isCancelAsked) return illegalCashIn(cashIn, 'it is being canceled');
  if (refreshes >= REFRESHES_MAX) return illegalCashIn(cashIn, `it had ${REFRESHES_MAX} other codes already`);
  const old = present(batch.cash.orders.get(cashIn.orderId), `cash order ${cashIn.orderId}`);
  if (old.state === 'SETTLED') return illegalCashIn(cashIn, 'somebody has paid by its code just now');
  const change = { status: 'PENDING', refreshes: refreshes + 1 } as const;
  if (isOver(old.state)) {
    putSettledCashOrder(batch, old);
    const renewed = { ...change, orderId: command.orderId, expiresAt: codeExpiry(batch) };
    queueCode(batch, putCashIn(batch, 'Refreshed', cashIn, renewed), old.adapter);
  } else {
    putCashIn(batch, 'Refreshed', cashIn, { ...change, isRefreshing: true });
    batch.cash.cancelAsks.add(old.id);
  }
  return cashedIn(cashIn.id);
}

/** Calls it off: at once where no network has seen its code, and else when the network says that nobody can pay by it. */
export function decideCancelCashIn(batch: Batch, command: CancelCashInCommand): StoredResult {
  const cashIn = findOwnCashIn(batch, command.organizationId, command.cashInId);
  if (!cashIn) return missingCashIn(command.cashInId);
  if (!isWaiting(cashIn)) return illegalCashIn(cashIn, 'only what waits to be paid can be canceled');
  const order = present(batch.cash.orders.get(cashIn.orderId), `cash order ${cashIn.orderId}`);
  if (order.state === 'SETTLED') return illegalCashIn(cashIn, 'somebody has paid by its code just now');
  if (order.state === 'QUEUED' || isOver(order.state)) {
    const state = order.state === 'QUEUED' ? 'CANCELED' : order.state;
    putSettledCashOrder(batch, { ...order, state, version: order.version + 1 });
    putCashIn(batch, 'Canceled', cashIn, { status: 'CANCELED', isRefreshing: false });
  } else {
    amendCashIn(batch, cashIn, { isCancelAsked: true, isRefreshing: false });
    batch.cash.cancelAsks.add(order.id);
  }
  return cashedIn(cashIn.id);
}

/** Says that its time is over, and sees to it that nobody can pay any more. Sent again, or too early, it changes nothing. */
export function decideExpireCashIn(batch: Batch, command: ExpireCashInCommand): StoredResult {
  const cashIn = findOwnCashIn(batch, command.organizationId, command.cashInId);
  if (!cashIn) return missingCashIn(command.cashInId);
  // What is being refreshed or canceled ends when the network says so.
  const isOurs = isWaiting(cashIn) && !cashIn.isRefreshing && !cashIn.isCancelAsked;
  if (!isOurs || batch.now < cashIn.expiresAt) return cashedIn(cashIn.id);
  const order = present(batch.cash.orders.get(cashIn.orderId), `cash order ${cashIn.orderId}`);
  if (!isOver(order.state)) batch.cash.cancelAsks.add(order.id);
  putCashIn(batch, 'Expired', cashIn, { status: 'EXPIRED' });
  return cashedIn(cashIn.id);
}
