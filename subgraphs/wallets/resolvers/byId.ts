import { parseId } from '../../../platform/id.ts';
import type { ChainTransactionRow } from '../../../rails/onchain/reads/chainTransaction.ts';
import type { Context } from '../context.ts';
import type { WalletRow } from '../store/rows.ts';

/** Objects by their public ids. Null for a malformed id, an unknown one, and one that is not there for this Viewer. */
export async function findWallet(id: string, { loaders }: Context): Promise<WalletRow | null> {
  const uuid = parseId('wal', id);
  return uuid === null ? null : loaders.findWallet(uuid);
}

export async function findChainTransaction(
  id: string,
  { loaders }: Context,
): Promise<ChainTransactionRow | null> {
  const uuid = parseId('chx', id);
  return uuid === null ? null : loaders.chain.findChainTransaction(uuid);
}
