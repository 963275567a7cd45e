import type { LedgerAccount } from '../../../ledger/account.ts';
import { requireScope } from '../../../platform/graphql.ts';
import { parseId, prefixOf, type Uuid } from '../../../platform/id.ts';
import type { ExternalAccountRow } from '../../../rails/bank/externalAccounts/externalAccount.ts';
import type { VirtualAccountRow } from '../../../rails/bank/virtualAccounts/virtualAccount.ts';
import type { Context } from '../context.ts';
import type { ApiKeyRow, CustomerRow, OrganizationRow } from '../store/rows.ts';

/**
 * Objects by their public ids, each behind the scope of its type: the one way in for root fields, `node` and
 * `_entities`. Null when there is none that the Viewer may see.
 *
 * @throws {ApiError} FORBIDDEN, which says nothing about the object: it depends on its prefix only.
 */
export async function findOrganization(context: Context, id: string): Promise<OrganizationRow | null> {
  requireScope(context.viewer, 'organization:read');
  return await load(context.loaders.organization, parseId('org', id));
}

export async function findApiKey(context: Context, id: string): Promise<ApiKeyRow | null> {
  requireScope(context.viewer, 'keys:read');
  return await load(context.loaders.apiKey, parseId('key', id));
}

export async function findCustomer(context: Context, id: string): Promise<CustomerRow | null> {
  requireScope(context.viewer, 'customers:read');
  return await load(context.loaders.customer, parseId('cus', id));
}

export async function findAccount(context: Context, id: string): Promise<LedgerAccount | null> {
  requireScope(context.viewer, 'accounts:read');
  return await load(context.loaders.account, parseId('acc', id));
}

export async function findExternalAccount(context: Context, id: string): Promise<ExternalAccountRow | null> {
  requireScope(context.viewer, 'external-accounts:read');
  return await load(context.loaders.externalAccount, parseId('xac', id));
}

export async function findVirtualAccount(context: Context, id: string): Promise<VirtualAccountRow | null> {
  requireScope(context.viewer, 'virtual-accounts:read');
  return await load(context.loaders.virtualAccount, parseId('vac', id));
}

export type NodeView =
  | (OrganizationRow & { readonly __typename: 'Organization' })
  | (ApiKeyRow & { readonly __typename: 'ApiKey' })
  | (CustomerRow & { readonly __typename: 'Customer' })
  | (LedgerAccount & { readonly __typename: 'Account' })
  | (VirtualAccountRow & { readonly __typename: 'VirtualAccount' })
  | (ExternalAccountRow & { readonly __typename: 'ExternalAccount' })
  | {
      readonly __typename:
        | 'Wallet'
        | 'Transaction'
        | 'Quote'
        | 'ChainTransaction'
        | 'PayoutBatch'
        | 'PayoutItem'
        | 'LimitPolicy'
        | 'CashIn';
      readonly id: string;
    };

/** Any object by its id. Of what other subgraphs own only the form of the id is known: the router asks them. */
export async function findNode(context: Context, id: string): Promise<NodeView | null> {
  switch (prefixOf(id)) {
    case 'org':
      return named('Organization', await findOrganization(context, id));
    case 'key':
      return named('ApiKey', await findApiKey(context, id));
    case 'cus':
      return named('Customer', await findCustomer(context, id));
    case 'acc':
      return named('Account', await findAccount(context, id));
    case 'xac':
      return named('ExternalAccount', await findExternalAccount(context, id));
    case 'vac':
      return named('VirtualAccount', await findVirtualAccount(context, id));
    case 'wal':
      return parseId('wal', id) && { __typename: 'Wallet', id };
    case 'txn':
      return parseId('txn', id) && { __typename: 'Transaction', id };
    case 'quo':
      return parseId('quo', id) && { __typename: 'Quote', id };
    case 'bat':
      return parseId('bat', id) && { __typename: 'PayoutBatch', id };
    case 'lim':
      return parseId('lim', id) && { __typename: 'LimitPolicy', id };
    case 'pay':
      return parseId('pay', id) && { __typename: 'PayoutItem', id };
    case 'csh':
      return parseId('csh', id) && { __typename: 'CashIn', id };
    case 'chx':
      return parseId('chx', id) && { __typename: 'ChainTransaction', id };
    default:
      return null;
  }
}

function named<Name extends string, Row extends object>(
  __typename: Name,
  row: Row | null,
): (Row & { readonly __typename: Name }) | null {
  return row && { ...row, __typename };
}

async function load<Row>(
  loader: { load(id: Uuid): Promise<Row | null> },
  id: Uuid | null,
): Promise<Row | null> {
  return id === null ? null : await loader.load(id);
}
