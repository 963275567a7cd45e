import {
  type CommandLane,
  createCommandLane,
  type Handle,
  type Outcome,
} from '../../../platform/commandLane.ts';
import { present } from '../../../platform/invariant.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { decideCustomerChanges } from './changeCustomers.ts';
import { decideChangeVirtualAccounts } from './changeVirtualAccount.ts';
import { decideCloseAccounts } from './closeAccount.ts';
import { decideCloseExternalAccounts } from './closeExternalAccount.ts';
import type { AccountsCommand, CustomerCommand } from './command.ts';
import { decideCreateAccounts } from './createAccount.ts';
import { decideCreateApiKeys } from './createApiKey.ts';
import { decideCreateClientTokens } from './createClientToken.ts';
import { decideCreateCustomers } from './createCustomer.ts';
import { decideCreateExternalAccounts } from './createExternalAccount.ts';
import { decideCreateVirtualAccounts } from './createVirtualAccount.ts';
import { decideRevokeApiKeys } from './revokeApiKey.ts';
import { decideSetPolicies } from './setEndorsementPolicy.ts';
import { decideVerifyExternalAccounts } from './verifyExternalAccount.ts';

type Operation = Exclude<AccountsCommand, CustomerCommand>['operation'];
/** By the operation that a command may have: one type of command may serve several. */
type CommandOf<O extends Operation> = AccountsCommand extends infer C
  ? C extends { readonly operation: Operation }
    ? O extends C['operation']
      ? C
      : never
    : never
  : never;
type Decide<C> = (tx: Tx, commands: readonly C[]) => Promise<readonly Outcome[]>;

/** In the order in which a batch decides them and locks: organizations, customers, accounts, keys, places outside. */
const DECIDE: { readonly [O in Operation]: Decide<CommandOf<O>> } = {
  setEndorsementPolicy: decideSetPolicies,
  createCustomer: decideCreateCustomers,
  createAccount: decideCreateAccounts,
  closeAccount: decideCloseAccounts,
  createApiKey: decideCreateApiKeys,
  revokeApiKey: decideRevokeApiKeys,
  createExternalAccount: decideCreateExternalAccounts,
  verifyExternalAccount: decideVerifyExternalAccounts,
  closeExternalAccount: decideCloseExternalAccounts,
  createClientToken: decideCreateClientTokens,
  createVirtualAccount: decideCreateVirtualAccounts,
  pauseVirtualAccount: decideChangeVirtualAccounts,
  resumeVirtualAccount: decideChangeVirtualAccounts,
  closeVirtualAccount: decideChangeVirtualAccounts,
};

/**
 * Decides a mixed batch in a handful of statements, whatever its size. Commands of one batch are concurrent (none
 * is answered before all are), so any order of them is right; by kind is the one that needs fewest statements.
 */
export const handleAccounts: Handle<AccountsCommand> = async (tx, commands) => {
  const outcomes = new Map<AccountsCommand, Outcome>();
  for (const operation of Object.keys(DECIDE) as Operation[]) {
    await decideKind(operation, tx, commands, outcomes);
    if (operation === 'createCustomer') await decideChanges(tx, commands, outcomes);
  }
  return commands.map((command) => present(outcomes.get(command), `outcome of ${command.operation}`));
};

/** All kinds at once, as what they lock is locked at once: two batches that lock by kind would wait for one another. */
async function decideChanges(
  tx: Tx,
  commands: readonly AccountsCommand[],
  outcomes: Map<AccountsCommand, Outcome>,
): Promise<void> {
  const changes = commands.filter(isCustomerCommand);
  if (changes.length === 0) return;
  const decided = await decideCustomerChanges(tx, changes);
  for (const [index, command] of changes.entries()) {
    outcomes.set(command, present(decided[index], `outcome ${index} of a change`));
  }
}

function isCustomerCommand(command: AccountsCommand): command is CustomerCommand {
  return !Object.hasOwn(DECIDE, command.operation);
}

async function decideKind<O extends Operation>(
  operation: O,
  tx: Tx,
  commands: readonly AccountsCommand[],
  outcomes: Map<AccountsCommand, Outcome>,
): Promise<void> {
  const same = commands.filter((command): command is CommandOf<O> => command.operation === operation);
  if (same.length === 0) return;
  const decided = await DECIDE[operation](tx, same);
  for (const [index, command] of same.entries()) {
    outcomes.set(command, present(decided[index], `outcome ${index} of ${operation}`));
  }
}

/** @param writer as role omsx_accounts_writer */
export function createAccountsLane(writer: Database): CommandLane<AccountsCommand> {
  return createCommandLane({ name: 'accounts', database: writer, handle: handleAccounts });
}
