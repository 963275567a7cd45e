import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';

/** What an organization should have on a chain, in minor units of one asset, as of one block. */
export interface BookedHolding {
  readonly organizationId: Uuid;
  readonly asset: string;
  /** Posted to OMNIBUS, with what is in blocks up to that one and not posted yet, less what was posted of later ones. */
  readonly expectedMinor: bigint;
}

/**
 * Exact at any block that was followed, however far settling and finality are behind or ahead of it: what a row of
 * `chain` did in a block counts once, whether the ledger has it yet or not. A row is posted when its last state is FINAL
 * (a failed transaction moves nothing but its fee) and that version is settled.
 */
const READ_BOOKS = statement(
  'chain.read_books',
  `with moved as (
     select organization_id, asset, amount,
            state = 'FINAL' and settled_version = version as is_posted,
            state in ('SEEN', 'FINAL') and block_number <= $2 as is_in_block
       from chain.deposit
      where network = $1 and (settled_version < version or state in ('SEEN', 'ORPHANED') or block_number > $2)
     union all
     select send.organization_id, send.asset, -send.amount,
            send.state = 'FINAL' and send.settled_version = send.version,
            transaction.outcome = 'SUCCEEDED' and transaction.block_number <= $2
       from chain.send join chain.transaction on transaction.id = send.chain_transaction_id
      where send.network = $1 and send.purpose = 'PAYMENT'
        and (send.settled_version < send.version or send.state not in ('FINAL', 'FAILED', 'CANCELED')
          or transaction.block_number > $2)
     union all
     select transaction.organization_id, network.native_asset, -transaction.fee,
            transaction.fee_settled, transaction.outcome is not null and transaction.block_number <= $2
       from chain.transaction join chain.network on network.code = transaction.network
      where transaction.network = $1 and transaction.organization_id is not null and transaction.fee is not null
        and (not transaction.fee_settled or transaction.block_number > $2)),
   corrected as (
     select organization_id, asset,
            sum(amount) filter (where is_in_block and not is_posted) as missing,
            sum(amount) filter (where is_posted and not is_in_block) as early
       from moved group by organization_id, asset),
   booked as (
     select organization_id, asset, debits_posted - credits_posted as posted
       from ledger.account where kind = 'OMNIBUS' and place = $1)
   select organization_id as "organizationId", asset,
          coalesce(posted, 0) + coalesce(missing, 0) - coalesce(early, 0) as "expectedMinor"
     from booked full join corrected using (organization_id, asset)
    order by organization_id, asset`,
);

/**
 * Reads what is open or recent, and nothing that was settled before. Role omsx_chain; one snapshot.
 *
 * @param blockNumber of a block that the follower has passed
 */
export async function readBooks(
  tx: Tx,
  network: string,
  blockNumber: bigint,
): Promise<readonly BookedHolding[]> {
  return await tx.rows<BookedHolding>(READ_BOOKS, [network, blockNumber]);
}

/** An address of ours that may hold something. */
export interface HoldingAddress {
  readonly organizationId: Uuid;
  readonly address: string;
}

/** All addresses of organizations, because what nobody told us of may lie at any of them. */
const READ_ADDRESSES = statement(
  'chain.read_holding_addresses',
  `select organization_id as "organizationId", address from chain.address
    where network = $1 and organization_id is not null and address > $2 order by address limit $3`,
);

export const ADDRESS_PAGE_MAX = 5_000;

/** A page of addresses after `after` ('' begins), in their order. Role omsx_chain. Safe to retry. */
export async function readHoldingAddresses(
  tx: Tx,
  network: string,
  after: string,
): Promise<readonly HoldingAddress[]> {
  return await tx.rows<HoldingAddress>(READ_ADDRESSES, [network, after, ADDRESS_PAGE_MAX]);
}
