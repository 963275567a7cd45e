import { requireScope } from '../../../platform/graphql.ts';
import { changeVirtualAccount } from '../commands/changeVirtualAccount.ts';
import { closeAccount } from '../commands/closeAccount.ts';
import { closeExternalAccount } from '../commands/closeExternalAccount.ts';
import { createAccount } from '../commands/createAccount.ts';
import { createApiKey } from '../commands/createApiKey.ts';
import { createClientToken } from '../commands/createClientToken.ts';
import { createCustomer } from '../commands/createCustomer.ts';
import { createExternalAccount } from '../commands/createExternalAccount.ts';
import { createVirtualAccount } from '../commands/createVirtualAccount.ts';
import { decideCustomerScreening } from '../commands/decideCustomerScreening.ts';
import { decideEndorsement } from '../commands/decideEndorsement.ts';
import { eraseCustomer } from '../commands/eraseCustomer.ts';
import { requestEndorsement } from '../commands/requestEndorsement.ts';
import { revokeApiKey } from '../commands/revokeApiKey.ts';
import { setEndorsementPolicy } from '../commands/setEndorsementPolicy.ts';
import { updateCustomer } from '../commands/updateCustomer.ts';
import { updateCustomerDetails } from '../commands/updateCustomerDetails.ts';
import { verifyExternalAccount } from '../commands/verifyExternalAccount.ts';
import type { MutationResolvers, Resolvers } from '../generated/resolvers.ts';

export const mutationResolvers: MutationResolvers = {
  createApiKey: (_root, { input }, context) => createApiKey(context, input),
  revokeApiKey: (_root, { input }, context) => revokeApiKey(context, input),
  createCustomer: (_root, { input }, context) => createCustomer(context, input),
  updateCustomer: (_root, { input }, context) => updateCustomer(context, input),
  updateCustomerDetails: (_root, { input }, context) => updateCustomerDetails(context, input),
  requestEndorsement: (_root, { input }, context) => requestEndorsement(context, 'requestEndorsement', input),
  attestEndorsement: (_root, { input }, context) => requestEndorsement(context, 'attestEndorsement', input),
  decideEndorsement: (_root, { input }, context) => decideEndorsement(context, input),
  async decideCustomerScreening(_root, { input }, context) {
    // The answer to what cannot be decided tells how it stands.
    requireScope(context.viewer, 'compliance:read');
    return await decideCustomerScreening(context, input);
  },
  eraseCustomer: (_root, { input }, context) => eraseCustomer(context, input),
  setEndorsementPolicy: (_root, { input }, context) => setEndorsementPolicy(context, input),
  createAccount: (_root, { input }, context) => createAccount(context, input),
  closeAccount: (_root, { input }, context) => closeAccount(context, input),
  createExternalAccount: (_root, { input }, context) => createExternalAccount(context, input),
  verifyExternalAccount: (_root, { input }, context) => verifyExternalAccount(context, input),
  closeExternalAccount: (_root, { input }, context) => closeExternalAccount(context, input),
  createVirtualAccount: (_root, { input }, context) => createVirtualAccount(context, input),
  pauseVirtualAccount: (_root, { input }, context) => changeVirtualAccount(context, 'PAUSED', input),
  resumeVirtualAccount: (_root, { input }, context) => changeVirtualAccount(context, 'ACTIVE', input),
  closeVirtualAccount: (_root, { input }, context) => changeVirtualAccount(context, 'CLOSED', input),
  createClientToken: (_root, { input }, context) => createClientToken(context, input),
};

/** Failures and the new key say what they are; a row is the success that its union has one of. */
function resultOf(success: string): { readonly __resolveType: (result: object) => never } {
  return {
    __resolveType: (result) => ('__typename' in result ? result.__typename : success) as never,
  };
}

export const resultResolvers: Resolvers = {
  CreateApiKeyResult: resultOf('CreatedApiKey'),
  RevokeApiKeyResult: resultOf('ApiKey'),
  CreateCustomerResult: resultOf('Customer'),
  UpdateCustomerResult: resultOf('Customer'),
  UpdateCustomerDetailsResult: resultOf('Customer'),
  RequestEndorsementResult: resultOf('Customer'),
  AttestEndorsementResult: resultOf('Customer'),
  DecideEndorsementResult: resultOf('Customer'),
  DecideCustomerScreeningResult: resultOf('Customer'),
  EraseCustomerResult: resultOf('Customer'),
  SetEndorsementPolicyResult: resultOf('Organization'),
  CreateAccountResult: resultOf('Account'),
  CloseAccountResult: resultOf('Account'),
  CreateExternalAccountResult: resultOf('ExternalAccount'),
  VerifyExternalAccountResult: resultOf('ExternalAccount'),
  CloseExternalAccountResult: resultOf('ExternalAccount'),
  CreateVirtualAccountResult: resultOf('VirtualAccount'),
  ChangeVirtualAccountResult: resultOf('VirtualAccount'),
  CreateClientTokenResult: resultOf('ClientToken'),
};
