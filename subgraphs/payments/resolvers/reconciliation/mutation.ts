import type { FailureView } from '../../../../platform/failures.ts';
import { formatId, type Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { findLine } from '../../../../rails/bank/statements/readAccountLines.ts';
import { readAssignBankBooking } from '../../commands/assignReceipt.ts';
import { readImportBankStatement } from '../../commands/reconciliation/importBankStatement.ts';
import { readResolveItem } from '../../commands/reconciliation/resolveItem.ts';
import { readTakeAsFee } from '../../commands/reconciliation/takeAsFee.ts';
import { failureOf } from '../../errors.ts';
import type { MutationResolvers } from '../../generated/resolvers.ts';
import { runTransaction } from '../run.ts';
import { findItem } from './query.ts';
import { simulateBankBooking } from './simulateBankBooking.ts';

export type ReconciliationMutation =
  | 'importBankStatement'
  | 'resolveReconciliationItem'
  | 'assignBankBooking'
  | 'takeBankBookingAsFee'
  | 'simulateBankBooking';

export const reconciliationMutations: Pick<MutationResolvers, ReconciliationMutation> = {
  importBankStatement: async (_, { input }, context) => {
    const { viewer, assets, ways, webhooks, reconciliation } = context;
    const vault = () => (ways.bank === null ? webhooks.vault() : Promise.resolve(ways.bank.vault));
    const command = await readImportBankStatement(viewer, input, assets, vault);
    if ('__typename' in command) return command;
    const { result, replayed } = await reconciliation.submit(command);
    if (replayed) context.idempotentReplay = true;
    if (result.type !== 'ImportedBankStatement') return failureOf(result, assets) as FailureView;
    const { statements, lines, repeated } = result;
    return {
      __typename: 'ImportedBankStatement',
      statements: Number.parseInt(String(statements), 10),
      bookings: Number.parseInt(String(lines), 10),
      repeated: Number.parseInt(String(repeated), 10),
    };
  },
  simulateBankBooking: (_, { input }, context) => simulateBankBooking(input, context),
  resolveReconciliationItem: async (_, { input }, context) => {
    const { viewer, assets, lane } = context;
    const command = readResolveItem(viewer, input);
    if ('__typename' in command) return command;
    const { result, replayed } = await lane.submit(command);
    if (replayed) context.idempotentReplay = true;
    if (result.type !== 'ReconciliationItem') return failureOf(result, assets);
    const item = await findItem(formatId('rit', result.itemId as Uuid), context);
    return { ...present(item, 'the item of a result'), __typename: 'ReconciliationItem' };
  },
  assignBankBooking: (_, { input }, context) =>
    runTransaction(context, (organizationId) => readAssignBankBooking(organizationId, input)),
  takeBankBookingAsFee: async (_, { input }, context) => {
    const { viewer, assets, lane, reads } = context;
    const command = readTakeAsFee(viewer, input);
    if ('__typename' in command) return command;
    const { result, replayed } = await lane.submit(command);
    if (replayed) context.idempotentReplay = true;
    if (result.type !== 'BankBooking') return failureOf(result, assets);
    const line = await findLine(reads, viewer.organizationId, result.lineId as Uuid);
    return { ...present(line, 'the line of a result'), __typename: 'BankBooking' };
  },
};
