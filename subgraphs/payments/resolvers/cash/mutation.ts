import { sleep } from '../../../../platform/clock.ts';
import type { FailureView } from '../../../../platform/failures.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { readAssignCashReceipt } from '../../commands/assignReceipt.ts';
import { readCancelCashIn, readCreateCashIn, readRefreshCashIn } from '../../commands/cash/readCashIn.ts';
import type { Context } from '../../context.ts';
import type { CashCommand } from '../../domain/cash/command.ts';
import { failureOf } from '../../errors.ts';
import type { MutationResolvers } from '../../generated/resolvers.ts';
import { type CashInView, shownAs } from '../../views/cash.ts';
import { runTransaction } from '../run.ts';
import { cashSandbox } from './sandbox.ts';

type CashMutation =
  | 'createCashIn'
  | 'refreshCashIn'
  | 'cancelCashIn'
  | 'assignCashReceipt'
  | keyof typeof cashSandbox;

/** How long an answer waits for a network's code, and how often it looks. */
const CODE_WAIT_MS = 3_000;
const CODE_STEP_MS = 75;

export const cashMutations: Pick<MutationResolvers, CashMutation> = {
  createCashIn: (_, { input }, context) => {
    const { assets, cash, viewer } = context;
    const adapter = cash.connection?.adapter ?? null;
    return change(context, readCreateCashIn(viewer.organizationId, input, assets, adapter));
  },
  refreshCashIn: (_, { input }, context) =>
    change(context, readRefreshCashIn(context.viewer.organizationId, input)),
  cancelCashIn: (_, { input }, context) =>
    change(context, readCancelCashIn(context.viewer.organizationId, input)),
  assignCashReceipt: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readAssignCashReceipt(organizationId, input)),
  ...cashSandbox,
};

/** Sends what was asked down the lane, and answers with the CashIn; whoever asked for its code first is shown it. */
async function change(
  context: Context,
  command: CashCommand | FailureView,
): Promise<CashInView | FailureView> {
  if ('__typename' in command) return command;
  const { lane, loaders, assets } = context;
  const { result, replayed } = await lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  if (result.type !== 'CashIn') return failureOf(result, assets);
  loaders.renew(null);
  const id = result.cashInId as Uuid;
  const awaitsCode = !replayed && command.operation !== 'cancelCashIn';
  if (awaitsCode) return await awaitCode(id, context);
  return shownAs(present(await loaders.cash.findCashIn(id), 'the cash-in of a result'), 'SINGLE');
}

/** The CashIn once its code has come, or as it is when that takes too long: the code can be read later by who may. */
async function awaitCode(id: Uuid, { loaders }: Context): Promise<CashInView> {
  const untilMs = performance.now() + CODE_WAIT_MS;
  for (;;) {
    const row = present(await loaders.cash.findCashIn(id), 'the cash-in of a result');
    if (row.status !== 'PENDING' || performance.now() > untilMs) return shownAs(row, 'FRESH');
    await sleep(CODE_STEP_MS);
    loaders.cash.renew();
  }
}
