import type { LedgerAccount } from '../../../ledger/account.ts';
import { applyJournal } from '../../../ledger/apply.ts';
import type { StoredResult } from '../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../platform/id.ts';
import { invariant } from '../../../platform/invariant.ts';
import { ONCHAIN } from '../../../rails/onchain/onchain.ts';
import type { DepositRow } from '../../../rails/onchain/settlements.ts';
import { moveNow } from '../../../rails/singleTransfer.ts';
import { type Batch, open } from './batch.ts';
import { putLeg, systemAccount, tell } from './chainSteps.ts';
import type { AssignDepositCommand } from './command.ts';
import { findParty } from './decideCreate.ts';
import { depositDraft } from './depositDraft.ts';
import { closedAccount, invalid, mismatched, missing, succeeded } from './results.ts';

/** Takes a deposit out of suspense, for the Account that somebody says it is for; once. */
export function decideAssignDeposit(batch: Batch, command: AssignDepositCommand): StoredResult {
  const { organizationId, depositId, transactionId } = command;
  const id = formatId('chx', depositId);
  const row = batch.chain.deposits.get(depositId);
  if (!row || row.organizationId !== organizationId) return missing(id);
  const account = findParty(batch, organizationId, command.account);
  if (!account) return missing(command.account.id);
  if (!isInSuspense(row)) return invalid('chainTransactionId', id, 'a deposit that is in suspense');
  if (account.asset !== row.asset) return mismatched(account.asset, row.asset);
  if (account.closedAt !== null) return closedAccount(account.id);
  creditFromSuspense(batch, command, row, account);
  batch.chain.deposits.set(row.id, { ...row, transactionId });
  putAssigned(batch, row, transactionId);
  return succeeded(transactionId);
}

/** As far in the books as it was: what is new is whose it is. One that was settled in this batch is written once. */
function putAssigned({ chain }: Batch, { id, settledVersion }: DepositRow, transactionId: Uuid): void {
  const index = chain.settledDeposits.findIndex((one) => one.id === id);
  const settled = chain.settledDeposits[index];
  if (settled) chain.settledDeposits[index] = { ...settled, transactionId };
  else {
    const versions = { fromVersion: settledVersion, toVersion: settledVersion };
    chain.settledDeposits.push({ id, ...versions, transactionId, holdId: null });
  }
}

/** Final, in the books, and in no Transaction: what is gas for the organization was booked as such. */
function isInSuspense({ state, version, settledVersion, credits, transactionId }: DepositRow): boolean {
  return state === 'FINAL' && settledVersion === version && credits !== 'GAS' && transactionId === null;
}

function creditFromSuspense(
  batch: Batch,
  { transactionId, journalId }: AssignDepositCommand,
  row: DepositRow,
  account: LedgerAccount,
): void {
  const { id, organizationId, asset, amountMinor, network, fromAddress: address, transactionHash } = row;
  const suspenseId = systemAccount(batch, { organizationId, kind: 'SUSPENSE', asset });
  const posted = applyJournal(
    batch.ledger,
    moveNow({
      ...{ journalId, organizationId, transactionId, amountMinor, description: null },
      sourceAccountId: suspenseId,
      destinationAccountId: account.id,
    }),
  );
  invariant(posted.status === 'POSTED', `the credit of a deposit was ${posted.status}`);
  const opened = open(batch, depositDraft(transactionId, row, account, suspenseId));
  const carried = { chainTransactionId: id, transactionHash };
  putLeg(batch, {
    transactionId,
    organizationId,
    side: 'SOURCE',
    network,
    address,
    stage: 'INCLUDED',
    ...carried,
  });
  const done = {
    capturedAmountMinor: amountMinor,
    completedAt: batch.now,
    finality: ONCHAIN.finality.completed,
  };
  const touched = [suspenseId, account.id];
  tell(batch, opened, 'COMPLETED', done, { leg: 'DESTINATION', amountMinor, touched, ...carried });
}
