import type { Address } from 'viem';
import { present } from '../../../platform/invariant.ts';
import { type Fees, readFees } from '../fees.ts';
import type { NetworkConfig } from '../network.ts';
import type { ChainClient, Tags } from '../rpc/chainReader.ts';
import { allowanceData } from './calls.ts';

/** Addresses in one question to the chain. */
const OWNERS_MAX = 100;

/** The chain as one round sees it. */
export interface ChainMoment {
  readonly tags: Tags;
  readonly fees: Fees;
}

/** @throws {ChainUnreachableError}, also when the head is gone before it is read; safe to retry */
export async function readMoment(client: ChainClient, network: NetworkConfig): Promise<ChainMoment> {
  const tags = await client.tags();
  return { tags, fees: await readFees(client, tags.headHash, network.fees) };
}

/** Balances of one asset by address. @param contract null for the coin */
export async function balancesOf(
  client: ChainClient,
  contract: Address | null,
  owners: readonly Address[],
  blockNumber: bigint,
): Promise<ReadonlyMap<Address, bigint>> {
  const balances = new Map<Address, bigint>();
  for (let from = 0; from < owners.length; from += OWNERS_MAX) {
    const page = owners.slice(from, from + OWNERS_MAX);
    const found = await client.balances(contract, page, { blockNumber });
    for (const [index, owner] of page.entries()) balances.set(owner, present(found[index], 'a balance'));
  }
  return balances;
}

/** What `spender` may take of `owner`, in minor units; 0 where the token does not say. */
export async function allowanceOf(
  client: ChainClient,
  contract: Address,
  owner: Address,
  spender: Address,
): Promise<bigint> {
  const answer = await client.call(contract, allowanceData(owner, spender), 'latest');
  return answer === null || answer === '0x' ? 0n : BigInt(answer);
}
