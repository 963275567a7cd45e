import { formatId, parseId, type Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { MicroDepositRow } from '../../../../rails/bank/microDeposits/microDeposit.ts';
import { readSendMicroDeposits } from '../../commands/microDeposits/readMicroDeposits.ts';
import type { Context } from '../../context.ts';
import { failureOf } from '../../errors.ts';
import type { MicroDepositsResolvers, MutationResolvers } from '../../generated/resolvers.ts';

export const microDepositsResolvers: MicroDepositsResolvers = {
  status: ({ state }) => state,
  externalAccount: ({ externalAccountId }) => ({ id: formatId('xac', externalAccountId) }),
  source: ({ accountId }) => ({ id: formatId('acc', accountId) }),
};

/** Null where none were sent; a client token is told nothing of it. */
export async function microDepositsOf(
  id: string,
  { viewer, loaders }: Context,
): Promise<MicroDepositRow | null> {
  const uuid = parseId('xac', id);
  return uuid === null || viewer.customerId !== undefined ? null : loaders.findMicroDeposits(uuid);
}

export const microDepositsMutations: Pick<MutationResolvers, 'sendMicroDeposits'> = {
  async sendMicroDeposits(_, { input }, context) {
    const { viewer, reads, ways, lane, loaders, assets } = context;
    const command = await readSendMicroDeposits(viewer.organizationId, input, reads, ways.bank);
    if ('__typename' in command) return command;
    const { result, replayed } = await lane.submit(command);
    if (replayed) context.idempotentReplay = true;
    if (result.type !== 'MicroDeposits') return failureOf(result, assets);
    const row = await loaders.findMicroDeposits(result.externalAccountId as Uuid);
    return { ...present(row, 'micro-deposits'), __typename: 'MicroDeposits' };
  },
};
