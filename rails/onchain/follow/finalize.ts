import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import { decideFinality } from '../finality.ts';
import type { NetworkConfig } from '../network.ts';
import type { Tags } from '../rpc/chainReader.ts';
import { readHashAt } from './blockRows.ts';
import { notifySettle } from './recordBlocks.ts';

/** Of each kind in one tx; the others follow in the next. */
const FINALIZED_MAX = 5_000;
/** Blocks of finality after which what a re-org took does not come back by itself. */
const DROPPED_AFTER_BLOCKS = 64n;

const RAISE_FINALIZED = statement(
  'chain.raise_finalized',
  `update chain.network set finalized_number = greatest(finalized_number, $2) where code = $1`,
);

const OPEN_DEPOSITS = statement(
  'chain.find_open_deposits',
  `select id, block_number, amount from chain.deposit
    where network = $1 and state = 'SEEN' and block_number <= $2 order by block_number, id limit $3`,
);

const OPEN_TRANSACTIONS = statement(
  'chain.find_open_transactions',
  `select held.id, held.block_number,
          coalesce((select sum(amount) from chain.send where send.chain_transaction_id = held.id), 0) as amount
     from chain.transaction held
    where held.network = $1 and held.state = 'INCLUDED' and held.block_number <= $2 order by held.id limit $3`,
);

const OPEN_AUTHORIZATIONS = statement(
  'chain.find_open_authorizations',
  `select held.send_id as id, held.used_block_number as block_number, send.amount
     from chain.authorization held join chain.send on send.id = held.send_id
    where held.network = $1 and held.used_block_number <= $2 and held.state <> 'USED' order by held.send_id limit $3`,
);

const FINALIZE_TRANSACTIONS = statement(
  'chain.finalize_transactions',
  `with locked as (select id from chain.transaction where id = any($1::uuid[]) order by id for update)
   update chain.transaction set state = 'FINAL', updated_at = clock_timestamp()
     from locked where transaction.id = locked.id`,
);

// An authorization that its own, final transaction has not used was passed by: whoever uses it later, it is no longer
// waited for, and both ends are addresses of one organization.
const DECIDE_SENDS = statement(
  'chain.decide_sends',
  `with decided as (
     select send.id, carrier.outcome,
            exists (select from chain.authorization signed where signed.send_id = send.id) as is_authorized
       from chain.send join chain.transaction carrier on carrier.id = send.chain_transaction_id
      where carrier.id = any($1::uuid[])
        and (send.state = 'INCLUDED' and not exists (
               select from chain.authorization signed where signed.send_id = send.id)
          or send.state in ('PLANNED', 'BROADCAST') and exists (
               select from chain.authorization signed where signed.send_id = send.id and used_hash is null))
      order by send.id for update of send
   )
   update chain.send
      set state = case decided.outcome when 'CANCELED' then 'CANCELED' when 'REVERTED' then 'FAILED'
                    else case when is_authorized then 'FAILED' else 'FINAL' end end,
          failure_code = case decided.outcome when 'REVERTED' then 'REVERTED'
                    when 'SUCCEEDED' then case when is_authorized then 'AUTHORIZATION_UNUSED' end end,
          version = send.version + 1, updated_at = clock_timestamp()
     from decided where send.id = decided.id`,
);

const FINALIZE_AUTHORIZATIONS = statement(
  'chain.finalize_authorizations',
  `with used as (
     update chain.authorization set state = 'USED' where send_id = any($1::uuid[]) returning send_id
   ), locked as (
     select send.id from chain.send where send.id in (select send_id from used) and send.state = 'INCLUDED'
      order by send.id for update
   )
   update chain.send set state = 'FINAL', version = send.version + 1, updated_at = clock_timestamp()
     from locked where send.id = locked.id`,
);

const FINALIZE_DEPOSITS = statement(
  'chain.finalize_deposits',
  `with locked as (select id from chain.deposit where id = any($1::uuid[]) order by id for update)
   update chain.deposit set state = 'FINAL', version = deposit.version + 1, updated_at = clock_timestamp()
     from locked where deposit.id = locked.id and deposit.state = 'SEEN'`,
);

const DROP_DEPOSITS = statement(
  'chain.drop_deposits',
  `with locked as (
     select id from chain.deposit where network = $1 and state = 'ORPHANED' and block_number < $2 order by id for update
   )
   update chain.deposit set state = 'DROPPED', version = deposit.version + 1, updated_at = clock_timestamp()
     from locked where deposit.id = locked.id returning 1`,
);

interface OpenRow {
  readonly id: Uuid;
  readonly block_number: bigint;
  readonly amount: bigint;
}

export interface Finalized {
  /** Whether the finalized block of the tags was believed. */
  readonly isBelieved: boolean;
  /** Whether there may be more to make final with the same tags. */
  readonly hasMore: boolean;
}

const NOT_BELIEVED: Finalized = { isBelieved: false, hasMore: false };

/**
 * Makes final what may be, and drops deposits that did not come back. Does nothing while the chain that was followed
 * does not hold the block that the tags call finalized: then one of the two is wrong, or the follower is behind it.
 *
 * @param nowMs milliseconds since 1970
 */
export async function finalize(tx: Tx, config: NetworkConfig, tags: Tags, nowMs: number): Promise<Finalized> {
  const { code, finality } = config;
  if ((await readHashAt(tx, code, tags.finalizedNumber)) !== tags.finalizedHash) return NOT_BELIEVED;
  // Of the finalized block itself: whether anything at all may become final now.
  const probe = decideFinality({ blockNumber: tags.finalizedNumber, amountMinor: 0n }, tags, finality, nowMs);
  if (probe === 'BREAKER' || probe === 'AGREEMENT') return NOT_BELIEVED;
  await tx.rows(RAISE_FINALIZED, [code, tags.finalizedNumber]);
  const isFinal = ({ block_number: blockNumber, amount: amountMinor }: OpenRow) =>
    decideFinality({ blockNumber, amountMinor }, tags, finality, nowMs) === 'FINAL';
  const read = async (find: typeof OPEN_DEPOSITS) => {
    const rows = await tx.rows<OpenRow>(find, [code, tags.finalizedNumber, FINALIZED_MAX]);
    return { isFull: rows.length === FINALIZED_MAX, ids: rows.filter(isFinal).map(({ id }) => id) };
  };
  const transactions = await read(OPEN_TRANSACTIONS);
  if (transactions.ids.length > 0) {
    await tx.rows(FINALIZE_TRANSACTIONS, [arrayOf(transactions.ids, (id) => id)]);
    await tx.rows(DECIDE_SENDS, [arrayOf(transactions.ids, (id) => id)]);
  }
  const authorizations = await read(OPEN_AUTHORIZATIONS);
  if (authorizations.ids.length > 0) {
    await tx.rows(FINALIZE_AUTHORIZATIONS, [arrayOf(authorizations.ids, (id) => id)]);
  }
  const deposits = await read(OPEN_DEPOSITS);
  if (deposits.ids.length > 0) await tx.rows(FINALIZE_DEPOSITS, [arrayOf(deposits.ids, (id) => id)]);
  const dropped = await tx.rows(DROP_DEPOSITS, [code, tags.finalizedNumber - DROPPED_AFTER_BLOCKS]);
  const all = [transactions, authorizations, deposits];
  if (dropped.length > 0 || all.some(({ ids }) => ids.length > 0)) await notifySettle(tx);
  return { isBelieved: true, hasMore: all.some(({ isFull, ids }) => isFull && ids.length > 0) };
}
