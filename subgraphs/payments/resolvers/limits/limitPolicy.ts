import { readUuidPage, toConnection } from '../../../../platform/connection.ts';
import type { FailureView } from '../../../../platform/failures.ts';
import { requireScope } from '../../../../platform/graphql.ts';
import { formatId, parseId, type Uuid } from '../../../../platform/id.ts';
import { present } from '../../../../platform/invariant.ts';
import { readSetLimitPolicy } from '../../commands/limits/setLimitPolicy.ts';
import type { Context } from '../../context.ts';
import { failureOf } from '../../errors.ts';
import type { LimitPolicyResolvers, MutationResolvers, QueryResolvers } from '../../generated/resolvers.ts';
import { findLimitPolicies, listLimitPolicies } from '../../store/limits/limitPolicies.ts';
import type { LimitPolicyView } from '../../views/limits.ts';
import { moneyOf } from '../../views.ts';

/** Limits are the organization's business: a client token sees none. */
export const limitQueries: Pick<QueryResolvers, 'limitPolicies'> = {
  limitPolicies: async (_, args, { reads, viewer }) => {
    const page = readUuidPage(args);
    const rows =
      viewer.customerId === undefined ? await listLimitPolicies(reads, viewer.organizationId, page) : [];
    return toConnection(rows, page, ({ id }) => id);
  },
};

export const limitMutations: Pick<MutationResolvers, 'setLimitPolicy'> = {
  setLimitPolicy: async (_, { input }, context) => {
    const { viewer, assets, limits } = context;
    const command = readSetLimitPolicy(viewer, input, assets);
    if ('__typename' in command) return command;
    const { result, replayed } = await limits.submit(command);
    if (replayed) context.idempotentReplay = true;
    if (result.type !== 'LimitPolicy') return failureOf(result, assets) as FailureView;
    const policy = await find(result.policyId as Uuid, context);
    return { ...present(policy, 'the policy of a result'), __typename: 'LimitPolicy' };
  },
};

async function find(id: Uuid, { reads, viewer }: Context): Promise<LimitPolicyView | null> {
  if (viewer.customerId !== undefined) return null;
  const [policy] = await findLimitPolicies(reads, viewer.organizationId, [id]);
  return policy ?? null;
}

const moneyOrNull = (
  field: 'perTransactionMinor' | 'perDayMinor' | 'perThirtyDaysMinor',
): ((policy: LimitPolicyView, _: unknown, context: Context) => ReturnType<typeof moneyOf> | null) => {
  return (policy, _, { assets }) => {
    const amountMinor = policy[field];
    return amountMinor === null ? null : moneyOf(assets, amountMinor, policy.asset);
  };
};

export const limitPolicyResolvers: LimitPolicyResolvers = {
  __resolveReference: ({ id }, context) => {
    requireScope(context.viewer, 'limits:read');
    const uuid = parseId('lim', id);
    return uuid === null ? null : find(uuid, context);
  },
  id: ({ id }) => formatId('lim', id),
  customer: ({ customerId }) => (customerId === null ? null : { id: formatId('cus', customerId) }),
  asset: ({ asset }, _, { assets }) => present(assets.get(asset), `asset ${asset}`),
  perTransaction: moneyOrNull('perTransactionMinor'),
  perDay: moneyOrNull('perDayMinor'),
  perThirtyDays: moneyOrNull('perThirtyDaysMinor'),
  usedToday: ({ usedTodayMinor, asset }, _, { assets }) => moneyOf(assets, usedTodayMinor, asset),
  usedInThirtyDays: ({ usedInThirtyDaysMinor, asset }, _, { assets }) =>
    moneyOf(assets, usedInThirtyDaysMinor, asset),
};
