import type { StoredResult } from '../../../../platform/commandLane.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Batch } from '../batch.ts';
import type { SetDefaultReturnPolicyCommand } from './refundCommand.ts';
import type { OnReturn, ReturnPolicy } from './returnPolicy.ts';
import { policyFault } from './returnTarget.ts';

/** Says what holds for what begins from now on; what has begun keeps what held then. */
export function decideDefaultReturnPolicy(
  batch: Batch,
  command: SetDefaultReturnPolicyCommand,
): StoredResult {
  const { organizationId, returnPolicy, setBy } = command;
  const { accountId, onReturn, retries } = returnPolicy;
  const asset = accountId === null ? '' : (batch.ledger.accounts.get(accountId)?.asset ?? '');
  const fault = policyFault(batch, command, asset);
  if (fault) return fault;
  batch.refunds.newDefaults.set(organizationId, { ...returnPolicy, setBy });
  return { type: 'ReturnPolicy', onReturn, accountId, retries: String(retries) };
}

/** What the result of `decideDefaultReturnPolicy` says. */
export function returnPolicyOf({ onReturn, accountId, retries }: StoredResult): ReturnPolicy {
  const count = Number.parseInt(String(retries), 10);
  return {
    onReturn: present(onReturn, 'a policy') as OnReturn,
    accountId: accountId as ReturnPolicy['accountId'],
    retries: count,
  };
}
