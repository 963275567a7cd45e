import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { deleteBlocksAfter } from './blockRows.ts';
import { notifySettle } from './recordBlocks.ts';

const LOCK_TRANSACTIONS = statement(
  'chain.lock_orphaned_transactions',
  `select id from chain.transaction where network = $1 and state = 'INCLUDED' and block_number > $2
    order by id for update`,
);

const TAKE_BACK_TRANSACTIONS = statement(
  'chain.take_back_transactions',
  `update chain.transaction set state = 'BROADCAST', outcome = null, included_hash = null, block_number = null,
          block_hash = null, block_at = null, gas_used = null, fee = null, updated_at = clock_timestamp()
    where id = any($1::uuid[])`,
);

const TAKE_BACK_AUTHORIZATIONS = statement(
  'chain.take_back_authorizations',
  `update chain.authorization set used_hash = null, used_block_number = null, used_block_hash = null
    where network = $1 and used_block_number > $2 and state <> 'USED' returning send_id`,
);

const TAKE_BACK_SENDS = statement(
  'chain.take_back_sends',
  `with locked as (
     select send.id from chain.send
      where send.state = 'INCLUDED' and (send.id = any($2::uuid[]) or send.chain_transaction_id = any($1::uuid[])
        and not exists (select from chain.authorization signed where signed.send_id = send.id))
      order by send.id for update
   )
   update chain.send set state = 'BROADCAST', version = send.version + 1, updated_at = clock_timestamp()
     from locked where send.id = locked.id`,
);

const ORPHAN_DEPOSITS = statement(
  'chain.orphan_deposits',
  `with locked as (
     select id from chain.deposit where network = $1 and state = 'SEEN' and block_number > $2 order by id for update
   )
   update chain.deposit set state = 'ORPHANED', version = deposit.version + 1, updated_at = clock_timestamp()
     from locked where deposit.id = locked.id`,
);

/**
 * Takes back what the blocks after `ancestor` did, as far as it is not final, and the blocks. Stored blocks are one chain,
 * so that whatever is above the ancestor was in one of those that are gone. Safe to repeat.
 */
export async function takeBack(tx: Tx, network: string, ancestor: bigint): Promise<void> {
  const transactions = await tx.rows<{ id: Uuid }>(LOCK_TRANSACTIONS, [network, ancestor]);
  const ids = arrayOf(transactions, ({ id }) => id);
  await tx.rows(TAKE_BACK_TRANSACTIONS, [ids]);
  const unused = await tx.rows<{ send_id: Uuid }>(TAKE_BACK_AUTHORIZATIONS, [network, ancestor]);
  await tx.rows(TAKE_BACK_SENDS, [ids, arrayOf(unused, (row) => row.send_id)]);
  await tx.rows(ORPHAN_DEPOSITS, [network, ancestor]);
  await deleteBlocksAfter(tx, network, ancestor);
  await notifySettle(tx);
}
