import type { Address } from 'viem';
import { present } from '../../../platform/invariant.ts';
import type { ConnectedNetwork } from '../../../rails/onchain/reads/networks.ts';
import type { ChainClient } from '../../../rails/onchain/rpc/chainReader.ts';
import { OWNERS_MAX } from '../../../rails/onchain/rpc/limits.ts';
import { askChain, unavailable } from './askChain.ts';

/** What an address had at the end of a block. */
export interface ChainBalance {
  readonly amountMinor: bigint;
  readonly blockNumber: bigint;
  /** When the chain was asked. */
  readonly asOf: Date;
}

export interface ChainBalances {
  /**
   * Balances of one contract (null: the coin) in the order of `owners`, up to about one block old. Safe to retry.
   *
   * @param owners lower case
   * @throws {ApiError} UNAVAILABLE
   */
  read(
    network: ConnectedNetwork,
    contract: string | null,
    owners: readonly string[],
  ): Promise<readonly ChainBalance[]>;
}

/** Balances that are remembered, over all networks. */
const REMEMBERED_MAX = 10_000;

interface Remembered {
  readonly balance: ChainBalance;
  readonly untilMs: number;
}

/** One for a process, so that a balance that many ask for is asked of the chain once a block. */
export function createChainBalances(chains: ReadonlyMap<string, ChainClient>): ChainBalances {
  const remembered = new Map<string, Remembered>();

  function remember(key: string, balance: ChainBalance, untilMs: number): void {
    // The newest go to the end, so that the first is the oldest.
    remembered.delete(key);
    remembered.set(key, { balance, untilMs });
    if (remembered.size > REMEMBERED_MAX) remembered.delete(remembered.keys().next().value as string);
  }

  return {
    async read(network, contract, owners) {
      const keyOf = (owner: string): string => `${network.code} ${contract ?? ''} ${owner}`;
      const nowMs = performance.now();
      const known = new Map<string, ChainBalance>();
      for (const owner of owners) {
        const found = remembered.get(keyOf(owner));
        if (found && found.untilMs > nowMs) known.set(owner, found.balance);
      }
      const missing = [...new Set(owners)].filter((owner) => !known.has(owner));
      if (missing.length > 0) {
        const client = chains.get(network.code);
        if (!client) throw unavailable(network.code);
        const read = await askChain(network.code, () => readNow(client, contract, missing));
        for (const [index, owner] of missing.entries()) {
          const balance = present(read[index], 'a balance');
          known.set(owner, balance);
          remember(keyOf(owner), balance, nowMs + network.blockTimeMs);
        }
      }
      return owners.map((owner) => present(known.get(owner), 'a balance'));
    },
  };
}

/** At the newest block, by its number, so that each answer says of which block it is. */
async function readNow(
  client: ChainClient,
  contract: string | null,
  owners: readonly string[],
): Promise<readonly ChainBalance[]> {
  const asOf = new Date();
  const { headNumber: blockNumber } = await client.tags();
  const balances: bigint[] = [];
  for (let from = 0; from < owners.length; from += OWNERS_MAX) {
    const asked = owners.slice(from, from + OWNERS_MAX) as Address[];
    balances.push(...(await client.balances(contract as Address | null, asked, { blockNumber })));
  }
  return balances.map((amountMinor) => ({ amountMinor, blockNumber, asOf }));
}
