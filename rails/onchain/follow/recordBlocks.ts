import { arrayOf, arrayOfDates } from '../../../platform/arrays.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { AddressBook } from './addressBook.ts';
import type { BlockFacts } from './readBlock.ts';

// What came in at a place that is paused, closed, made for another amount or used up is nobody's until somebody says whose it
// is. That is decided here, once: what comes back in another block is the row it was, and a place that takes money once is
// used up by the first that was seen there, whatever re-orgs do with it. One that is SEEN or FINAL stays as it is: a FINAL
// one was paid out.
const UPSERT_DEPOSITS = statement(
  'chain.see_deposits',
  `with seen as (
     select event.*, held.asset as held_asset, place.id as place_id,
            place.single_use and event.credits = 'WALLET' as is_once,
            case when event.credits <> 'WALLET' then null when place.status <> 'ACTIVE' then place.status
                 when event.amount <> place.expected_amount then 'AMOUNT_DIFFERS' end as stop
       from unnest($2::uuid[], $3::text[], $4::int[], $5::uuid[], $6::text[], $7::numeric[], $8::text[], $9::text[],
                   $10::text[], $11::uuid[], $12::bigint[], $13::text[], $14::timestamptz[]) with ordinality
         as event (id, transaction_hash, log_index, organization_id, asset, amount, from_address, to_address, credits,
                   account_id, block_number, block_hash, block_at, place_in_chain)
       left join chain.address held on held.network = $1 and held.address = event.to_address
       left join chain.deposit_address place on place.id = held.deposit_address_id
   ), counted as (
     select seen.*, row_number() over (partition by place_id, is_once and stop is null order by place_in_chain) as nth
       from seen
   ), judged as (
     select counted.*, case when stop is not null then stop
                            when is_once and (nth > 1 or exists (select from chain.deposit used
                              where used.deposit_address_id = place_id and used.credits = 'WALLET')) then 'CLOSED' end as reason
       from counted
   )
   insert into chain.deposit as known
     (id, network, transaction_hash, log_index, organization_id, asset, amount, from_address, to_address, credits,
      account_id, state, block_number, block_hash, block_at, deposit_address_id, suspense_reason)
   select id, $1, transaction_hash, log_index, organization_id, asset, amount, from_address, to_address,
          case when reason is null then credits else 'SUSPENSE' end, case when reason is null then account_id end,
          'SEEN', block_number, block_hash, block_at, place_id,
          case when credits = 'SUSPENSE' or reason is not null then
            coalesce(reason, case when held_asset is null then 'UNKNOWN' when held_asset <> asset then 'OTHER_ASSET'
                                  else 'BELOW_MINIMUM' end) end
     from judged
   on conflict on constraint deposit_event_key do update
      set state = 'SEEN', block_number = excluded.block_number, block_hash = excluded.block_hash,
          block_at = excluded.block_at, version = known.version + 1, updated_at = clock_timestamp()
    where known.state in ('ORPHANED', 'DROPPED')`,
);

const COUNT_IGNORED = statement(
  'chain.count_ignored',
  `insert into chain.ignored as counted (network, day, reason, count)
   select $1, day, reason, count(*) from unnest($2::date[], $3::text[]) as seen (day, reason)
    group by day, reason order by day, reason
   on conflict (network, day, reason) do update set count = counted.count + excluded.count`,
);

const LOCK_TRANSACTIONS = statement(
  'chain.lock_included_transactions',
  `select held.id from chain.transaction held
    where held.id in (select chain_transaction_id from chain.attempt where network = $1 and hash = any($2::text[]))
    order by held.id for update`,
);

// A cancellation moves nothing, however it ends.
const INCLUDE_TRANSACTIONS = statement(
  'chain.include_transactions',
  `with matched as (
     select seen.*, attempt.chain_transaction_id as id, attempt.purpose
       from unnest($2::text[], $3::boolean[], $4::bigint[], $5::numeric[], $6::bigint[], $7::text[], $8::timestamptz[])
         as seen (hash, succeeded, gas_used, fee, block_number, block_hash, block_at)
       join chain.attempt on attempt.network = $1 and attempt.hash = seen.hash
   ), changed as (
     update chain.transaction held
        set state = 'INCLUDED', included_hash = matched.hash, block_number = matched.block_number,
            outcome = case when matched.purpose = 'CANCEL' then 'CANCELED'
                           when matched.succeeded then 'SUCCEEDED' else 'REVERTED' end,
            block_hash = matched.block_hash, block_at = matched.block_at, gas_used = matched.gas_used,
            fee = matched.fee, updated_at = clock_timestamp()
       from matched where held.id = matched.id and held.state in ('SIGNED', 'BROADCAST')
     returning held.id
   )
   select hash, (select count(*) from changed) as changed from matched`,
);

// Those that an authorization carries are decided by its use alone.
const INCLUDE_SENDS = statement(
  'chain.include_sends',
  `with locked as (
     select send.id from chain.send
      where send.chain_transaction_id = any($1::uuid[]) and send.state in ('PLANNED', 'BROADCAST')
        and not exists (select from chain.authorization signed where signed.send_id = send.id)
      order by send.id for update
   )
   update chain.send set state = 'INCLUDED', version = send.version + 1, updated_at = clock_timestamp()
     from locked where send.id = locked.id and exists (
       select from chain.transaction carrier where carrier.id = send.chain_transaction_id and carrier.state = 'INCLUDED')`,
);

const USE_AUTHORIZATIONS = statement(
  'chain.use_authorizations',
  `with used as (
     select held.send_id, seen.* from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[])
         as seen (contract, authorizer, nonce, hash, block_number, block_hash)
       join chain.authorization held on held.network = $1 and held.contract = seen.contract
        and held.authorizer = seen.authorizer and held.nonce = seen.nonce and held.used_hash is null
   ), marked as (
     update chain.authorization held set used_hash = used.hash, used_block_number = used.block_number,
            used_block_hash = used.block_hash from used where held.send_id = used.send_id
     returning held.send_id
   ), locked as (
     select send.id from chain.send where send.id in (select send_id from marked)
        and send.state in ('PLANNED', 'BROADCAST') order by send.id for update
   )
   update chain.send set state = 'INCLUDED', version = send.version + 1, updated_at = clock_timestamp()
     from locked where send.id = locked.id`,
);

const NAME_FOREIGN = statement(
  'chain.name_foreign_nonces',
  `insert into chain.difference (id, network, organization_id, kind, address, detail, block_number)
   select id, $1, organization_id, 'FOREIGN_NONCE', address, detail, block_number
     from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[])
       as seen (id, organization_id, address, detail, block_number)
   on conflict (network, organization_id, kind, asset, address) where closed_at is null
   do update set detail = excluded.detail, block_number = excluded.block_number`,
);

const NOTIFY_SETTLE = statement('chain.notify_settle', `select pg_notify('chain_settle', '')`);

/** A hint, once the tx commits, to who settles deposits and sends. */
export async function notifySettle(tx: Tx): Promise<void> {
  await tx.rows(NOTIFY_SETTLE);
}

/** Writes what blocks brought to us: deposits, what was ignored, and what became of our own transactions. */
export async function recordBlocks(
  tx: Tx,
  network: string,
  facts: readonly BlockFacts[],
  book: AddressBook,
): Promise<void> {
  const own = facts.flatMap((each) => each.own.map((one) => ({ ...one, block: each.block })));
  if (own.length > 0) await includeTransactions(tx, network, own, book);
  const used = facts.flatMap((each) => each.used.map((one) => ({ ...one, block: each.block })));
  if (used.length > 0) {
    await tx.rows(USE_AUTHORIZATIONS, [
      network,
      arrayOf(used, (one) => one.contract),
      arrayOf(used, (one) => one.authorizer),
      arrayOf(used, (one) => one.nonce),
      arrayOf(used, (one) => one.hash),
      arrayOf(used, (one) => one.block.number),
      arrayOf(used, (one) => one.block.hash),
    ]);
  }
  const hasDeposits = await seeDeposits(tx, network, facts);
  await countIgnored(tx, network, facts);
  if (own.length > 0 || used.length > 0 || hasDeposits) await notifySettle(tx);
}

type Included = BlockFacts['own'][number] & { readonly block: BlockFacts['block'] };

async function includeTransactions(
  tx: Tx,
  network: string,
  own: readonly Included[],
  book: AddressBook,
): Promise<void> {
  const locked = await tx.rows<{ id: Uuid }>(LOCK_TRANSACTIONS, [network, arrayOf(own, (one) => one.hash)]);
  const matched = await tx.rows<{ hash: string }>(INCLUDE_TRANSACTIONS, [
    network,
    arrayOf(own, (one) => one.hash),
    arrayOf(own, (one) => String(one.succeeded)),
    arrayOf(own, (one) => one.gasUsed),
    arrayOf(own, (one) => one.feeWei),
    arrayOf(own, (one) => one.block.number),
    arrayOf(own, (one) => one.block.hash),
    arrayOfDates(own, (one) => new Date(one.block.timestampMs)),
  ]);
  await tx.rows(INCLUDE_SENDS, [arrayOf(locked, ({ id }) => id)]);
  const known = new Set(matched.map(({ hash }) => hash));
  // Named once for each address: one statement may not touch a row twice.
  const foreign = new Map(own.filter(({ hash }) => !known.has(hash)).map((one) => [one.from, one]));
  if (foreign.size === 0) return;
  const named = [...foreign.values()];
  await tx.rows(NAME_FOREIGN, [
    network,
    arrayOf(named, () => newUuid()),
    arrayOf(named, ({ from }) => book.find(from)?.organizationId ?? null),
    arrayOf(named, ({ from }) => from),
    arrayOf(named, ({ hash, nonce }) => `"nonce ${nonce} was used by ${hash} which we have not signed"`),
    arrayOf(named, ({ block }) => block.number),
  ]);
}

async function seeDeposits(tx: Tx, network: string, facts: readonly BlockFacts[]): Promise<boolean> {
  const seen = facts.flatMap(({ block, deposits }) => deposits.map((deposit) => ({ ...deposit, block })));
  if (seen.length === 0) return false;
  await tx.rows(UPSERT_DEPOSITS, [
    network,
    arrayOf(seen, () => newUuid()),
    arrayOf(seen, (one) => one.transactionHash),
    arrayOf(seen, (one) => one.logIndex),
    arrayOf(seen, (one) => one.organizationId),
    arrayOf(seen, (one) => one.asset),
    arrayOf(seen, (one) => one.amountMinor),
    arrayOf(seen, (one) => one.from),
    arrayOf(seen, (one) => one.to),
    arrayOf(seen, (one) => one.credits),
    arrayOf(seen, (one) => one.accountId),
    arrayOf(seen, (one) => one.block.number),
    arrayOf(seen, (one) => one.block.hash),
    arrayOfDates(seen, (one) => new Date(one.block.timestampMs)),
  ]);
  return true;
}

async function countIgnored(tx: Tx, network: string, facts: readonly BlockFacts[]): Promise<void> {
  const ignored = facts.flatMap(({ block, ignored: reasons }) =>
    reasons.map((reason) => ({ reason, day: new Date(block.timestampMs).toISOString().slice(0, 10) })),
  );
  if (ignored.length === 0) return;
  await tx.rows(COUNT_IGNORED, [
    network,
    arrayOf(ignored, ({ day }) => day),
    arrayOf(ignored, ({ reason }) => reason),
  ]);
}
