import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import { ApiError } from '../../../platform/errors.ts';
import { requireScope } from '../../../platform/graphql.ts';
import { formatId, parseId } from '../../../platform/id.ts';
import { metadataPairs } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import { hasScope } from '../../../platform/viewer.ts';
import { type ExternalAccountDetails, openDetails } from '../../../rails/bank/externalAccounts/details.ts';
import { type ExternalAccountRow, REACHED_BY } from '../../../rails/bank/externalAccounts/externalAccount.ts';
import { MICRO_TRIES_MAX } from '../../../rails/bank/externalAccounts/microDeposits.ts';
import { listExternalAccounts } from '../../../rails/bank/externalAccounts/readExternalAccounts.ts';
import type { Context } from '../context.ts';
import { canSeeCustomer } from '../domain/access.ts';
import type { ExternalAccountResolvers, QueryExternalAccountsArgs } from '../generated/resolvers.ts';
import type { ExternalAccountPage } from '../views.ts';
import { findExternalAccount } from './byId.ts';

const EXTERNAL_IDS_MAX = 100;
const PII_SCOPE = 'external-accounts:pii:read';

/** Opened once for the fields of a row, however many of them are asked for. */
const opened = new WeakMap<ExternalAccountRow, Promise<ExternalAccountDetails>>();

/** What is sealed, for who may see it; null for everybody else, without asking the vault. */
function detailsOf(account: ExternalAccountRow, context: Context): Promise<ExternalAccountDetails> | null {
  if (!hasScope(context.viewer, PII_SCOPE)) return null;
  const details = opened.get(account) ?? openDetails(context.services.keyVault, account);
  opened.set(account, details);
  return details;
}

export const externalAccountResolvers: ExternalAccountResolvers = {
  __resolveReference: ({ id }, context) => findExternalAccount(context, id),
  id: (account) => formatId('xac', account.id),
  customer(account, _args, { viewer, loaders }) {
    if (account.customerId === null) return null;
    requireScope(viewer, 'customers:read');
    return loaders.customer.load(account.customerId);
  },
  assets: (account, _args, { services }) =>
    account.assets.map((code) => present(services.assets.get(code), `asset ${code}`)),
  rails: (account) => [...REACHED_BY[account.type].rails],
  declineReason: (account) => account.reason,
  verificationTriesLeft: (account) => (awaitsAmounts(account) ? MICRO_TRIES_MAX - account.microTries : null),
  verificationExpiresAt: (account) => (awaitsAmounts(account) ? account.microExpiresAt : null),
  accountNumber: async (account, _args, context) =>
    (await detailsOf(account, context))?.accountNumber ?? account.maskedNumber,
  ownerName: async (account, _args, context) =>
    (await detailsOf(account, context))?.ownerName ?? account.maskedOwner,
  ownerAddress: async (account, _args, context) => (await detailsOf(account, context))?.ownerAddress ?? null,
  metadata: (account) => [...metadataPairs(account.metadata)],
};

function awaitsAmounts(account: ExternalAccountRow): boolean {
  return account.status === 'PENDING_VERIFICATION' && account.verification === 'MICRO_DEPOSITS';
}

/** A page of them. A client token sees its own customer's only. @throws {ApiError} BAD_USER_INPUT */
export async function pageOfExternalAccounts(
  { services, viewer }: Context,
  { filter, ...args }: QueryExternalAccountsArgs,
): Promise<ExternalAccountPage> {
  const page = readUuidPage(args);
  const wanted = filter?.customerId ?? null;
  const customerId = wanted === null ? (viewer.customerId ?? null) : parseId('cus', wanted);
  const externalIds = filter?.externalIds ?? null;
  if (externalIds !== null && externalIds.length > EXTERNAL_IDS_MAX) {
    const given = externalIds.length;
    throw new ApiError(
      'BAD_USER_INPUT',
      `filter.externalIds has ${given} elements, at most ${EXTERNAL_IDS_MAX}`,
    );
  }
  const isHidden = customerId === null ? wanted !== null : !canSeeCustomer(viewer, customerId);
  const conditions = {
    customerId,
    types: filter?.types ?? null,
    statuses: filter?.statuses ?? null,
    // Nobody has one with NUL, which Postgres would refuse to be asked for.
    externalIds: externalIds?.filter((externalId) => !externalId.includes('\0')) ?? null,
  };
  const rows = isHidden
    ? []
    : await listExternalAccounts(services.reader, viewer.organizationId, conditions, page);
  return toConnection(rows, page, (account) => account.id);
}
