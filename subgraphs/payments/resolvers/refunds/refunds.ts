import { type PageArgs, readUuidPage, toConnection } from '../../../../platform/connection.ts';
import type { FailureView } from '../../../../platform/failures.ts';
import { formatId, type Uuid } from '../../../../platform/id.ts';
import { isBankRail } from '../../../../rails/bank/catalog/bankRails.ts';
import { readSetDefaultReturnPolicy } from '../../commands/refunds/setDefaultReturnPolicy.ts';
import type { Context } from '../../context.ts';
import { returnPolicyOf } from '../../domain/refunds/decideDefaultReturnPolicy.ts';
import { USUAL_POLICY } from '../../domain/refunds/returnPolicy.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { failureOf } from '../../errors.ts';
import type {
  MutationResolvers,
  QueryResolvers,
  RefundRecoveryResolvers,
  ReturnPolicyResolvers,
  SuspendedReturnResolvers,
  TransactionResolvers,
} from '../../generated/resolvers.ts';
import { findDefaultPolicy, listOpen, type RefundList } from '../../store/refunds/findRefundRows.ts';
import { moneyOf, type TransactionConnectionView } from '../../views.ts';

/** All of this is the organization's business: a client token sees none of it. */
export const refundQueries: Pick<
  QueryResolvers,
  'escalatedRefunds' | 'suspendedReturns' | 'defaultReturnPolicy'
> = {
  escalatedRefunds: (_, args, context) => list('ESCALATED', args, context),
  suspendedReturns: (_, args, context) => list('SUSPENDED', args, context),
  defaultReturnPolicy: (_, __, { reads, viewer }) =>
    viewer.customerId === undefined ? findDefaultPolicy(reads, viewer.organizationId) : null,
};

async function list(
  name: RefundList,
  args: PageArgs,
  { reads, viewer }: Context,
): Promise<TransactionConnectionView> {
  const page = readUuidPage(args);
  const isWhole = viewer.customerId === undefined;
  const rows = isWhole ? await listOpen(reads, viewer.organizationId, name, page) : [];
  return toConnection(rows, page, ({ id }) => id);
}

export const refundMutations: Pick<MutationResolvers, 'setDefaultReturnPolicy'> = {
  setDefaultReturnPolicy: async (_, { input }, context) => {
    const { viewer, lane, assets } = context;
    const command = readSetDefaultReturnPolicy(viewer, input);
    if ('__typename' in command) return command;
    const { result, replayed } = await lane.submit(command);
    if (replayed) context.idempotentReplay = true;
    if (result.type !== 'ReturnPolicy') return failureOf(result, assets) as FailureView;
    return { ...returnPolicyOf(result), __typename: 'ReturnPolicy' };
  },
};

export const refundTransactionResolvers: Pick<
  TransactionResolvers,
  'refundingAmount' | 'returnPolicy' | 'refundRecovery' | 'suspendedReturn'
> = {
  refundingAmount: ({ refundingAmountMinor, sourceAsset }, _, { assets }) =>
    moneyOf(assets, refundingAmountMinor, sourceAsset),
  returnPolicy: async (transaction, _, context) =>
    isReturnable(transaction, context)
      ? ((await context.loaders.findRefundRows(transaction.id)).policy ?? USUAL_POLICY)
      : null,
  refundRecovery: async (transaction, _, context) =>
    transaction.refundOf !== null && hasEnded(transaction, context)
      ? (await context.loaders.findRefundRows(transaction.id)).recovery
      : null,
  suspendedReturn: async (transaction, _, context) =>
    transaction.status === 'RETURNED' && hasEnded(transaction, context)
      ? (await context.loaders.findRefundRows(transaction.id)).suspended
      : null,
};

/** Asks only where there may be something: what stays in our own books costs no read. */
function isReturnable({ destinationRail, refundOf }: Transaction, { viewer }: Context): boolean {
  const isOverRail = isBankRail(destinationRail) || (refundOf !== null && destinationRail !== 'BOOK');
  return isOverRail && viewer.customerId === undefined;
}

function hasEnded({ status }: Transaction, { viewer }: Context): boolean {
  return viewer.customerId === undefined && (status === 'FAILED' || status === 'RETURNED');
}

export const returnPolicyResolvers: ReturnPolicyResolvers = {
  accountId: ({ accountId }) => idOrNull('acc', accountId),
};

export const refundRecoveryResolvers: RefundRecoveryResolvers = {
  nextAttemptAt: ({ nextAt }) => nextAt,
  retriedById: ({ retriedBy }) => idOrNull('txn', retriedBy),
};

export const suspendedReturnResolvers: SuspendedReturnResolvers = {
  assignedAccountId: ({ assignedAccountId }) => idOrNull('acc', assignedAccountId),
};

function idOrNull(prefix: 'acc' | 'txn', id: Uuid | null): string | null {
  return id === null ? null : formatId(prefix, id);
}
