import { present } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { askOfSends, insertSends } from '../../../rails/onchain/sends.ts';
import { settleDeposits, settleFees, settleSends } from '../../../rails/onchain/settlements.ts';
import type { ChainBatch } from '../domain/chain.ts';
import { writeOnchainLegs } from '../store/onchainLegs.ts';

/** Writes the chain's part of a batch, after its Transactions; nothing for a batch without one. Retry only with the whole tx. */
export async function writeChain(tx: Tx, chain: ChainBatch): Promise<void> {
  const legs = [...chain.changedLegs].map((id) => present(chain.legs.get(id), `the leg of ${id}`));
  await Promise.all([
    writeOnchainLegs(tx, legs),
    insertSends(tx, chain.newSends),
    askOfSends(tx, chain.asks),
    settleFees(tx, chain.settledFees),
    settleSends(tx, chain.settledSends),
    settleDeposits(tx, chain.settledDeposits),
  ]);
}
