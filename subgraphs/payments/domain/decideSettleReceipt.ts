import type { LedgerAccount } from '../../../ledger/account.ts';
import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import { BANK } from '../../../rails/bank/bank.ts';
import type { ReceiptRow } from '../../../rails/bank/receipts.ts';
import { convertArrival, isRate, waitForRate } from './arrivals/convertArrival.ts';
import { passArrival } from './arrivals/heldArrivals.ts';
import { bankAccount, putSettledReceipt } from './bank.ts';
import { advance, type Batch, open } from './batch.ts';
import type { SettleReceiptCommand } from './command.ts';
import { blocked, SETTLED } from './results.ts';
import { creditedSide, type Transaction } from './transaction.ts';

/**
 * Credits money that arrived to the Account that it is for, in a Transaction; what is nobody's, or was refused, goes to
 * suspense. What somebody has to look at first is not in the books until then, and looks to everyone as if it were slow.
 */
export function decideSettleReceipt(batch: Batch, command: SettleReceiptCommand): StoredResult {
  const row = batch.bank.receipts.get(command.receiptId);
  if (!row || row.organizationId !== command.organizationId) return blocked('there is no such receipt');
  if (row.settledVersion === row.version) return SETTLED;
  if (row.settledVersion > 0) return blocked('it was settled before, and has changed since');
  const passed = passArrival(batch, { ...row, kind: 'RECEIPT' }, command.screening);
  if (passed === 'HELD') return SETTLED;
  const { organizationId, asset, rail } = row;
  const clearingId = bankAccount(batch, { organizationId, kind: 'CLEARING', asset, place: rail });
  const account = row.accountId === null ? null : (batch.ledger.accounts.get(row.accountId) ?? null);
  let { suspenseReason } = row;
  if (passed === 'CREDIT' && account !== null && isCreditable(account, row, row.convertsTo ?? row.asset)) {
    const credited = creditOrConvert(batch, command, row, account, clearingId);
    if (credited === 'WAITS') return SETTLED;
    if (credited === 'CREDITED') {
      putSettledReceipt(batch, { ...row, transactionId: command.transactionId });
      return SETTLED;
    }
    suspenseReason = credited;
  }
  suspend(batch, row, clearingId);
  // What was for an Account when it came, and is not any more, was for one that was closed meanwhile.
  putSettledReceipt(batch, { ...row, accountId: null, suspenseReason: suspenseReason ?? 'ACCOUNT_CLOSED' });
  return SETTLED;
}

/** Credits it as it is, or as what it becomes; without a rate it waits for one as long as it may. */
function creditOrConvert(
  batch: Batch,
  { transactionId, journalId, rate }: SettleReceiptCommand,
  row: ReceiptRow,
  account: LedgerAccount,
  fromId: Uuid,
): 'CREDITED' | 'WAITS' | 'NO_RATE' | 'NO_PRICE' {
  const made = { transactionId, journalId };
  const { convertsTo } = row;
  if (convertsTo === null) {
    credit(batch, row, account, { ...made, fromId });
    return 'CREDITED';
  }
  if (isRate(rate)) return convertArrival(batch, { ...row, convertsTo, fromId }, account, rate, made);
  const wait = waitForRate(batch.now, row.rateWaitSince);
  if (wait === null) return 'NO_RATE';
  batch.bank.rateWaits.push({ id: row.id, ...wait });
  return 'WAITS';
}

function suspend(batch: Batch, { id, organizationId, asset, amountMinor }: ReceiptRow, fromId: Uuid): void {
  const posted = applyJournal(
    batch.ledger,
    BANK.move({
      // Its own id: posted twice, it moves nothing twice.
      ...{ journalId: id, organizationId, amountMinor, description: 'Arrived in suspense' },
      transactionId: null,
      sourceAccountId: fromId,
      destinationAccountId: bankAccount(batch, { organizationId, kind: 'SUSPENSE', asset }),
    }),
  );
  invariant(posted.status === 'POSTED', `the suspense of a receipt was ${posted.status}`);
}

/** @param asset that the Account has to count */
export function isCreditable(account: LedgerAccount, { organizationId }: ReceiptRow, asset: string): boolean {
  const isHolders = account.kind === 'CUSTOMER' || account.kind === 'TREASURY';
  const isOwn = account.organizationId === organizationId && account.asset === asset;
  return isHolders && isOwn && account.closedAt === null;
}

/** The Transaction that credits a receipt's money, from CLEARING or from SUSPENSE. */
export function credit(
  batch: Batch,
  row: ReceiptRow,
  account: LedgerAccount,
  how: {
    readonly transactionId: Uuid;
    readonly journalId: Uuid;
    readonly fromId: Uuid;
  },
): Transaction {
  const { organizationId, amountMinor, asset } = row;
  const { transactionId: id, journalId, fromId } = how;
  const posted = applyJournal(
    batch.ledger,
    BANK.move({
      ...{ journalId, organizationId, transactionId: id, amountMinor, description: null },
      sourceAccountId: fromId,
      destinationAccountId: account.id,
    }),
  );
  invariant(posted.status === 'POSTED', `the credit of a receipt was ${posted.status}`);
  const opened = open(batch, {
    ...{ id, organizationId, type: 'FIAT_TO_FIAT', finality: 'FINAL', captureMethod: 'AUTOMATIC' },
    ...{ sourceRail: row.rail, sourceAccountId: fromId, sourceIsWallet: false, sourceCustomerId: null },
    ...{ sourceAsset: asset, sourceAmountMinor: amountMinor },
    ...{ ...creditedSide(account), destinationAmountMinor: amountMinor },
    ...{ refundOf: null, description: null, externalId: null, metadata: {} },
  });
  const done = { capturedAmountMinor: amountMinor, completedAt: batch.now };
  return advance(batch, opened, 'COMPLETED', done, {
    leg: 'DESTINATION',
    amountMinor,
    touched: [fromId, account.id],
  });
}
