import { formatId, parseId } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import type { StreamMessage } from '../../../../schema/events.ts';
import type { Context } from '../../context.ts';
import type { PayoutBatchEventResolvers, PayoutBatchUpdateResolvers } from '../../generated/resolvers.ts';
import { type PayoutBatchUpdateView, payoutStepOf } from '../../views/payouts.ts';
import { nothingAt, requireVisible } from '../stream.ts';

/** `cursor` and `event` come from the message and cost no read; the PayoutBatch is read fresh. */
export async function batchUpdate(
  { cursor, event }: StreamMessage,
  id: string,
  { viewer, payouts }: Context,
): Promise<PayoutBatchUpdateView> {
  const batchId = parseId('bat', id);
  if (batchId === null) throw nothingAt(id);
  if (event) requireVisible(event, viewer);
  else if (!(await payouts.loaders.findBatch(batchId))) throw nothingAt(id);
  return { cursor, batchId, event: event && payoutStepOf(event) };
}

export const payoutBatchUpdateResolvers: PayoutBatchUpdateResolvers = {
  batch: async ({ batchId }, _, { payouts }) =>
    present(await payouts.loaders.findBatch(batchId), 'the batch of a stream'),
};

export const payoutBatchEventResolvers: PayoutBatchEventResolvers = {
  id: ({ id }) => formatId('evt', id),
};
