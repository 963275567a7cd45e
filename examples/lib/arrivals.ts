import type { Answer, Omsx } from './omsx.ts';

const DETAILS = `mutation ($input: CreateVirtualAccountInput!) { result: createVirtualAccount(input: $input) {
  ... on VirtualAccount { id bankName bankCode accountNumber } ... on Failure { code message } } }`;
const DEPOSIT = `mutation ($input: SimulateBankDepositInput!) { result: simulateBankDeposit(input: $input) {
  __typename ... on Failure { code message } } }`;
const WATCH = `subscription ($id: ID!) { result: balanceUpdates(accountId: $id) { cursor
  account { balance { posted { amount } } } } }`;

/** Bank details of their own for an account, to be given to whoever pays in. */
export async function giveDetails(omsx: Omsx, destinationId: string): Promise<Answer> {
  const input = { idempotencyKey: omsx.key(`details ${destinationId}`), type: 'US_BANK', destinationId };
  return omsx.ask(DETAILS, { input });
}

/** Sandbox only: somebody pays to the details. */
export async function payIn(
  omsx: Omsx,
  virtualAccountId: string,
  rail: string,
  amount: string,
): Promise<void> {
  const input = { idempotencyKey: omsx.key(`pay in ${virtualAccountId}`), virtualAccountId, rail, amount };
  await omsx.ask(DEPOSIT, { input: { ...input, reference: 'Invoice 7', payerName: 'Grace Payer' } });
}

/** Until so much is booked on an account, such as `12.50`. */
export async function untilBooked(omsx: Omsx, id: string, amount: string): Promise<void> {
  await omsx.watch(WATCH, { id }, ({ account }) => account.balance.posted.amount === amount);
}
