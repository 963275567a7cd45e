import { type Api, CREATE_ACCOUNT, CREATE_CUSTOMER, CREATE_WALLET, FUND_SANDBOX } from '../crash/api.ts';

/** What an integrator does over the API, one call each. Keys are new each time unless given. */
let keyLast = 0;

export function newKey(): string {
  keyLast += 1;
  return `e2e-${process.pid}-${Date.now()}-${keyLast}`;
}

/** A customer with a USD account and a USD wallet. */
export interface Party {
  readonly customerId: string;
  readonly accountId: string;
  readonly walletId: string;
}

export async function onboard(api: Api, legalName: string): Promise<Party> {
  const customerId = await make(api, CREATE_CUSTOMER, { type: 'BUSINESS', legalName });
  const accountId = await make(api, CREATE_ACCOUNT, { customerId, asset: 'USD' });
  const walletId = await make(api, CREATE_WALLET, { customerId, network: 'LEDGER', asset: 'USD' });
  return { customerId, accountId, walletId };
}

export async function fund(api: Api, destinationId: string, amount: string): Promise<void> {
  await make(api, FUND_SANDBOX, { destinationId, amount });
}

/** Sends a mutation that must succeed; gives the id of what it made. */
export async function make(
  api: Api,
  document: string,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { data } = await api.mutate(document, { idempotencyKey: newKey(), ...input });
  if (data.code !== undefined) throw new Error(`${data.__typename}: ${data.message}`);
  return data.id ?? '';
}

const BALANCE = `query Balance($id: ID!) {
  account(id: $id) { balance { posted { amount } pending { amount } available { amount } } }
}`;

interface Amount {
  readonly amount: string;
}

/** Posted and available, such as `100.00/80.00`. */
export async function balanceOf(api: Api, id: string): Promise<string> {
  type Data = {
    readonly account: { readonly balance: { readonly posted: Amount; readonly available: Amount } };
  };
  const { balance } = (await api.ask<Data>(BALANCE, { id })).data.account;
  return `${balance.posted.amount}/${balance.available.amount}`;
}

const TIMELINE = `query Timeline($id: ID!) {
  transaction(id: $id) {
    status capturedAmount { amount } refundedAmount { amount } events { version kind status terminal }
  }
}`;

export interface Timeline {
  readonly status: string;
  readonly capturedAmount: Amount;
  readonly refundedAmount: Amount;
  readonly events: readonly { readonly version: number; readonly kind: string; readonly status: string }[];
}

export async function timelineOf(api: Api, id: string): Promise<Timeline> {
  return (await api.ask<{ readonly transaction: Timeline }>(TIMELINE, { id })).data.transaction;
}
