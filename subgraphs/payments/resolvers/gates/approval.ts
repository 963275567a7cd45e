import { readUuidPage, toConnection } from '../../../../platform/connection.ts';
import type { FailureView } from '../../../../platform/failures.ts';
import { requireScope } from '../../../../platform/graphql.ts';
import { formatId, parseId, type Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { isClient } from '../../../../platform/viewer.ts';
import { readDecideApproval } from '../../commands/gates/readGateCommands.ts';
import { readSetApprovalPolicy } from '../../commands/gates/setApprovalPolicy.ts';
import type { Context } from '../../context.ts';
import type { Approval } from '../../domain/gates/approval.ts';
import type { DecideApprovalCommand } from '../../domain/gates/command.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { failureOf } from '../../errors.ts';
import type {
  ApprovalPolicyResolvers,
  ApprovalResolvers,
  ApprovalRuleResolvers,
  MutationResolvers,
  QueryResolvers,
} from '../../generated/resolvers.ts';
import { findApprovalPolicy, listApprovals } from '../../store/gates/findApprovals.ts';
import { moneyOf } from '../../views.ts';

/** What is to be approved is the organization's business: a client token sees none of it. */
export const approvalQueries: Pick<QueryResolvers, 'approvalPolicy' | 'approval' | 'approvals'> = {
  approvalPolicy: (_, __, { reads, viewer }) =>
    isClient(viewer) ? null : findApprovalPolicy(reads, viewer.organizationId),
  approval: (_, { id }, context) => find(id, context),
  approvals: async (_, { filter, ...args }, { reads, viewer }) => {
    const page = readUuidPage(args);
    const conditions = {
      ...(filter?.statuses ? { statuses: filter.statuses } : {}),
      ...(filter?.subject ? { subject: filter.subject } : {}),
      ...(filter?.openForMe ? { openFor: viewer.subjectId } : {}),
    };
    const rows = isClient(viewer) ? [] : await listApprovals(reads, viewer.organizationId, conditions, page);
    return toConnection(rows, page, ({ id }) => id);
  },
};

export const approvalMutations: Pick<
  MutationResolvers,
  'setApprovalPolicy' | 'approveTransaction' | 'rejectTransaction'
> = {
  setApprovalPolicy: async (_, { input }, context) => {
    const { viewer, assets, gates, reads } = context;
    const command = readSetApprovalPolicy(viewer, input, assets);
    if ('__typename' in command) return command;
    const { result, replayed } = await gates.policyLane.submit(command);
    if (replayed) context.idempotentReplay = true;
    if (result.type !== 'ApprovalPolicy') return failureOf(result, assets);
    const policy = await findApprovalPolicy(reads, viewer.organizationId);
    return { ...present(policy, 'a policy that was set'), __typename: 'ApprovalPolicy' };
  },
  approveTransaction: (_, { input }, context) =>
    decide(context, readDecideApproval(context.viewer, 'approveTransaction', input)),
  rejectTransaction: (_, { input }, context) =>
    decide(context, readDecideApproval(context.viewer, 'rejectTransaction', input)),
};

async function decide(
  context: Context,
  command: DecideApprovalCommand | FailureView,
): Promise<Transaction | FailureView> {
  if ('__typename' in command) return command;
  const { lane, loaders, gates, assets } = context;
  const { result, replayed } = await lane.submit(command);
  if (replayed) context.idempotentReplay = true;
  if (result.type !== 'Transaction') return failureOf(result, assets);
  loaders.renew(null);
  gates.loaders.renew();
  const transaction = await loaders.findTransaction(result.transactionId as Uuid);
  return present(transaction, 'the transaction of a result');
}

/** The Approval behind a public id. A malformed id, an unknown one and another organization's are all null. */
async function find(id: string, { gates, viewer }: Context): Promise<Approval | null> {
  requireScope(viewer, 'transactions:read');
  const uuid = parseId('apr', id);
  const approval = uuid === null ? null : await gates.loaders.findApproval(uuid);
  return approval?.id === uuid ? approval : null;
}

export const approvalResolvers: ApprovalResolvers = {
  __resolveReference: ({ id }, context) => find(id, context),
  id: ({ id }) => formatId('apr', id),
  transaction: ({ subject, subjectId }, _, { loaders }) =>
    subject === 'TRANSACTION' ? loaders.findTransaction(subjectId) : null,
  payoutBatch: ({ subject, subjectId }, _, { payouts }) =>
    subject === 'PAYOUT_BATCH' ? payouts.loaders.findBatch(subjectId) : null,
  decisions: async ({ id }, _, { gates }) => [...(await gates.loaders.listDecisions(id))],
};

export const approvalRuleResolvers: ApprovalRuleResolvers = {
  asset: ({ asset }, _, { assets }) => (asset === null ? null : present(assets.get(asset), `asset ${asset}`)),
  minAmount: ({ asset, minAmountMinor }, _, { assets }) =>
    asset === null || minAmountMinor === null ? null : moneyOf(assets, BigInt(minAmountMinor), asset),
  rails: ({ rails }) => [...rails],
  sources: ({ sourceAccountIds }) => sourceAccountIds.map((id) => ({ id: formatId('acc', id) })),
  approvals: ({ required }) => required,
};

export const approvalPolicyResolvers: ApprovalPolicyResolvers = {
  rules: ({ rules }) => [...rules],
};
