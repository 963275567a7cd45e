import { loadAssets } from '../../../ledger/assets.ts';
import type { Database } from '../../../platform/postgres.ts';
import { buildCatalogue, type Catalogue } from '../domain/catalogue.ts';
import { NetworkAssetEntity, NetworkEntity } from './entities.ts';

/** Reads all Assets and Networks, in the order of their codes. Once, at start. Safe to retry. */
export async function loadCatalogue(reads: Database): Promise<Catalogue> {
  const { manager } = reads.dataSource;
  const [assets, networks, carried] = await Promise.all([
    loadAssets(reads),
    manager.find(NetworkEntity, { order: { code: 'ASC' } }),
    manager.find(NetworkAssetEntity, { order: { network: 'ASC', asset: 'ASC' } }),
  ]);
  return buildCatalogue(assets, networks, carried);
}
