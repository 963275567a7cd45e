import { randomUUID } from 'node:crypto';
import { inParallel } from '../../../platform/inParallel.ts';

import { askSubgraph, type Signing } from '../../signedApi.ts';
import type { PlatformSubgraph, PlatformUrls } from './main.ts';

const PARALLEL = 8;

const CREATE_WALLET = `mutation Open($input: CreateWalletInput!) {
  result: createWallet(input: $input) { __typename ... on Wallet { account { id } } ... on Failure { message } }
}`;

const FUND = `mutation Fund($input: FundSandboxInput!) {
  result: fundSandbox(input: $input) { __typename ... on Failure { message } }
}`;

const PAY = `mutation Pay($input: CreateTransactionInput!) {
  result: createTransaction(input: $input) { __typename ... on Failure { message } }
}`;

interface Result {
  readonly result: {
    readonly __typename: string;
    readonly account?: { readonly id: string };
    readonly message?: string;
  };
}

/** Accounts with a Wallet, a balance and two Transactions each. Gives their ids. @throws when one is refused */
export async function openAccounts(
  urls: PlatformUrls,
  signing: Signing,
  count: number,
): Promise<readonly string[]> {
  const run = randomUUID();
  const ask = async (subgraph: PlatformSubgraph, query: string, input: Record<string, unknown>) => {
    const { result } = await askSubgraph<Result>(urls[subgraph], signing, query, { input });
    if (result.message !== undefined) throw new Error(`${subgraph} refused: ${result.message}`);
    return result;
  };
  const ids: string[] = [];
  const numbers = Array.from({ length: count }, (_value, index) => index);
  await inParallel(numbers, PARALLEL, async (number) => {
    const idempotencyKey = `bench-${run}-${number}`;
    const name = `Bench ${String(number).padStart(4, '0')}`;
    const opened = await ask('wallets', CREATE_WALLET, {
      ...{ idempotencyKey, network: 'LEDGER', asset: 'USD', name },
    });
    const id = opened.account?.id ?? '';
    await ask('wallets', FUND, { idempotencyKey, destinationId: id, amount: '1000.00' });
    ids[number] = id;
  });
  // Each pays the next one, so that each has one Transaction out and one in.
  await inParallel(numbers, PARALLEL, async (number) => {
    const [sourceId, destinationId] = [ids[number], ids[(number + 1) % count]];
    const idempotencyKey = `bench-${run}-pay-${number}`;
    await ask('payments', PAY, { idempotencyKey, sourceId, destinationId, asset: 'USD', amount: '1.25' });
  });
  return ids;
}
