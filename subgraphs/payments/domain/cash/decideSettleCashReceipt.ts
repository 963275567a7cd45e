import type { LedgerAccount } from '../../../../ledger/account.ts';
import { applyJournal } from '../../../../ledger/apply.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../../platform/id.ts';
import { invariant, present } from '../../../../platform/invariant.ts';
import { BOOK } from '../../../../rails/book/book.ts';
import { CASH, cashJournal } from '../../../../rails/cash/cash.ts';
import { isOver } from '../../../../rails/cash/orderStates.ts';
import type { CashReceiptReason, CashReceiptRow } from '../../../../rails/cash/receipts.ts';
import { moveNow } from '../../../../rails/singleTransfer.ts';
import { advance, type Batch, open } from '../batch.ts';
import { findParty } from '../decideCreate.ts';
import { blocked, closedAccount, invalid, mismatched, missing, SETTLED, succeeded } from '../results.ts';
import { customerOf } from '../transaction.ts';
import type { CashIn } from './cashIn.ts';
import { cashAccount, findOwnCashIn, putCashIn, putSettledCashReceipt } from './cashInBatch.ts';
import type { AssignCashReceiptCommand, SettleCashReceiptCommand } from './command.ts';

/**
 * Credits cash that was paid in to the CashIn whose code it was, in a Transaction. What is late, too much, too little, twice
 * or by a dead code goes to suspense by that name: money that was handed over is never refused and never lost.
 */
export function decideSettleCashReceipt(batch: Batch, command: SettleCashReceiptCommand): StoredResult {
  const row = batch.cash.receipts.get(command.receiptId);
  if (!row || row.organizationId !== command.organizationId)
    return blocked('there is no such receipt of cash');
  if (row.settledVersion === row.version) return SETTLED;
  if (row.settledVersion > 0) return blocked('it was settled before, and has changed since');
  const cashIn = row.cashInId === null ? null : findOwnCashIn(batch, row.organizationId, row.cashInId);
  const account = cashIn === null ? null : (batch.ledger.accounts.get(cashIn.accountId) ?? null);
  const reason = reasonAgainst(row, cashIn, account);
  if (reason === null && cashIn !== null && account !== null) {
    pay(batch, command, row, cashIn, account);
    return SETTLED;
  }
  suspend(batch, row, present(reason, 'the reason of a suspense'), cashIn);
  return SETTLED;
}

/** Why it is not credited by itself; null when it is. */
function reasonAgainst(
  row: CashReceiptRow,
  cashIn: CashIn | null,
  account: LedgerAccount | null,
): CashReceiptReason | null {
  if (cashIn === null) return 'UNKNOWN_CODE';
  if (cashIn.status === 'PAID') return 'ALREADY_PAID';
  if (cashIn.status === 'CANCELED' || cashIn.status === 'FAILED') return 'NOT_OPEN';
  if (row.codeState === 'CANCELED' || row.codeState === 'REJECTED') return 'NOT_OPEN';
  // By the network's clock: what was paid in time and told late is in time.
  if (row.codeExpiresAt === null || row.paidAt > row.codeExpiresAt) return 'LATE';
  if (row.amountMinor !== cashIn.amountMinor || row.asset !== cashIn.asset) return 'AMOUNT_DIFFERS';
  return account === null || account.closedAt !== null ? 'ACCOUNT_CLOSED' : null;
}

function pay(
  batch: Batch,
  command: SettleCashReceiptCommand,
  row: CashReceiptRow,
  cashIn: CashIn,
  account: LedgerAccount,
): void {
  const { transactionId, journalId, feeTransferId } = command;
  const { organizationId, asset, feeMinor, feesAccountId, orderId, description, accountIsWallet } = cashIn;
  const fromId = cashAccount(batch, { organizationId, kind: 'CLEARING', asset, place: CASH });
  const fee = { feeMinor, feesAccountId, feeTransferId };
  credit(batch, row, account, { transactionId, journalId, fromId, fee, description, accountIsWallet });
  const order = batch.cash.orders.get(orderId);
  const isOther = orderId !== row.orderId && order !== undefined && !isOver(order.state);
  if (isOther) batch.cash.cancelAsks.add(orderId);
  putCashIn(batch, 'Paid', cashIn, { status: 'PAID', transactionId, isRefreshing: false });
  putSettledCashReceipt(batch, { ...row, accountId: account.id, transactionId });
}

function suspend(batch: Batch, row: CashReceiptRow, reason: CashReceiptReason, cashIn: CashIn | null): void {
  const { organizationId, asset, amountMinor } = row;
  const posted = applyJournal(
    batch.ledger,
    moveNow({
      // Its own id: posted twice, it moves nothing twice.
      ...{
        journalId: row.id,
        organizationId,
        amountMinor,
        description: 'Cash in suspense',
        transactionId: null,
      },
      sourceAccountId: cashAccount(batch, { organizationId, kind: 'CLEARING', asset, place: CASH }),
      destinationAccountId: cashAccount(batch, { organizationId, kind: 'SUSPENSE', asset }),
    }),
  );
  invariant(posted.status === 'POSTED', `the suspense of cash was ${posted.status}`);
  // Its code is used up, and what came by it is not what was asked for.
  const isUsedUp = reason === 'AMOUNT_DIFFERS' || reason === 'ACCOUNT_CLOSED';
  if (cashIn !== null && isUsedUp) {
    putCashIn(batch, 'Failed', cashIn, { status: 'FAILED', failureCode: reason, isRefreshing: false });
    if (cashIn.orderId !== row.orderId) batch.cash.cancelAsks.add(cashIn.orderId);
  }
  putSettledCashReceipt(batch, { ...row, reason });
}

/** Takes cash out of suspense, for the Account that somebody says it is for; once, and without a fee. */
export function decideAssignCashReceipt(batch: Batch, command: AssignCashReceiptCommand): StoredResult {
  const { organizationId, receiptId, transactionId, journalId } = command;
  const id = formatId('crc', receiptId);
  const row = batch.cash.receipts.get(receiptId);
  if (!row || row.organizationId !== organizationId) return missing(id);
  const account = findParty(batch, organizationId, command.account);
  if (!account) return missing(command.account.id);
  if (row.settledVersion !== row.version) return invalid('receiptId', id, 'a receipt that is in the books');
  if (row.transactionId !== null) return invalid('receiptId', id, 'a receipt that is assigned to nobody yet');
  if (account.asset !== row.asset) return mismatched(account.asset, row.asset);
  if (account.closedAt !== null) return closedAccount(account.id);
  const fromId = cashAccount(batch, { organizationId, kind: 'SUSPENSE', asset: row.asset });
  const { isWallet: accountIsWallet } = command.account;
  const none = { fee: null, description: null };
  credit(batch, row, account, { transactionId, journalId, fromId, accountIsWallet, ...none });
  putSettledCashReceipt(batch, { ...row, accountId: account.id, transactionId, version: row.version + 1 });
  return succeeded(transactionId);
}

/** The Transaction that credits a receipt's money, less the fee, from CLEARING or from SUSPENSE. */
function credit(
  batch: Batch,
  row: CashReceiptRow,
  account: LedgerAccount,
  how: {
    readonly transactionId: Uuid;
    readonly journalId: Uuid;
    readonly fromId: Uuid;
    readonly fee: {
      readonly feeMinor: bigint;
      readonly feesAccountId: Uuid;
      readonly feeTransferId: Uuid;
    } | null;
    readonly description: string | null;
    readonly accountIsWallet: boolean;
  },
): void {
  const { organizationId, amountMinor, asset } = row;
  const { transactionId: id, journalId, fromId, fee, description, accountIsWallet } = how;
  const netMinor = amountMinor - (fee?.feeMinor ?? 0n);
  const sides = { sourceAccountId: fromId, destinationAccountId: account.id };
  const posted = applyJournal(
    batch.ledger,
    fee === null
      ? moveNow({ journalId, organizationId, transactionId: id, amountMinor, description, ...sides })
      : cashJournal(
          {
            ...{ journalId, organizationId, transactionId: id, ...sides, ...fee },
            ...{ amountMinor: netMinor, description },
          },
          'SINGLE',
        ),
  );
  invariant(posted.status === 'POSTED', `the credit of cash was ${posted.status}`);
  const opened = open(batch, {
    ...{ id, organizationId, type: 'FIAT_TO_FIAT', finality: 'FINAL', captureMethod: 'AUTOMATIC' },
    ...{ sourceRail: CASH, sourceAccountId: fromId, sourceIsWallet: false, sourceCustomerId: null },
    ...{ sourceAsset: asset, sourceAmountMinor: amountMinor, destinationRail: BOOK.name },
    ...{ destinationAccountId: account.id, destinationIsWallet: accountIsWallet },
    ...{ destinationCustomerId: customerOf(account), destinationAsset: asset },
    ...{ destinationAmountMinor: netMinor, refundOf: null, description, externalId: null, metadata: {} },
  });
  const done = { capturedAmountMinor: amountMinor, completedAt: batch.now };
  const touched = [fromId, account.id];
  advance(batch, opened, 'COMPLETED', done, { leg: 'DESTINATION', amountMinor: netMinor, touched });
}
