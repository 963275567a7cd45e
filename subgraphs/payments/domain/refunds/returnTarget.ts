import type { JournalResult } from '../../../../ledger/apply.ts';
import type { StoredResult } from '../../../../platform/commandLane.ts';
import { formatId, type Uuid } from '../../../../platform/id.ts';
import { invariant } from '../../../../platform/invariant.ts';
import { isBankRail } from '../../../../rails/bank/catalog/bankRails.ts';
import { bankAccount } from '../bank.ts';
import type { Batch } from '../batch.ts';
import { closedAccount, mismatched, missing } from '../results.ts';
import type { Transaction } from '../transaction.ts';
import { putSuspended, type SuspendedReturnReason } from './refundsInBatch.ts';
import { type ReturnPolicy, USUAL_POLICY } from './returnPolicy.ts';

/** What holds for a Transaction: what was declared for it, else the usual. */
export function policyOf(batch: Batch, transactionId: Uuid): ReturnPolicy {
  return batch.refunds.policies.get(transactionId) ?? USUAL_POLICY;
}

/** What is wrong with a declared policy for money in this Asset; null when nothing is. */
export function policyFault(
  batch: Batch,
  command: { readonly organizationId: Uuid; readonly returnPolicy: ReturnPolicy | null },
  asset: string,
): StoredResult | null {
  const accountId = command.returnPolicy?.accountId ?? null;
  if (accountId === null) return null;
  const account = batch.ledger.accounts.get(accountId);
  const isHolders = account?.kind === 'CUSTOMER' || account?.kind === 'TREASURY';
  if (!account || !isHolders || account.organizationId !== command.organizationId) {
    return missing(formatId('acc', accountId));
  }
  if (account.asset !== asset) return mismatched(account.asset, asset);
  return account.closedAt === null ? null : closedAccount(account.id);
}

/**
 * Keeps what holds for a Transaction that this batch makes: what was declared, else what the organization declared for
 * all. Nothing is kept of the usual, so that most Transactions have no row.
 */
export function declarePolicy(batch: Batch, transactionId: Uuid, declared: ReturnPolicy | null): void {
  const transaction = batch.transactions.get(transactionId);
  if (transaction === undefined || (declared === null && !needsPolicy(transaction))) return;
  const policy = declared ?? defaultFor(batch, transaction);
  if (policy === null || batch.refunds.policies.has(transactionId)) return;
  batch.refunds.policies.set(transactionId, policy);
  batch.refunds.declared.add(transactionId);
}

/** Of what leaves, banks alone send back; of a refund over any rail it says how often it is tried again. */
function needsPolicy({ destinationRail, refundOf }: Transaction): boolean {
  return isBankRail(destinationRail) || (refundOf !== null && destinationRail !== 'BOOK');
}

/**
 * Runs what begins a Transaction under a declared policy, or under the organization's. A policy that cannot hold is refused
 * before anything is.
 */
export function declaring(
  batch: Batch,
  command: {
    readonly organizationId: Uuid;
    readonly asset: string;
    readonly returnPolicy?: ReturnPolicy | null;
  },
  run: () => StoredResult,
): StoredResult {
  const { organizationId, asset, returnPolicy = null } = command;
  const fault = policyFault(batch, { organizationId, returnPolicy }, asset);
  if (fault) return fault;
  const result = run();
  if (result.type === 'Transaction') declarePolicy(batch, result.transactionId as Uuid, returnPolicy);
  return result;
}

/** An account in another Asset cannot be credited: there the usual holds, with as many retries. */
function defaultFor(batch: Batch, { organizationId, sourceAsset }: Transaction): ReturnPolicy | null {
  const policy = batch.refunds.defaults.get(organizationId);
  if (policy === undefined || policy.accountId === null) return policy ?? null;
  const account = batch.ledger.accounts.get(policy.accountId);
  return account?.asset === sourceAsset ? policy : { ...USUAL_POLICY, retries: policy.retries };
}

/**
 * Credits returned money as its policy says, and SUSPENSE where that is not possible any more.
 *
 * @param post moves the money to an Account; a refusal leaves nothing behind
 * @returns the Account credited, and what there is to say about it
 */
export function creditReturn(
  batch: Batch,
  paid: Transaction,
  post: (accountId: Uuid) => JournalResult,
): { readonly creditedId: Uuid; readonly note: string } {
  const { onReturn, accountId } = policyOf(batch, paid.id);
  if (onReturn !== 'HOLD_IN_SUSPENSE') {
    const wantedId = accountId ?? paid.sourceAccountId;
    if (post(wantedId).status !== 'REJECTED') return { creditedId: wantedId, note: '' };
  }
  const { organizationId, sourceAsset: asset } = paid;
  const creditedId = bankAccount(batch, { organizationId, kind: 'SUSPENSE', asset });
  const posted = post(creditedId);
  invariant(posted.status === 'POSTED', `a return was ${posted.status}`);
  const reason: SuspendedReturnReason = onReturn === 'HOLD_IN_SUSPENSE' ? 'BY_POLICY' : 'ACCOUNT_CLOSED';
  putSuspended(batch.refunds, { transactionId: paid.id, organizationId, reason, assignedAccountId: null });
  return { creditedId, note: NOTES[reason] };
}

const NOTES: Readonly<Record<SuspendedReturnReason, string>> = {
  BY_POLICY: '; the money is in suspense, as its return policy says',
  ACCOUNT_CLOSED: '; the account is closed, the money is in suspense',
};
