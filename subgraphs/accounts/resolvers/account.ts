import type { LedgerAccount } from '../../../ledger/account.ts';
import { balanceOf } from '../../../ledger/balance.ts';
import { type PageArgs, readPage, toConnection } from '../../../platform/connection.ts';
import { ApiError } from '../../../platform/errors.ts';
import { requireScope } from '../../../platform/graphql.ts';
import { formatId } from '../../../platform/id.ts';
import { present } from '../../../platform/invariant.ts';
import type { AssetScale } from '../../../platform/money.ts';
import type { Context } from '../context.ts';
import type { AccountResolvers, EntryResolvers } from '../generated/resolvers.ts';
import { balanceView, type EntryPage } from '../views.ts';
import { findAccount } from './byId.ts';

export const accountResolvers: AccountResolvers = {
  __resolveReference: ({ id }, context) => findAccount(context, id),
  id: (account) => formatId('acc', account.id),
  asset: (account, _args, context) => scaleOf(context, account),
  place: ({ place }) => (place === '' ? null : place),
  customer(account, _args, { viewer, loaders }) {
    if (account.holderId === account.organizationId) return null;
    requireScope(viewer, 'customers:read');
    return loaders.customer.load(account.holderId);
  },
  status: (account) => (account.closedAt === null ? 'OPEN' : 'CLOSED'),
  async balance(account, { at }, context) {
    const asset = scaleOf(context, account);
    if (!at) return balanceView(balanceOf(account), asset);
    const balance = await context.loaders.balanceAt(at).load(account.id);
    return balanceView(present(balance, 'balance of an account that was loaded'), asset);
  },
  entries: (account, { filter, ...args }, context) =>
    pageOfEntries(context, account, args, filter?.occurredAt ?? {}),
};

export const entryResolvers: EntryResolvers = {
  id: (entry) => `${formatId('ent', entry.accountId)}_${entry.version}`,
  version: (entry) => Number(entry.version),
  amount: (entry) => ({ amountMinor: entry.amount, asset: entry.scale }),
  balanceAfter: (entry) => balanceView(entry.balanceAfter, entry.scale),
  transaction: (entry) => entry.transactionId && { id: formatId('txn', entry.transactionId) },
  occurredAt: (entry) => entry.createdAt,
};

async function pageOfEntries(
  context: Context,
  account: LedgerAccount,
  args: PageArgs,
  span: { readonly from?: Date | null; readonly to?: Date | null },
): Promise<EntryPage> {
  const page = readPage(args);
  const range = { ...(span.from ? { from: span.from } : {}), ...(span.to ? { to: span.to } : {}) };
  const loader = context.loaders.entries(range, {
    limit: page.limit + 1,
    newestFirst: page.forward,
    ...(page.from === null ? {} : { afterVersion: versionOf(page.from) }),
  });
  const scale = scaleOf(context, account);
  const entries = await loader.load(account.id);
  return toConnection(
    entries.map((entry) => ({ ...entry, scale })),
    page,
    (entry) => String(entry.version),
  );
}

const VERSION_PATTERN = /^[1-9][0-9]{0,17}$/;

/** @throws {ApiError} BAD_USER_INPUT for the cursor of another list */
export function versionOf(key: string): bigint {
  if (VERSION_PATTERN.test(key)) return BigInt(key);
  throw new ApiError('BAD_USER_INPUT', 'that is not a cursor of a list of entries');
}

function scaleOf(context: Context, account: LedgerAccount): AssetScale {
  return present(context.services.assets.get(account.asset), `asset ${account.asset}`);
}
