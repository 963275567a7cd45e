import type { StoredResult } from '../../../platform/commandLane.ts';
import type { Uuid } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import { readCreateWallet } from '../commands/createWallet.ts';
import { readFundSandbox } from '../commands/fundSandbox.ts';
import type { WalletsCommand } from '../commands/lane.ts';
import type { Context } from '../context.ts';
import { failureOf, sandboxOnly } from '../errors.ts';
import type { MutationResolvers } from '../generated/resolvers.ts';
import { accountView } from '../views.ts';
import { depositAddressMutations } from './depositAddress.ts';

export const mutationResolvers: MutationResolvers = {
  ...depositAddressMutations,
  createWallet: async (_, { input }, context) => {
    const command = readCreateWallet(context.viewer.organizationId, input, context.catalogue);
    if ('__typename' in command) return command;
    const result = await submit(command, context);
    if (result.type !== 'Wallet') return failureOf(result);
    const wallet = present(await context.loaders.findWallet(result.id as Uuid), 'the wallet just opened');
    return { ...wallet, __typename: 'Wallet' };
  },
  fundSandbox: async (_, { input }, context) => {
    if (context.mode !== 'SANDBOX') return sandboxOnly();
    const command = readFundSandbox(context.viewer.organizationId, input);
    if ('__typename' in command) return command;
    const result = await submit(command, context);
    if (result.type !== 'SandboxFunding') return failureOf(result);
    return {
      __typename: 'SandboxFunding',
      account: accountView(result.accountId as Uuid),
      amount: {
        amountMinor: BigInt(String(result.amountMinor)),
        asset: present(context.catalogue.assets.get(String(result.asset)), `asset ${result.asset}`),
      },
    };
  },
};

async function submit(command: WalletsCommand, context: Context): Promise<StoredResult> {
  const { result, replayed } = await context.lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  return result;
}
