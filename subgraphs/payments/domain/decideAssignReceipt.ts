import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId } from '../../../platform/id.ts';
import { bankAccount, putSettledReceipt } from './bank.ts';
import type { Batch } from './batch.ts';
import type { AssignReceiptCommand } from './command.ts';
import { findParty } from './decideCreate.ts';
import { credit, isCreditable } from './decideSettleReceipt.ts';
import { closedAccount, invalid, mismatched, missing, succeeded } from './results.ts';

/** Takes money that arrived for nobody out of suspense, for the Account that somebody says it is for; once. */
export function decideAssignReceipt(batch: Batch, command: AssignReceiptCommand): StoredResult {
  const { organizationId, receiptId, transactionId, journalId } = command;
  const id = formatId('rcp', receiptId);
  const row = batch.bank.receipts.get(receiptId);
  if (!row || row.organizationId !== organizationId) return missing(id);
  const account = findParty(batch, organizationId, command.account);
  if (!account) return missing(command.account.id);
  if (row.settledVersion !== row.version) return invalid('receiptId', id, 'a receipt that is in the books');
  if (batch.arrivals.states.get(receiptId) === 'REFUSED') {
    return invalid('receiptId', id, 'a receipt that may be assigned');
  }
  if (row.transactionId !== null) return invalid('receiptId', id, 'a receipt that is assigned to nobody yet');
  if (account.asset !== row.asset) return mismatched(account.asset, row.asset);
  if (!isCreditable(account, row, row.asset)) return closedAccount(account.id);
  const fromId = bankAccount(batch, { organizationId, kind: 'SUSPENSE', asset: row.asset });
  credit(batch, row, account, { transactionId, journalId, fromId });
  putSettledReceipt(batch, { ...row, accountId: account.id, transactionId, version: row.version + 1 });
  return succeeded(transactionId);
}
