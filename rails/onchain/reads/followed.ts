import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** A handful for each chain of the deployment. */
const LIST_FOLLOWED = statement('chain.list_followed', 'select network, asset from chain.asset');

/** Whether an Asset is followed on a connected Network, as of this tx. Role omsx_wallets_writer. Safe to retry. */
export async function findFollowed(tx: Tx): Promise<(network: string, asset: string) => boolean> {
  const rows = await tx.rows<{ readonly network: string; readonly asset: string }>(LIST_FOLLOWED);
  const followed = new Set(rows.map(({ network, asset }) => `${network} ${asset}`));
  return (network, asset) => followed.has(`${network} ${asset}`);
}
