import type { Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { formatId, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import {
  type LockedExternalAccount,
  lockExternalAccounts,
  updateExternalAccounts,
} from '../../../rails/bank/externalAccounts/changeExternalAccounts.ts';
import type { ExternalAccountRow } from '../../../rails/bank/externalAccounts/externalAccount.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../errors.ts';
import { externalAccountClosed } from '../events.ts';
import type { CloseExternalAccountInput } from '../generated/resolvers.ts';
import { type CloseExternalAccount, commandOf, submit } from './command.ts';

/** Closes a place outside for good; one that is closed already is answered as it is. Safe to retry with the same key. */
export async function closeExternalAccount(
  context: Context,
  input: CloseExternalAccountInput,
): Promise<ExternalAccountRow | FailureView> {
  const fault = checkIdempotencyKey(input.idempotencyKey);
  if (fault) return fault;
  const externalAccountId = parseId('xac', input.id);
  if (externalAccountId === null) return notFound(input.id);
  const command = commandOf(context, 'closeExternalAccount', input);
  const result = await submit(context, { ...command, externalAccountId });
  const failure = failureOf(result);
  if (failure) return failure;
  return present(await context.loaders.externalAccount.load(externalAccountId), 'closed external account');
}

/** Decides a batch; of two that close one, the first has the event. */
export async function decideCloseExternalAccounts(
  tx: Tx,
  commands: readonly CloseExternalAccount[],
): Promise<readonly Outcome[]> {
  const ids = [...new Set(commands.map((command) => command.externalAccountId))];
  const accounts = await lockExternalAccounts(tx, ids);
  const closed = new Map<Uuid, LockedExternalAccount>();
  const outcomes = commands.map(({ externalAccountId, organizationId }): Outcome => {
    const account = accounts.get(externalAccountId);
    const id = formatId('xac', externalAccountId);
    if (account?.organizationId !== organizationId) return { result: { type: 'NotFound', id }, events: [] };
    const result = { type: 'ExternalAccount', id };
    if (account.status === 'CLOSED') return { result, events: [] };
    const next = { ...account, status: 'CLOSED' as const, version: account.version + 1 };
    accounts.set(next.id, next);
    closed.set(next.id, next);
    return { result, events: [externalAccountClosed(next)] };
  });
  await updateExternalAccounts(tx, [...closed.values()]);
  return outcomes;
}
