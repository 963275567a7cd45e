import { commonResolvers } from '../../platform/scalars.ts';
import type { Resolvers } from './generated/resolvers.ts';
import { accountResolvers, entryResolvers } from './resolvers/account.ts';
import { endorsementReasonResolvers, endorsementResolvers } from './resolvers/endorsement.ts';
import { externalAccountResolvers } from './resolvers/externalAccount.ts';
import { mutationResolvers, resultResolvers } from './resolvers/mutation.ts';
import {
  apiKeyResolvers,
  clientTokenResolvers,
  customerResolvers,
  customerScreeningResolvers,
  organizationResolvers,
} from './resolvers/parties.ts';
import { nodeResolvers, queryResolvers } from './resolvers/query.ts';
import { virtualAccountFeeResolvers, virtualAccountResolvers } from './resolvers/virtualAccount.ts';

/** The scope that each root field needs, checked before its resolver runs; null where the resolver knows. */
export const SCOPE_OF_FIELD: Readonly<Record<string, string | null>> = {
  'Query.organization': 'organization:read',
  'Query.node': null,
  'Query.nodes': null,
  'Query.customer': 'customers:read',
  'Query.customers': 'customers:read',
  'Query.account': 'accounts:read',
  'Query.exportAccountStatement': 'accounts:read',
  'Query.accounts': 'accounts:read',
  'Query.apiKeys': 'keys:read',
  'Query.externalAccount': 'external-accounts:read',
  'Query.externalAccounts': 'external-accounts:read',
  'Mutation.createApiKey': 'keys:write',
  'Mutation.revokeApiKey': 'keys:write',
  'Mutation.createCustomer': 'customers:write',
  'Mutation.updateCustomer': 'customers:write',
  'Mutation.updateCustomerDetails': 'customers:write',
  'Mutation.requestEndorsement': 'customers:write',
  'Mutation.attestEndorsement': 'compliance:write',
  'Mutation.decideEndorsement': 'compliance:write',
  'Mutation.decideCustomerScreening': 'compliance:write',
  'Mutation.eraseCustomer': 'compliance:write',
  'Mutation.setEndorsementPolicy': 'organization:write',
  'Mutation.createAccount': 'accounts:write',
  'Mutation.closeAccount': 'accounts:write',
  'Mutation.createExternalAccount': 'external-accounts:write',
  'Mutation.verifyExternalAccount': 'external-accounts:write',
  'Mutation.closeExternalAccount': 'external-accounts:write',
  'Query.virtualAccount': 'virtual-accounts:read',
  'Query.virtualAccounts': 'virtual-accounts:read',
  'Mutation.createVirtualAccount': 'virtual-accounts:write',
  'Mutation.pauseVirtualAccount': 'virtual-accounts:write',
  'Mutation.resumeVirtualAccount': 'virtual-accounts:write',
  'Mutation.closeVirtualAccount': 'virtual-accounts:write',
  'Mutation.createClientToken': 'client-tokens:write',
};

export const resolvers: Resolvers = {
  ...(commonResolvers as Resolvers),
  ...resultResolvers,
  Query: queryResolvers,
  Mutation: mutationResolvers,
  Node: nodeResolvers,
  Organization: organizationResolvers,
  ApiKey: apiKeyResolvers,
  Customer: customerResolvers,
  CustomerScreening: customerScreeningResolvers,
  Endorsement: endorsementResolvers,
  EndorsementReason: endorsementReasonResolvers,
  Account: accountResolvers,
  Entry: entryResolvers,
  ExternalAccount: externalAccountResolvers,
  ClientToken: clientTokenResolvers,
  VirtualAccount: virtualAccountResolvers,
  VirtualAccountFee: virtualAccountFeeResolvers,
};
