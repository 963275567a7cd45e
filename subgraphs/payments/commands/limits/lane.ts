import { type CommandLane, createCommandLane, type Outcome } from '../../../../platform/commandLane.ts';
import { formatId } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Database, Tx } from '../../../../platform/postgres.ts';
import { missing } from '../../domain/results.ts';
import { isCustomer, setPolicy } from '../../store/limits/limitPolicies.ts';
import type { SetLimitPolicyCommand } from './setLimitPolicy.ts';

const BATCH_SIZE_MAX = 20;
const QUEUE_MAX = 200;

/**
 * Sets LimitPolicies. A payment that is being decided holds the policy's lock, so that a new limit holds for all that is
 * decided after it.
 *
 * @param database role omsx_payments_writer
 */
export function createLimitsLane(database: Database): CommandLane<SetLimitPolicyCommand> {
  return createCommandLane<SetLimitPolicyCommand>({
    name: 'limits',
    database,
    handle,
    limits: { batchSizeMax: BATCH_SIZE_MAX, queueMax: QUEUE_MAX },
  });
}

/** In one order, so that two processes never wait for each other. */
async function handle(tx: Tx, commands: readonly SetLimitPolicyCommand[]): Promise<readonly Outcome[]> {
  const outcomes = new Map<SetLimitPolicyCommand, Outcome>();
  const inOrder = [...commands].sort((a, b) => (partyOf(a) < partyOf(b) ? -1 : 1));
  for (const command of inOrder) outcomes.set(command, await set(tx, command));
  return commands.map((command) => present(outcomes.get(command), 'an outcome'));
}

function partyOf({ policy }: SetLimitPolicyCommand): string {
  return `${policy.organizationId} ${policy.customerId} ${policy.asset}`;
}

async function set(tx: Tx, { policy, setBy }: SetLimitPolicyCommand): Promise<Outcome> {
  const { organizationId, customerId } = policy;
  if (customerId !== null && !(await isCustomer(tx, organizationId, customerId))) {
    return { result: missing(formatId('cus', customerId)), events: [] };
  }
  return { result: { type: 'LimitPolicy', policyId: await setPolicy(tx, policy, setBy) }, events: [] };
}
