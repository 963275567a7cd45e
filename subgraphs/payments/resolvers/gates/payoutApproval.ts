import type { FailureView } from '../../../../platform/failures.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { readDecidePayoutApproval } from '../../commands/gates/decidePayoutApproval.ts';
import type { Context } from '../../context.ts';
import type { DecidePayoutApprovalCommand } from '../../domain/payouts/command.ts';
import type { PayoutBatch } from '../../domain/payouts/payoutBatch.ts';
import { failureOf } from '../../errors.ts';
import type { MutationResolvers } from '../../generated/resolvers.ts';

export const payoutApprovalMutations: Pick<MutationResolvers, 'approvePayoutBatch' | 'rejectPayoutBatch'> = {
  approvePayoutBatch: (_, { input }, context) =>
    decide(context, readDecidePayoutApproval(context.viewer, 'approvePayoutBatch', input)),
  rejectPayoutBatch: (_, { input }, context) =>
    decide(context, readDecidePayoutApproval(context.viewer, 'rejectPayoutBatch', input)),
};

async function decide(
  context: Context,
  command: DecidePayoutApprovalCommand | FailureView,
): Promise<(PayoutBatch & { readonly __typename: 'PayoutBatch' }) | FailureView> {
  if ('__typename' in command) return command;
  const { payouts, gates, assets } = context;
  const { result, replayed } = await payouts.lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  if (result.type !== 'PayoutBatch') return failureOf(result, assets);
  payouts.loaders.renew();
  gates.loaders.renew();
  const batch = await payouts.loaders.findBatch(result.batchId as Uuid);
  return { ...present(batch, 'the batch of a result'), __typename: 'PayoutBatch' };
}
