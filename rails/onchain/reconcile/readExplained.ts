import type { Address } from 'viem';
import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** Addresses in one page, whose balances are asked for at once. */
export const EXPLAINED_MAX = 500;

/** What an address should have by all that is known to have come and gone there, in minor units. */
export interface Explained {
  readonly address: Address;
  readonly explainedMinor: bigint;
}

// Deposits are all that came from outside, refills and the payments of other organizations among them; sweeps are the
// only movement within one. Those that an authorization carried have moved when it was used, by whomever.
const READ_EXPLAINED = statement(
  'chain.read_explained',
  `with page as (
     select address from chain.address
      where network = $1 and organization_id = $2 and address > $5 order by address limit $6),
   sent as (
     select send.from_address, send.to_address, send.purpose, send.amount
       from chain.send
       left join chain.authorization signed on signed.send_id = send.id
       left join chain.transaction carrier on carrier.id = send.chain_transaction_id
      where send.network = $1 and send.organization_id = $2 and send.asset = $3 and send.purpose <> 'REFILL'
        and case when signed.send_id is not null then signed.used_block_number <= $4
                 else carrier.outcome = 'SUCCEEDED' and carrier.block_number <= $4 end),
   moved as (
     select to_address as address, amount from chain.deposit
      where network = $1 and organization_id = $2 and asset = $3 and state in ('SEEN', 'FINAL')
        and block_number <= $4
     union all select from_address, -amount from sent
     union all select to_address, amount from sent where purpose = 'SWEEP'
     union all
     select from_address, -fee from chain.transaction
       join chain.network on network.code = transaction.network and network.native_asset = $3
      where transaction.network = $1 and transaction.organization_id = $2 and fee is not null
        and outcome is not null and block_number <= $4)
   select page.address, coalesce(sum(moved.amount), 0) as "explainedMinor"
     from page left join moved using (address) group by page.address order by page.address`,
);

/**
 * The next addresses of an organization, in their order, as of a block that the follower has passed. Goes through all
 * that the organization ever moved of the asset, so it is for when something is wrong. Safe to retry.
 *
 * @param wanted.after '' begins
 */
export async function readExplained(
  tx: Tx,
  wanted: {
    readonly network: string;
    readonly organizationId: Uuid;
    readonly asset: string;
    readonly blockNumber: bigint;
    readonly after: string;
  },
): Promise<readonly Explained[]> {
  const { network, organizationId, asset, blockNumber, after } = wanted;
  return await tx.rows<Explained>(READ_EXPLAINED, [
    network,
    organizationId,
    asset,
    blockNumber,
    after,
    EXPLAINED_MAX,
  ]);
}
