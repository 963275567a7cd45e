import { applyJournal } from '../../../../ledger/apply.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import { present } from '../../../../platform/invariant.ts';
import { BANK } from '../../../../rails/bank/bank.ts';
import { advance, type Batch } from '../batch.ts';
import { systemKey } from '../chain.ts';
import { findParty } from '../decideCreate.ts';
import { findOwn, missingTransaction } from '../find.ts';
import { illegal, mismatched, missing, refused, succeeded } from '../results.ts';
import type { AssignReturnCommand } from './refundCommand.ts';
import { putSuspended } from './refundsInBatch.ts';

/** Takes returned money out of suspense, for the Account that somebody says it is for; once. */
export function decideAssignReturn(batch: Batch, command: AssignReturnCommand): StoredResult {
  const { organizationId, transactionId, journalId } = command;
  const paid = findOwn(batch, organizationId, transactionId);
  if (!paid) return missingTransaction(transactionId);
  const account = findParty(batch, organizationId, command.account);
  if (!account) return missing(command.account.id);
  const suspended = batch.refunds.suspended.get(paid.id);
  if (!suspended || suspended.assignedAccountId !== null) {
    return illegal(paid, 'none of its money is in suspense');
  }
  const { sourceAsset: asset, sourceAmountMinor: amountMinor } = paid;
  if (account.asset !== asset) return mismatched(account.asset, asset);
  const key = systemKey({ organizationId, kind: 'SUSPENSE', asset });
  const suspenseId = present(batch.refunds.systemAccounts.get(key), key);
  const posted = applyJournal(
    batch.ledger,
    BANK.move({
      ...{ journalId, organizationId, transactionId, amountMinor, description: 'Returned by the bank' },
      ...{ sourceAccountId: suspenseId, destinationAccountId: account.id },
    }),
  );
  if (posted.status === 'REJECTED') return refused(posted.rejection, asset);
  putSuspended(batch.refunds, { ...suspended, assignedAccountId: account.id });
  const touched = [suspenseId, account.id];
  advance(batch, paid, 'RETURN_ASSIGNED', {}, { leg: 'SOURCE', amountMinor, touched });
  return succeeded(paid.id);
}
