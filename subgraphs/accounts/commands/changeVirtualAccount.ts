import type { Outcome } from '../../../platform/commandLane.ts';
import { type FailureView, notFound } from '../../../platform/failures.ts';
import { formatId, parseId, type Uuid } from '../../../platform/id.ts';
import { checkIdempotencyKey } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import type {
  VirtualAccountRow,
  VirtualAccountStatus,
} from '../../../rails/bank/virtualAccounts/virtualAccount.ts';
import {
  lockVirtualAccounts,
  updateVirtualAccounts,
} from '../../../rails/bank/virtualAccounts/writeVirtualAccounts.ts';
import type { Context } from '../context.ts';
import { failureOf } from '../errors.ts';
import { virtualAccountChanged } from '../events.ts';
import type { ChangeVirtualAccountInput } from '../generated/resolvers.ts';
import { type ChangeVirtualAccount, commandOf, submit } from './command.ts';

/** By the status that comes of it: the mutation, and the fact that is told. */
const CHANGES = {
  PAUSED: { operation: 'pauseVirtualAccount', fact: 'Paused' },
  ACTIVE: { operation: 'resumeVirtualAccount', fact: 'Resumed' },
  CLOSED: { operation: 'closeVirtualAccount', fact: 'Closed' },
} as const;

/** Pauses, resumes or closes; one that is so already is answered as it is. Safe to retry with the same key. */
export async function changeVirtualAccount(
  context: Context,
  status: VirtualAccountStatus,
  input: ChangeVirtualAccountInput,
): Promise<VirtualAccountRow | FailureView> {
  const fault = checkIdempotencyKey(input.idempotencyKey);
  if (fault) return fault;
  const virtualAccountId = parseId('vac', input.id);
  if (virtualAccountId === null) return notFound(input.id);
  const command = commandOf(context, CHANGES[status].operation, input);
  const result = await submit(context, { ...command, virtualAccountId, status });
  const failure = failureOf(result);
  if (failure) return failure;
  return present(await context.loaders.virtualAccount.load(virtualAccountId), 'changed virtual account');
}

/** Decides a batch in order on top of the locked rows. What is closed stays closed. */
export async function decideChangeVirtualAccounts(
  tx: Tx,
  commands: readonly ChangeVirtualAccount[],
): Promise<readonly Outcome[]> {
  const ids = [...new Set(commands.map((command) => command.virtualAccountId))];
  const accounts = await lockVirtualAccounts(tx, ids);
  const changed = new Map<Uuid, VirtualAccountRow>();
  const outcomes = commands.map(({ virtualAccountId, organizationId, status }): Outcome => {
    const account = accounts.get(virtualAccountId);
    const id = formatId('vac', virtualAccountId);
    if (account?.organizationId !== organizationId) return { result: { type: 'NotFound', id }, events: [] };
    const result = { type: 'VirtualAccount', id };
    if (account.status === status) return { result, events: [] };
    if (account.status === 'CLOSED') return { result: { type: 'VirtualAccountClosed', id }, events: [] };
    const next = { ...account, status, version: account.version + 1 };
    accounts.set(next.id, next);
    changed.set(next.id, next);
    return { result, events: [virtualAccountChanged(CHANGES[status].fact, next)] };
  });
  await updateVirtualAccounts(tx, [...changed.values()]);
  return outcomes;
}
