import { readUuidPage, toConnection } from '../../../platform/connection.ts';
import { requireScope } from '../../../platform/graphql.ts';
import { formatId } from '../../../platform/id.ts';
import { metadataPairs } from '../../../platform/inputs.ts';
import { present } from '../../../platform/invariant.ts';
import { hasScope } from '../../../platform/viewer.ts';
import { displayName } from '../domain/customer.ts';
import type {
  ApiKeyResolvers,
  ClientTokenResolvers,
  CustomerResolvers,
  CustomerScreeningResolvers,
  OrganizationResolvers,
} from '../generated/resolvers.ts';
import { findApiKey, findCustomer, findOrganization } from './byId.ts';
import { endorsementsOf } from './endorsement.ts';
import { personalOf } from './personal.ts';

export const organizationResolvers: OrganizationResolvers = {
  __resolveReference: ({ id }, context) => findOrganization(context, id),
  id: (organization) => formatId('org', organization.id),
};

export const apiKeyResolvers: ApiKeyResolvers = {
  __resolveReference: ({ id }, context) => findApiKey(context, id),
  id: (key) => formatId('key', key.id),
};

export const clientTokenResolvers: ClientTokenResolvers = {
  async customer({ customerId }, _args, { viewer, loaders }) {
    requireScope(viewer, 'customers:read');
    return present(await loaders.customer.load(customerId), 'customer of a token');
  },
};

export const customerScreeningResolvers: CustomerScreeningResolvers = {
  matches: ({ matches }) => [...matches],
};

export const customerResolvers: CustomerResolvers = {
  __resolveReference: ({ id }, context) => findCustomer(context, id),
  id: (customer) => formatId('cus', customer.id),
  displayName: async (customer, _args, context) => displayName(await personalOf(customer, context)),
  firstName: async (customer, _args, context) => (await personalOf(customer, context)).firstName ?? null,
  lastName: async (customer, _args, context) => (await personalOf(customer, context)).lastName ?? null,
  legalName: async (customer, _args, context) => (await personalOf(customer, context)).legalName ?? null,
  email: async (customer, _args, context) => (await personalOf(customer, context)).email ?? null,
  details: async (customer, _args, context) =>
    customer.erasedAt === null ? await personalOf(customer, context) : null,
  endorsements: (customer, _args, context) => endorsementsOf(customer, context),
  screening: (customer, _args, { viewer, loaders }) =>
    hasScope(viewer, 'compliance:read') ? loaders.screening.load(customer.id) : null,
  metadata: (customer) => [...metadataPairs(customer.metadata)],
  async accounts(customer, args, { viewer, loaders }) {
    requireScope(viewer, 'accounts:read');
    const page = readUuidPage(args);
    const rows = await loaders.accountsOfCustomer(page).load(customer.id);
    return toConnection(rows, page, (account) => account.id);
  },
  async externalAccounts(customer, args, { viewer, loaders }) {
    requireScope(viewer, 'external-accounts:read');
    const page = readUuidPage(args);
    const rows = await loaders.externalAccountsOfCustomer(page).load(customer.id);
    return toConnection(rows, page, (account) => account.id);
  },
  async virtualAccounts(customer, args, { viewer, loaders }) {
    requireScope(viewer, 'virtual-accounts:read');
    const page = readUuidPage(args);
    const rows = await loaders.virtualAccountsOfCustomer(page).load(customer.id);
    return toConnection(rows, page, (account) => account.id);
  },
};
