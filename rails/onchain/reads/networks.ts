import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { FinalityStep } from '../finality.ts';
import type { EndpointHealth } from '../rpc/chainReader.ts';

/** An Asset that counts as money on a Network. */
export interface ConnectedAsset {
  readonly asset: string;
  /** Lower case; null for the coin. */
  readonly contract: string | null;
  readonly scale: number;
  /** Minor units. */
  readonly depositMinimumMinor: bigint;
}

export type NetworkStatus = 'STARTING' | 'HEALTHY' | 'LAGGING' | 'STALLED' | 'UNREACHABLE' | 'LOST';

/** A Network that this deployment follows, with how it was seen last. */
export interface ConnectedNetwork {
  readonly code: string;
  readonly chainId: bigint;
  readonly nativeAsset: string;
  readonly explorerUrl: string | null;
  readonly blockTimeMs: number;
  readonly multisend: string | null;
  readonly finalitySteps: readonly FinalityStep[];
  readonly assets: readonly ConnectedAsset[];
  readonly status: NetworkStatus;
  readonly reason: string | null;
  readonly headNumber: bigint | null;
  readonly safeNumber: bigint | null;
  readonly finalizedNumber: bigint | null;
  readonly finalizedAt: Date | null;
  readonly followedNumber: bigint | null;
  readonly endpoints: readonly EndpointHealth[];
  readonly viewedAt: Date | null;
}

/** All of them: there are as many as a deployment has chains. Amounts inside JSON are text, which loses no digit. */
const LIST_NETWORKS = statement(
  'chain.list_networks',
  `select network.code, network.chain_id as "chainId", network.native_asset as "nativeAsset",
          network.explorer_url as "explorerUrl", network.block_time_ms as "blockTimeMs", network.multisend,
          network.finality_steps as "finalitySteps", network.status, network.reason,
          network.head_number as "headNumber", network.safe_number as "safeNumber",
          network.finalized_number as "finalizedNumber", network.finalized_at as "finalizedAt",
          network.followed_number as "followedNumber", network.endpoints, network.viewed_at as "viewedAt",
          carried.assets
     from chain.network
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('asset', asset.asset, 'contract', asset.contract,
               'scale', asset.scale, 'depositMinimumMinor', asset.deposit_minimum::text) order by asset.asset), '[]') as assets
        from chain.asset where asset.network = network.code) carried
    order by network.code`,
);

type NetworkRow = Omit<ConnectedNetwork, 'finalitySteps' | 'assets'> & {
  readonly finalitySteps: readonly {
    readonly belowMinor: string | null;
    readonly confirmationsMin: number;
  }[];
  readonly assets: readonly (Omit<ConnectedAsset, 'depositMinimumMinor'> & {
    readonly depositMinimumMinor: string;
  })[];
};

/** Every connected Network by its code, as it is at this moment. Role omsx_wallets. Safe to retry. */
export async function listConnectedNetworks(
  reads: Database,
  organizationId: Uuid,
): Promise<ReadonlyMap<string, ConnectedNetwork>> {
  const rows = await reads.readRows<NetworkRow>(organizationId, LIST_NETWORKS);
  return new Map(rows.map((row) => [row.code, readNetwork(row)]));
}

function readNetwork(row: NetworkRow): ConnectedNetwork {
  return {
    ...row,
    finalitySteps: row.finalitySteps.map(({ belowMinor, confirmationsMin }) => ({
      belowMinor: belowMinor === null ? null : BigInt(belowMinor),
      confirmationsMin,
    })),
    assets: row.assets.map((asset) => ({ ...asset, depositMinimumMinor: BigInt(asset.depositMinimumMinor) })),
  };
}
