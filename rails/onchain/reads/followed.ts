import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** A handful for each chain of the deployment. */
const LIST_FOLLOWED = statement(
  'chain.list_followed',
  `select network.code as network, asset.asset
     from chain.network left join chain.asset on asset.network = network.code`,
);

/**
 * Tells whether what arrives in an Asset on a Network would go unseen, as of this tx: the Network is followed, and the
 * Asset is not. Role omsx_wallets_writer. Safe to retry.
 */
export async function findUnseen(tx: Tx): Promise<(network: string, asset: string) => boolean> {
  const rows = await tx.rows<{ readonly network: string; readonly asset: string | null }>(LIST_FOLLOWED);
  const connected = new Set(rows.map(({ network }) => network));
  const followed = new Set(rows.map(({ network, asset }) => `${network} ${asset}`));
  return (network, asset) => connected.has(network) && !followed.has(`${network} ${asset}`);
}
