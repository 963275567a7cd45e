import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { usualSendWei } from '../usualGas.ts';

const READ_GAS_PRICE = statement(
  'chain.read_gas_price',
  `select network.native_asset as "nativeAsset", network.base_fee_per_gas as "baseFeeWei",
          network.priority_fee_per_gas as "tipWei", asset.contract is not null as "isToken"
     from chain.network join chain.asset asset on asset.network = network.code
    where network.code = $1 and asset.asset = $2`,
);

/** What sending an Asset on a Network is expected to cost, in the Network's coin. */
export interface ExpectedGas {
  readonly nativeAsset: string;
  readonly amountMinor: bigint;
}

/**
 * By what the follower saw of the newest block, without asking the chain. Null where the Network is not connected, does
 * not carry the Asset, or has not been seen yet. Role omsx_payments. Safe to retry.
 */
export async function readExpectedGas(
  reads: Database,
  organizationId: Uuid,
  network: string,
  asset: string,
): Promise<ExpectedGas | null> {
  const [row] = await reads.readRows<{
    readonly nativeAsset: string;
    readonly baseFeeWei: bigint | null;
    readonly tipWei: bigint | null;
    readonly isToken: boolean;
  }>(organizationId, READ_GAS_PRICE, [network, asset]);
  if (!row || row.baseFeeWei === null || row.tipWei === null) return null;
  return { nativeAsset: row.nativeAsset, amountMinor: usualSendWei(row.baseFeeWei, row.tipWei, row.isToken) };
}
