import { arrayOf } from '../../../platform/arrays.ts';
import { invariant } from '../../../platform/invariant.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { NetworkConfig } from '../network.ts';

const UPSERT_NETWORK = statement(
  'chain.register_network',
  `insert into chain.network as known
     (code, chain_id, native_asset, explorer_url, block_time_ms, multisend, finality_steps)
   values ($1, $2, $3, $4, $5, $6, $7::jsonb)
   on conflict (code) do update set explorer_url = excluded.explorer_url, block_time_ms = excluded.block_time_ms,
     multisend = excluded.multisend, finality_steps = excluded.finality_steps
    where known.chain_id = excluded.chain_id and known.native_asset = excluded.native_asset
   returning 1`,
);

const UPSERT_ASSETS = statement(
  'chain.register_assets',
  `insert into chain.asset (network, asset, contract, scale, deposit_minimum, has_authorizations)
   select $1, * from unnest($2::text[], $3::text[], $4::int[], $5::numeric[], $6::boolean[])
   on conflict (network, asset) do update set contract = excluded.contract, scale = excluded.scale,
     deposit_minimum = excluded.deposit_minimum, has_authorizations = excluded.has_authorizations`,
);

/**
 * Writes down what the configuration says of a Network. An asset that it no longer names stays, since sends name it.
 *
 * @throws {InvariantError} when the code stands for another chain already: its blocks and addresses are not this one's
 */
export async function registerNetwork(tx: Tx, config: NetworkConfig): Promise<void> {
  const steps = config.finality.steps.map(({ belowMinor, confirmationsMin }) => ({
    belowMinor: belowMinor === null ? null : String(belowMinor),
    confirmationsMin,
  }));
  const registered = await tx.rows(UPSERT_NETWORK, [
    config.code,
    config.chainId,
    config.nativeAsset,
    config.explorerUrl,
    config.blockTimeMs,
    config.multisend?.toLowerCase() ?? null,
    JSON.stringify(steps),
  ]);
  invariant(registered.length === 1, `${config.code} is the code of another chain`);
  await tx.rows(UPSERT_ASSETS, [
    config.code,
    arrayOf(config.assets, ({ asset }) => asset),
    arrayOf(config.assets, ({ contract }) => contract?.toLowerCase() ?? null),
    arrayOf(config.assets, ({ scale }) => scale),
    arrayOf(config.assets, ({ depositMinimumMinor }) => depositMinimumMinor),
    arrayOf(config.assets, ({ hasAuthorizations }) => String(hasAuthorizations)),
  ]);
}
