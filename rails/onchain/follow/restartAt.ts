import { invariant } from '../../../platform/invariant.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ChainClient } from '../rpc/chainReader.ts';
import { deleteBlocksAfter, insertBlocks } from './blockRows.ts';
import { takeBack } from './takeBack.ts';

const RESTART = statement(
  'chain.restart_network',
  `update chain.network set status = 'STARTING', reason = null, finalized_number = null, followed_number = $2
    where code = $1 and status = 'LOST' returning 1`,
);

/**
 * What an operator does to a LOST Network, once it is known which block both chains have in common: following begins
 * there again. Not at the finalized block, as deposits between the two would never be seen. What is not final above
 * `blockNumber` is taken back, and comes again where the chain still has it. What was FINAL stays as it is booked: a
 * deposit that the chain no longer has shows as a difference of balances, which is for people to decide.
 *
 * @param blockNumber the newest block that both chains have, or any before it
 * @throws when the Network is not LOST, or no endpoint has the block. Safe to repeat
 */
export async function restartAt(
  database: Database,
  client: ChainClient,
  network: string,
  blockNumber: bigint,
): Promise<void> {
  const block = await client.blockAt(blockNumber);
  invariant(block !== null, `no endpoint has block ${blockNumber}`);
  await database.write(async (tx) => {
    const restarted = await tx.rows(RESTART, [network, blockNumber]);
    invariant(restarted.length === 1, `${network} is not LOST`);
    await takeBack(tx, network, blockNumber);
    await deleteBlocksAfter(tx, network, -1n);
    await insertBlocks(tx, network, [block]);
  });
}
