import { type CommandLane, createCommandLane, type Outcome } from '../../../platform/commandLane.ts';
import { present } from '../../../platform/invariant.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { type ChangeDepositAddress, changeDepositAddresses } from './changeDepositAddress.ts';
import { type CreateDepositAddress, openDepositAddresses } from './createDepositAddress.ts';
import { type CreateWallet, openWallets } from './createWallet.ts';
import { type FundSandbox, fundSandbox } from './fundSandbox.ts';

export type WalletsCommand = CreateWallet | FundSandbox | CreateDepositAddress | ChangeDepositAddress;

/** The one lane of this subgraph: every write goes through it, whatever its kind, batched with its neighbours. */
export function createWalletsLane(writes: Database, catalogue: Catalogue): CommandLane<WalletsCommand> {
  return createCommandLane({
    name: 'wallets',
    database: writes,
    handle: (tx, commands) => runCommands(tx, commands, catalogue),
  });
}

/**
 * Wallets first, so that a funding or a deposit address in the same batch would find its Wallet; answers in the order of the commands.
 */
async function runCommands(
  tx: Tx,
  commands: readonly WalletsCommand[],
  catalogue: Catalogue,
): Promise<readonly Outcome[]> {
  const creations = commands.filter((command) => command.operation === 'createWallet');
  const fundings = commands.filter((command) => command.operation === 'fundSandbox');
  const places = commands.filter((command) => command.operation === 'createDepositAddress');
  const changes = commands.filter((command) => 'depositAddressId' in command);
  const created = await openWallets(tx, creations, catalogue);
  const opened = await openDepositAddresses(tx, places, catalogue);
  const changed = await changeDepositAddresses(tx, changes);
  const funded = await fundSandbox(tx, fundings, catalogue.assets);
  const outcomes = new Map<WalletsCommand, Outcome | undefined>([
    ...creations.map((command, index) => [command, created[index]] as const),
    ...places.map((command, index) => [command, opened[index]] as const),
    ...changes.map((command, index) => [command, changed[index]] as const),
    ...fundings.map((command, index) => [command, funded[index]] as const),
  ]);
  return commands.map((command) => present(outcomes.get(command), `the outcome of ${command.operation}`));
}
