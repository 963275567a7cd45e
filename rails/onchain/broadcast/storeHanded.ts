import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import { type Lease, requireHeld } from '../../../platform/lease.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { BroadcastOutcome } from '../rpc/chainReader.ts';
import { mayPass, type Replacement } from './decideNext.ts';

/** An attempt that was handed to the endpoints. */
export interface HandedAttempt {
  readonly transactionId: Uuid;
  readonly number: number;
  readonly outcome: BroadcastOutcome;
}

const LOCK_TRANSACTIONS = statement(
  'chain.broadcast.lock_transactions',
  `select id from chain.transaction where id = any ($1::uuid[]) order by id for no key update`,
);

const STORE_OUTCOMES = statement(
  'chain.broadcast.store_outcomes',
  `update chain.attempt a
      set broadcasts = a.broadcasts + 1, last_fault = nullif(handed.outcome, 'ACCEPTED'),
          broadcast_at = case when handed.outcome in ('INSUFFICIENT_FUNDS', 'INVALID') then a.broadcast_at
                              else coalesce(a.broadcast_at, clock_timestamp()) end
     from unnest($1::uuid[], $2::int[], $3::text[]) handed (id, number, outcome)
    where a.chain_transaction_id = handed.id and a.number = handed.number and a.state = 'SIGNED'`,
);

const MARK_TRANSACTIONS = statement(
  'chain.broadcast.mark_transactions',
  `update chain.transaction set state = 'BROADCAST', updated_at = clock_timestamp()
    where id = any ($1::uuid[]) and state = 'SIGNED'`,
);

const LOCK_SENDS = statement(
  'chain.broadcast.lock_sends',
  `select id from chain.send where chain_transaction_id = any ($1::uuid[]) and state = 'PLANNED'
    order by id for no key update`,
);

const MARK_SENDS = statement(
  'chain.broadcast.mark_sends',
  `update chain.send set state = 'BROADCAST', version = version + 1, updated_at = clock_timestamp()
    where id = any ($1::uuid[]) and state = 'PLANNED' returning 1`,
);

/**
 * Stores what endpoints said, and that what they took is BROADCAST, unless a block has it already. Safe to retry but
 * for the count of broadcasts.
 *
 * @throws {LeaseLostError}
 */
export async function storeHanded(
  database: Database,
  lease: Lease,
  handed: readonly HandedAttempt[],
): Promise<void> {
  if (handed.length === 0) return;
  await database.write(async (tx) => {
    await requireHeld(tx, lease);
    const taken = handed.filter(({ outcome }) => mayPass(outcome));
    const ids = arrayOf(taken, ({ transactionId }) => transactionId);
    await tx.rows(LOCK_TRANSACTIONS, [arrayOf(handed, ({ transactionId }) => transactionId)]);
    await tx.rows(STORE_OUTCOMES, [
      arrayOf(handed, ({ transactionId }) => transactionId),
      arrayOf(handed, ({ number }) => number),
      arrayOf(handed, ({ outcome }) => outcome),
    ]);
    await tx.rows(MARK_TRANSACTIONS, [ids]);
    const sends = await tx.rows<{ readonly id: Uuid }>(LOCK_SENDS, [ids]);
    if (sends.length === 0) return;
    await tx.rows(MARK_SENDS, [arrayOf(sends, ({ id }) => id)]);
    await wake(tx, 'chain_settle');
  });
}

const LOCK_OPEN = statement(
  'chain.broadcast.lock_open',
  `select 1 from chain.transaction where id = $1 and state in ('SIGNED', 'BROADCAST') for no key update`,
);

/** A cancellation sends nothing to the sender itself; what pays more does what the first one does. */
const ASK = statement(
  'chain.broadcast.ask',
  `insert into chain.attempt (chain_transaction_id, number, organization_id, network, purpose, to_address, value, data,
                              gas_limit, max_fee_per_gas, max_priority_fee_per_gas)
   select t.id, $2::int, t.organization_id, t.network, $3::text,
          case when $3::text = 'CANCEL' then t.from_address else first.to_address end,
          case when $3::text = 'CANCEL' then 0 else first.value end,
          case when $3::text = 'CANCEL' then ''::bytea else first.data end,
          $4::bigint, $5::numeric, $6::numeric
     from chain.transaction t
     join chain.attempt first on first.chain_transaction_id = t.id and first.purpose = 'FIRST' and first.state = 'SIGNED'
    where t.id = $1
      and not exists (select 1 from chain.attempt open
                       where open.chain_transaction_id = t.id and (open.state = 'ASKED' or open.number >= $2::int))
   returning 1`,
);

const CLEAR = statement(
  'chain.broadcast.clear_asked',
  `update chain.send set cancel_asked_at = null, accelerate_asked_at = null
    where id in (select id from chain.send
                  where chain_transaction_id = $1 and (cancel_asked_at is not null or accelerate_asked_at is not null)
                  order by id for no key update)`,
);

/**
 * Asks the signer for a replacement, and takes back what the sends asked for where that is answered.
 *
 * @returns whether a replacement was asked for
 * @throws {LeaseLostError}
 */
export async function storeAsked(
  database: Database,
  lease: Lease,
  transactionId: Uuid,
  ask: Replacement | null,
  clearsAsked: boolean,
): Promise<boolean> {
  return await database.write(async (tx) => {
    await requireHeld(tx, lease);
    const locked = await tx.rows(LOCK_OPEN, [transactionId]);
    if (locked.length === 0) return false;
    const { number, purpose, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei } = ask ?? {};
    const values = [transactionId, number, purpose, gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei];
    const asked = ask === null ? [] : await tx.rows(ASK, values);
    if (clearsAsked && (ask === null || asked.length > 0)) await tx.rows(CLEAR, [transactionId]);
    if (asked.length > 0) await wake(tx, 'chain_sign');
    return asked.length > 0;
  });
}

const CLEAR_LATE = statement(
  'chain.broadcast.clear_late',
  `update chain.send set cancel_asked_at = null, accelerate_asked_at = null
    where id in (select id from chain.send
                  where network = $1 and (cancel_asked_at is not null or accelerate_asked_at is not null)
                    and state in ('INCLUDED', 'FINAL')
                  order by id limit 500 for no key update)`,
);

/** Takes back what was asked of sends that a block has already. */
export async function clearLate(database: Database, lease: Lease, network: string): Promise<void> {
  await database.write(async (tx) => {
    await requireHeld(tx, lease);
    await tx.rows(CLEAR_LATE, [network]);
  });
}

const WAKE = statement('chain.broadcast.wake', "select pg_notify($1, '')");

async function wake(tx: Tx, channel: 'chain_sign' | 'chain_settle'): Promise<void> {
  await tx.rows(WAKE, [channel]);
}
