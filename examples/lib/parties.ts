import type { Omsx } from './omsx.ts';

const CUSTOMER = `mutation ($input: CreateCustomerInput!) { result: createCustomer(input: $input) {
  ... on Customer { id } ... on Failure { code message } } }`;
const ACCOUNT = `mutation ($input: CreateAccountInput!) { result: createAccount(input: $input) {
  ... on Account { id } ... on Failure { code message } } }`;
const FUND = `mutation ($input: FundSandboxInput!) { result: fundSandbox(input: $input) {
  ... on SandboxFunding { account { id } } ... on Failure { code message } } }`;
const BALANCE = `query ($id: ID!) { account(id: $id) { balance { available { amount asset { code } } } } }`;

/** Onboards a person. */
export async function onboard(omsx: Omsx, firstName: string, lastName: string): Promise<string> {
  const input = {
    idempotencyKey: omsx.key(`${firstName} ${lastName}`),
    type: 'INDIVIDUAL',
    firstName,
    lastName,
  };
  return (await omsx.ask(CUSTOMER, { input })).id;
}

/** Opens an account for a customer, or for the organization itself. */
export async function openAccount(
  omsx: Omsx,
  options: { readonly customerId?: string; readonly asset: string; readonly name: string },
): Promise<string> {
  const input = {
    idempotencyKey: omsx.key(`${options.customerId} ${options.asset} ${options.name}`),
    ...options,
  };
  return (await omsx.ask(ACCOUNT, { input })).id;
}

/** Sandbox only: money from nowhere. */
export async function fund(omsx: Omsx, destinationId: string, amount: string): Promise<void> {
  await omsx.ask(FUND, {
    input: { idempotencyKey: omsx.key(`fund ${destinationId}`), destinationId, amount },
  });
}

/** What can be spent, such as `12.50 USD`. */
export async function availableOf(omsx: Omsx, id: string): Promise<string> {
  const { available } = (await omsx.ask(BALANCE, { id })).account.balance;
  return `${available.amount} ${available.asset.code}`;
}
