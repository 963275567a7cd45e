import { type Balance, balanceAfter } from '../../ledger/balance.ts';
import { CHART } from '../../ledger/chart.ts';
import type { Transfer } from '../../ledger/transfer.ts';
import { newUuid, type Uuid } from '../../platform/id.ts';
import type { NewEvent } from '../../platform/outbox.ts';
import type { BalancePayload, FundingPayload, ObjectPayload } from '../../schema/events.ts';
import type { DestinationAccount } from './domain/destination.ts';
import type { NewWallet } from './store/insertWallets.ts';

/** A Wallet and the Account with the same uuid are there. They are one aggregate, and this is its version 1. */
export function walletOpened(wallet: NewWallet): NewEvent {
  return {
    id: newUuid(),
    organizationId: wallet.organizationId,
    type: 'WalletOpened',
    aggregateId: wallet.id,
    version: 1,
    subjects: wallet.customerId === null ? [wallet.id] : [wallet.id, wallet.customerId],
    payload: JSON.stringify({ id: wallet.id } satisfies ObjectPayload),
  };
}

/** A deposit address was made, or its status has changed. */
export function depositAddressChanged(
  fact: 'Created' | 'Paused' | 'Resumed' | 'Closed',
  place: {
    readonly id: Uuid;
    readonly organizationId: Uuid;
    readonly walletId: Uuid;
    readonly version: number;
  },
): NewEvent {
  const { id, organizationId, walletId, version } = place;
  return {
    id: newUuid(),
    organizationId,
    type: `DepositAddress${fact}`,
    aggregateId: id,
    version,
    subjects: [id, walletId],
    payload: JSON.stringify({ id } satisfies ObjectPayload),
  };
}

/**
 * Play money has arrived by `transfer`, which debits an OMNIBUS account. The funding is an aggregate of one event;
 * whoever follows a balance orders by the version inside the payload.
 */
export function sandboxFunded(fundingId: Uuid, account: DestinationAccount, transfer: Transfer): NewEvent {
  const payload: FundingPayload = {
    accountId: account.id,
    amount: transfer.amount.toString(),
    asset: transfer.asset,
    balances: [
      balancePayload(
        transfer.creditAccountId,
        transfer.asset,
        balanceAfter({
          normalSide: CHART[account.kind].normalSide,
          posted: transfer.creditPostedAfter,
          debitsPending: transfer.creditDebitsPendingAfter,
          creditsPending: transfer.creditCreditsPendingAfter,
          version: transfer.creditVersion,
        }),
      ),
      balancePayload(
        transfer.debitAccountId,
        transfer.asset,
        balanceAfter({
          normalSide: CHART.OMNIBUS.normalSide,
          posted: transfer.debitPostedAfter,
          debitsPending: transfer.debitDebitsPendingAfter,
          creditsPending: transfer.debitCreditsPendingAfter,
          version: transfer.debitVersion,
        }),
      ),
    ],
  };
  const customers = account.kind === 'CUSTOMER' ? [account.holderId] : [];
  return {
    id: newUuid(),
    organizationId: account.organizationId,
    type: 'SandboxFunded',
    aggregateId: fundingId,
    version: 1,
    subjects: [account.id, transfer.debitAccountId, ...customers],
    payload: JSON.stringify(payload),
  };
}

function balancePayload(accountId: Uuid, asset: string, balance: Balance): BalancePayload {
  return {
    accountId,
    asset,
    posted: balance.posted.toString(),
    pending: balance.pending.toString(),
    available: balance.available.toString(),
    version: balance.version.toString(),
  };
}
