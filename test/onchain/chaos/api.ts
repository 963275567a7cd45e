import type { Address } from 'viem';
import { type Api, CREATE_CUSTOMER, CREATE_WALLET } from '../../crash/api.ts';
import { waitFor } from '../../crash/child.ts';

const ADDRESS_TIMEOUT_MS = 30_000;

/** A Wallet of a customer on the local chain. */
export interface ChainWallet {
  readonly id: string;
  readonly address: Address;
}

const WALLET = 'query Wallet($id: ID!) { wallet(id: $id) { address } }';
const SEND = `mutation Send($input: CreateTransactionInput!) {
  result: createTransaction(input: $input) {
    __typename ... on Failure { code message retryable } ... on Transaction { id status }
  }
}`;
const POSTED = `query Posted($id: ID!) {
  wallet(id: $id) { account { balance { posted { amount } pending { amount } available { amount } } } }
}`;
const TIMELINE = `query Timeline($id: ID!) {
  transaction(id: $id) { status finality events { version kind status } }
}`;
const OPEN = `query Open {
  transactions(first: 100, filter: { statuses: [PROCESSING, AWAITING_ACTION] }) {
    edges { node { id status events { kind } } }
  }
}`;

export async function openWallet(api: Api, name: string): Promise<ChainWallet> {
  const customer = await api.mutate(CREATE_CUSTOMER, {
    idempotencyKey: `customer ${name}`,
    type: 'BUSINESS',
    legalName: name,
  });
  const wallet = await api.mutate(CREATE_WALLET, {
    idempotencyKey: `wallet ${name}`,
    customerId: customer.data.id,
    network: 'LOCAL',
    asset: 'USDC',
  });
  const id = wallet.data.id as string;
  let address: Address | null = null;
  await waitFor(`address of ${name}`, ADDRESS_TIMEOUT_MS, async () => {
    const { data } = await api.ask<{ wallet: { address: Address | null } }>(WALLET, { id });
    address = data.wallet.address;
    return address !== null;
  });
  return { id, address: address as unknown as Address };
}

/** Null where the wallet has not enough. @param amount in USDC */
export async function send(
  api: Api,
  options: {
    readonly key: string;
    readonly from: ChainWallet;
    readonly to: Address;
    readonly amount: string;
  },
): Promise<string | null> {
  const { data } = await api.mutate(SEND, {
    idempotencyKey: options.key,
    sourceId: options.from.id,
    destinationAddress: options.to,
    amount: options.amount,
    asset: 'USDC',
  });
  if (data.__typename === 'InsufficientFunds') return null;
  if (data.id === undefined) throw new Error(`a send came to ${JSON.stringify(data)}`);
  return data.id;
}

export interface Holdings {
  readonly posted: bigint;
  readonly pending: bigint;
  readonly available: bigint;
}

export async function holdingsOf(api: Api, { id }: ChainWallet): Promise<Holdings> {
  type Amounts = Readonly<Record<keyof Holdings, { readonly amount: string }>>;
  const { data } = await api.ask<{ wallet: { account: { balance: Amounts } } }>(POSTED, { id });
  const { posted, pending, available } = data.wallet.account.balance;
  return { posted: minor(posted.amount), pending: minor(pending.amount), available: minor(available.amount) };
}

export interface Timeline {
  readonly status: string;
  readonly finality: string;
  readonly events: readonly { readonly version: number; readonly kind: string; readonly status: string }[];
}

export async function timelineOf(api: Api, id: string): Promise<Timeline> {
  return (await api.ask<{ transaction: Timeline }>(TIMELINE, { id })).data.transaction;
}

/** What is still under way, at most 100, each with its steps. */
export async function listOpen(api: Api): Promise<readonly string[]> {
  type Node = {
    readonly id: string;
    readonly status: string;
    readonly events: readonly { readonly kind: string }[];
  };
  const { data } = await api.ask<{ transactions: { edges: readonly { readonly node: Node }[] } }>(OPEN);
  return data.transactions.edges.map(
    ({ node }) => `${node.id} ${node.status}: ${node.events.map(({ kind }) => kind).join(', ')}`,
  );
}

/** Six decimals, as USDC has. */
export function minor(amount: string): bigint {
  const [whole = '0', decimals = ''] = amount.split('.');
  return BigInt(`${whole}${decimals.padEnd(6, '0')}`);
}
