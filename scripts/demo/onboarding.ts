import type { Api } from './api.ts';
import type { PayrollLine } from './payroll.ts';

/** Either an id, or the sentence in which the API said why not. */
export type Onboarded = { readonly id: string } | { readonly refused: string };

interface Result {
  readonly __typename: string;
  readonly id?: string;
  readonly existingId?: string;
  readonly message?: string;
}

const CREATE_CUSTOMER = `mutation Onboard($input: CreateCustomerInput!) {
  result: createCustomer(input: $input) {
    __typename ... on Customer { id } ... on ExternalIdTaken { existingId } ... on Failure { message }
  }
}`;

const CREATE_WALLET = `mutation OpenWallet($input: CreateWalletInput!) {
  result: createWallet(input: $input) { __typename ... on Wallet { id } ... on Failure { message } }
}`;

const CREATE_TREASURY = `mutation OpenTreasury($input: CreateAccountInput!) {
  result: createAccount(input: $input) { __typename ... on Account { id } ... on Failure { message } }
}`;

const FUND = `mutation Fund($input: FundSandboxInput!) {
  result: fundSandbox(input: $input) { __typename ... on SandboxFunding { amount { amount } } ... on Failure { message } }
}`;

/** Onboards the person on this line and opens a USD wallet. Safe to repeat: keys derive from the employee's id. */
export async function onboard(api: Api, line: PayrollLine): Promise<Onboarded> {
  const { employeeId, firstName, lastName, email } = line;
  const customer = await call(api, CREATE_CUSTOMER, {
    idempotencyKey: `demo-customer-${employeeId}`,
    type: 'INDIVIDUAL',
    externalId: employeeId,
    firstName,
    lastName,
    email,
  });
  const customerId = customer.id ?? customer.existingId;
  if (!customerId) return { refused: customer.message ?? customer.__typename };
  const wallet = await call(api, CREATE_WALLET, {
    idempotencyKey: `demo-wallet-${employeeId}`,
    customerId,
    network: 'LEDGER',
    asset: 'USD',
    name: 'Salary',
  });
  return wallet.id ? { id: wallet.id } : { refused: wallet.message ?? wallet.__typename };
}

/** The treasury account that the salaries come from, holding `amount` of play money since the first run. */
export async function openTreasury(api: Api, amount: string): Promise<string> {
  const account = await call(api, CREATE_TREASURY, {
    idempotencyKey: 'demo-treasury',
    asset: 'USD',
    name: 'Payroll',
  });
  if (!account.id) throw new Error(`the treasury account was refused: ${account.message}`);
  const funding = await call(api, FUND, {
    idempotencyKey: 'demo-funding',
    destinationId: account.id,
    amount,
  });
  if (funding.__typename !== 'SandboxFunding') throw new Error(`the funding was refused: ${funding.message}`);
  return account.id;
}

async function call(api: Api, document: string, input: Readonly<Record<string, unknown>>): Promise<Result> {
  return (await api.query<{ result: Result }>(document, { input })).data.result;
}
