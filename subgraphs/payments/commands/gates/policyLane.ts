import { type CommandLane, createCommandLane, type Outcome } from '../../../../platform/commandLane.ts';
import { present } from '../../../../platform/invariant.ts';
import type { Database, Tx } from '../../../../platform/postgres.ts';
import { ownsAccounts, setApprovalPolicy } from '../../store/gates/setApprovalPolicy.ts';
import type { SetApprovalPolicyCommand } from './setApprovalPolicy.ts';

const BATCH_SIZE_MAX = 20;
const QUEUE_MAX = 200;

/**
 * Sets ApprovalPolicies. A payment that is decided after the commit is under the new one; what waits keeps the rule that
 * applied when it was made.
 *
 * @param database role omsx_payments_writer
 */
export function createApprovalPolicyLane(database: Database): CommandLane<SetApprovalPolicyCommand> {
  return createCommandLane<SetApprovalPolicyCommand>({
    name: 'approvalPolicies',
    database,
    handle,
    limits: { batchSizeMax: BATCH_SIZE_MAX, queueMax: QUEUE_MAX },
  });
}

/** In one order, so that two processes never wait for each other. */
async function handle(tx: Tx, commands: readonly SetApprovalPolicyCommand[]): Promise<readonly Outcome[]> {
  const outcomes = new Map<SetApprovalPolicyCommand, Outcome>();
  const inOrder = [...commands].sort((a, b) => (a.organizationId < b.organizationId ? -1 : 1));
  for (const command of inOrder) outcomes.set(command, await set(tx, command));
  return commands.map((command) => present(outcomes.get(command), 'an outcome'));
}

async function set(tx: Tx, command: SetApprovalPolicyCommand): Promise<Outcome> {
  const ids = [...new Set(command.rules.flatMap(({ sourceAccountIds }) => sourceAccountIds))];
  if (!(await ownsAccounts(tx, command.organizationId, ids))) {
    const expected = 'accounts or wallets of the organization';
    return { result: { type: 'InvalidInput', field: 'rules.sources', value: null, expected }, events: [] };
  }
  await setApprovalPolicy(tx, command);
  return { result: { type: 'ApprovalPolicy' }, events: [] };
}
