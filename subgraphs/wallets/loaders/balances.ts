import DataLoader from 'dataloader';
import { present } from '../../../platform/invariant.ts';
import type { ConnectedNetwork } from '../../../rails/onchain/reads/networks.ts';
import type { ChainBalance, ChainBalances } from '../adapters/chainBalances.ts';

/** The balance of one address in one contract. */
export interface BalanceAsked {
  readonly network: ConnectedNetwork;
  /** Null for the coin. */
  readonly contract: string | null;
  /** Lower case. */
  readonly owner: string;
}

/** Batches balances: a chain is asked once for each contract, and one that does not answer fails for itself alone. */
export function createBalanceLoader(balances: ChainBalances): DataLoader<BalanceAsked, ChainBalance, string> {
  return new DataLoader<BalanceAsked, ChainBalance, string>((asked) => readAll(balances, asked), {
    cacheKeyFn: ({ network, contract, owner }) => `${network.code} ${contract ?? ''} ${owner}`,
  });
}

async function readAll(
  balances: ChainBalances,
  asked: readonly BalanceAsked[],
): Promise<readonly (ChainBalance | Error)[]> {
  const groups = new Map<string, BalanceAsked[]>();
  for (const one of asked) {
    const key = `${one.network.code} ${one.contract ?? ''}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const answers = new Map<BalanceAsked, ChainBalance | Error>();
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const { network, contract } = present(group[0], 'the first of a group');
      const owners = group.map(({ owner }) => owner);
      const read = await balances.read(network, contract, owners).catch((error: Error) => error);
      for (const [index, one] of group.entries())
        answers.set(one, read instanceof Error ? read : present(read[index], 'a balance'));
    }),
  );
  return asked.map((one) => present(answers.get(one), 'an answer'));
}
