import type { AssetCatalogue, CatalogueAsset } from '../../../ledger/assets.ts';
import { present } from '../../../platform/invariant.ts';

export type NetworkKind = 'EVM' | 'LEDGER';

/** Where an Asset can be held, with the Assets it carries. */
export interface CatalogueNetwork {
  readonly code: string;
  readonly name: string;
  readonly kind: NetworkKind;
  readonly assets: readonly CatalogueAsset[];
}

/**
 * Assets and Networks by their code, and which carries which. They change with migrations only, so a process
 * builds the catalogue once, when it starts; nothing that a request does can change it.
 */
export interface Catalogue {
  readonly assets: AssetCatalogue;
  readonly networks: ReadonlyMap<string, CatalogueNetwork>;
  readonly networksByAsset: ReadonlyMap<string, readonly CatalogueNetwork[]>;
}

export interface NetworkRow {
  readonly code: string;
  readonly name: string;
  readonly kind: NetworkKind;
}

export interface NetworkAssetRow {
  readonly network: string;
  readonly asset: string;
}

/** Joins the rows, which keep their order. @throws {InvariantError} when a row names an Asset or Network that is not there. */
export function buildCatalogue(
  assets: AssetCatalogue,
  networkRows: readonly NetworkRow[],
  carried: readonly NetworkAssetRow[],
): Catalogue {
  const networks = new Map<string, CatalogueNetwork & { readonly assets: CatalogueAsset[] }>();
  const networksByAsset = new Map<string, CatalogueNetwork[]>([...assets.keys()].map((code) => [code, []]));
  for (const row of networkRows) networks.set(row.code, { ...row, assets: [] });
  for (const { network: networkCode, asset: assetCode } of carried) {
    const network = present(networks.get(networkCode), `network ${networkCode}`);
    network.assets.push(present(assets.get(assetCode), `asset ${assetCode}`));
    present(networksByAsset.get(assetCode), `asset ${assetCode}`).push(network);
  }
  return { assets, networks, networksByAsset };
}

/** True when a Wallet of this Asset can stand on this Network. */
export function isCarried(catalogue: Catalogue, network: string, asset: string): boolean {
  return catalogue.networks.get(network)?.assets.some(({ code }) => code === asset) ?? false;
}
