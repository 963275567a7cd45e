import type { StoredResult } from '../../../../platform/commandLane.ts';
import { externalIdTaken, type FailureView, keyFailure } from '../../../../platform/failures.ts';
import { formatId, type Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { readCancelPayoutBatch } from '../../commands/payouts/cancelPayoutBatch.ts';
import {
  type ReadPayoutBatch,
  readCreatePayoutBatch,
  readUploadPayoutBatch,
} from '../../commands/payouts/createPayoutBatch.ts';
import { findFaults } from '../../commands/payouts/findFaults.ts';
import { resolveOutside, sealItems } from '../../commands/payouts/resolveOutside.ts';
import type { Context } from '../../context.ts';
import type { PayoutCommand } from '../../domain/payouts/command.ts';
import type { PayoutBatch } from '../../domain/payouts/payoutBatch.ts';
import { PAYOUT_FAULTS_MAX, type PayoutFault } from '../../domain/payouts/payoutRequest.ts';
import { failureOf } from '../../errors.ts';
import type { MutationResolvers } from '../../generated/resolvers.ts';
import type { InvalidView, PreviewView } from '../../views/payouts.ts';
import { moneyOf } from '../../views.ts';

type Batch = PayoutBatch & { readonly __typename: 'PayoutBatch' };

type PayoutMutations = Pick<
  MutationResolvers,
  'createPayoutBatch' | 'uploadPayoutBatch' | 'cancelPayoutBatch'
>;

export const payoutMutations: PayoutMutations = {
  createPayoutBatch: (_, { input }, context) => {
    return handIn(context, readCreatePayoutBatch(context.viewer, input, context.assets), input.dryRun);
  },
  uploadPayoutBatch: (_, { input }, context) => {
    return handIn(context, readUploadPayoutBatch(context.viewer, input, context.assets), input.dryRun);
  },
  cancelPayoutBatch: async (_, { input }, context) => {
    const command = readCancelPayoutBatch(context.viewer.organizationId, input);
    return '__typename' in command ? command : submit(context, command);
  },
};

/**
 * Looks at everything, then hands it to the lane. A batch with faults is refused and its key is free again, unless an
 * earlier request with the key was accepted: what it paid since may well be why there are faults now.
 */
async function handIn(
  context: Context,
  read: ReadPayoutBatch | FailureView,
  dryRun: boolean | null | undefined,
): Promise<Batch | PreviewView | InvalidView | FailureView> {
  if ('__typename' in read) return read;
  const { reads, payouts, assets, ways, catalog } = context;
  const resolved = await resolveOutside(ways, catalog, read);
  const { command } = resolved;
  const found = await findFaults(reads, payouts.writes, resolved);
  const faults = [...resolved.faults, ...found.faults];
  if (found.refusal || faults.length > 0) {
    const isKnown = !dryRun && (await payouts.isKeyKnown(command));
    if (isKnown) return submit(context, command);
    return found.refusal ? failureOf(found.refusal, assets) : invalid(faults, read);
  }
  if (!dryRun) return submit(context, await sealItems(ways, resolved));
  const { totalMinor, asset } = command;
  return {
    __typename: 'PayoutBatchPreview',
    total: { count: command.items.length, amount: moneyOf(assets, totalMinor, asset) },
    available: moneyOf(assets, found.availableMinor, asset),
    isCovered: found.availableMinor >= totalMinor,
  };
}

async function submit(context: Context, command: PayoutCommand): Promise<Batch | FailureView> {
  const { payouts, assets } = context;
  const { result, replayed } = await payouts.lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  if (result.type !== 'PayoutBatch') return payoutFailure(result) ?? failureOf(result, assets);
  payouts.loaders.renew();
  const batch = await payouts.loaders.findBatch(result.batchId as Uuid);
  return { ...present(batch, 'the batch of a result'), __typename: 'PayoutBatch' };
}

function payoutFailure(result: StoredResult): FailureView | null {
  if (result.type === 'PayoutExternalIdTaken') {
    return externalIdTaken(String(result.externalId), formatId('bat', result.existingId as Uuid));
  }
  if (result.type === 'PayoutBatchEnded') {
    const payoutBatchId = formatId('bat', result.batchId as Uuid);
    const batchStatus = result.status;
    const message = `${payoutBatchId} is ${batchStatus}: nothing of it is pending`;
    return {
      __typename: 'PayoutBatchEnded',
      code: 'INVALID_STATE',
      message,
      retryable: false,
      payoutBatchId,
      batchStatus,
    } as FailureView;
  }
  return keyFailure(result);
}

/** In the order of the file where there is one. */
function invalid(faults: readonly PayoutFault[], { columnOf }: ReadPayoutBatch): InvalidView {
  const ordered = faults
    .map((fault) => ({ ...fault, field: columnOf(fault.field) }))
    .sort((a, b) => (a.row ?? 0) - (b.row ?? 0) || (a.item ?? 0) - (b.item ?? 0));
  const items = new Set(faults.map(({ item, row }) => `${item} ${row}`)).size;
  return {
    __typename: 'PayoutBatchInvalid',
    code: 'INVALID_INPUT',
    message: `nothing was accepted: ${faults.length} faults in ${items} items`,
    retryable: false,
    faultCount: faults.length,
    faults: ordered.slice(0, PAYOUT_FAULTS_MAX),
  };
}
