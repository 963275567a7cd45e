import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from 'viem';
import { inParallel } from '../../platform/inParallel.ts';
import { present } from '../../platform/invariant.ts';
import { type Api, createApi } from '../../scripts/demo/api.ts';
import { type Credentials, spawnOmsx, waitForCredentials } from '../payments/ours.ts';
import type { Stops } from '../stops.ts';

/** `omsx up` with its local chain, as anybody would start it. */
export interface Platform {
  readonly credentials: Credentials & { readonly chainUrl: string };
  readonly api: Api;
  stop(): Promise<void>;
}

export interface BenchWallet {
  readonly id: string;
  readonly address: Address;
}

const PARALLEL = 16;
const ADDRESS_WAIT_MS = 20_000;
const POLL_MS = 100;

const CREATE_WALLET = `mutation Open($input: CreateWalletInput!) {
  result: createWallet(input: $input) { __typename ... on Wallet { id } ... on Failure { message } }
}`;
const ADDRESS = 'query Address($id: ID!) { wallet(id: $id) { address } }';

export async function startPlatform(
  folder: string,
  stops: Stops,
  settings: Readonly<Record<string, string>> = {},
): Promise<Platform> {
  await mkdir(folder, { recursive: true });
  const child = await spawnOmsx(folder, [], stops, { OMSX_BUDGET_PER_SECOND: '0', ...settings });
  const credentials = await waitForCredentials(child, folder);
  const chainUrl = present(credentials.chainUrl, 'a local chain');
  return {
    credentials: { ...credentials, chainUrl },
    api: createApi({ url: credentials.graphql, apiKey: credentials.apiKey }),
    stop: () => stops.run(),
  };
}

/** Wallets of the organization itself, each with an address of its own. */
export async function openWallets(api: Api, count: number, name: string): Promise<readonly BenchWallet[]> {
  const wallets: BenchWallet[] = [];
  const numbers = Array.from({ length: count }, (_, index) => index);
  await inParallel(numbers, PARALLEL, async (number) => {
    const input = { idempotencyKey: `bench ${name} ${number}`, network: 'LOCAL', asset: 'USDC' };
    const { data } = await api.query<{ result: { id?: string; message?: string } }>(CREATE_WALLET, { input });
    if (data.result.id === undefined) throw new Error(`a wallet was refused: ${data.result.message}`);
    wallets[number] = { id: data.result.id, address: await addressOf(api, data.result.id) };
  });
  return wallets;
}

async function addressOf(api: Api, id: string): Promise<Address> {
  const deadline = Date.now() + ADDRESS_WAIT_MS;
  for (;;) {
    const { data } = await api.query<{ wallet: { address: Address | null } }>(ADDRESS, { id });
    if (data.wallet.address !== null) return data.wallet.address;
    if (Date.now() > deadline) throw new Error(`${id} has no address after ${ADDRESS_WAIT_MS} ms`);
    await sleep(POLL_MS);
  }
}
