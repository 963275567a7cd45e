import type { LedgerAccount } from '../../../ledger/account.ts';
import { closeAccount as closeInLedger } from '../../../ledger/open.ts';
import type { Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, invalidInput, notFound } from '../../../platform/failures.ts';
import { formatId, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../errors.ts';
import { accountClosed } from '../events.ts';
import type { CloseAccountInput } from '../generated/resolvers.ts';
import { lockAccounts } from '../store/accounts.ts';
import { type CloseAccount, commandOf, submit } from './command.ts';

/** Closes an empty account for good; one that is closed already is answered as it is. Safe to retry with the same key. */
export async function closeAccount(
  context: Context,
  input: CloseAccountInput,
): Promise<LedgerAccount | FailureView> {
  const fault = checkIdempotencyKey(input.idempotencyKey);
  if (fault) return fault;
  const id = parseId('acc', input.id);
  const account = id && (await context.loaders.account.load(id));
  if (!account) return notFound(input.id);
  // The kind of an account never changes. The others are the ledger's own, and posting needs them.
  if (account.kind !== 'CUSTOMER' && account.kind !== 'TREASURY') {
    return invalidInput('id', input.id, `an account of kind CUSTOMER or TREASURY, not ${account.kind}`);
  }
  const result = await submit(context, {
    ...commandOf(context, 'closeAccount', input),
    accountId: account.id,
  });
  const failure = failureOf(result);
  if (failure) return failure;
  return present(await context.loaders.account.load(account.id), 'closed account');
}

/**
 * Decides a batch, account by account: closing is rare, and the ledger offers no set of it. All are locked
 * before in one order, so that this cannot deadlock with postings.
 */
export async function decideCloseAccounts(
  tx: Tx,
  commands: readonly CloseAccount[],
): Promise<readonly Outcome[]> {
  const accounts = await lockAccounts(tx, [...new Set(commands.map((command) => command.accountId))]);
  const closed = new Set<Uuid>();
  const outcomes: Outcome[] = [];
  for (const { accountId, organizationId } of commands) {
    const account = accounts.get(accountId);
    const id = formatId('acc', accountId);
    if (account?.organizationId !== organizationId) {
      outcomes.push({ result: { type: 'NotFound', id }, events: [] });
      continue;
    }
    const wasOpen = account.closedAt === null && !closed.has(accountId);
    const answer = wasOpen ? await closeInLedger(tx, accountId) : 'CLOSED';
    if (answer !== 'CLOSED') {
      outcomes.push({ result: { type: 'AccountNotEmpty', accountId: id }, events: [] });
      continue;
    }
    closed.add(accountId);
    outcomes.push({ result: { type: 'Account', id }, events: wasOpen ? [accountClosed(account)] : [] });
  }
  return outcomes;
}
