import type { AssetScale } from '../platform/money.ts';
import type { Database } from '../platform/postgres.ts';

export interface CatalogueAsset extends AssetScale {
  readonly name: string;
  /** Money of a state; anything else lives on chains. */
  readonly isFiat: boolean;
}

/** Every Asset by its code. It changes with migrations only, so a process loads it once. */
export type AssetCatalogue = ReadonlyMap<string, CatalogueAsset>;

/** Reads the catalogue, which belongs to no organization. Any role of the ledger. Safe to retry. */
export async function loadAssets(database: Database): Promise<AssetCatalogue> {
  const assets: readonly CatalogueAsset[] = await database.dataSource.query(
    'select code, scale, name, is_fiat as "isFiat" from ledger.asset order by code',
  );
  return new Map(assets.map((asset) => [asset.code, asset]));
}
