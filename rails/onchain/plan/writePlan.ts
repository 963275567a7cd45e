import type { Address, Hex } from 'viem';
import { arrayOf } from '../../../platform/arrays.ts';
import { newUuid, type Uuid } from '../../../platform/id.ts';
import { isHeldBy, type Lease } from '../../../platform/lease.ts';
import type { Database, Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { ScreeningAnswer } from '../screening/screening.ts';
import type { Failure, PlannedTransaction, Wait } from './planView.ts';

/** A send that the planner itself wants: a refill of gas. */
export interface WantedRefill {
  readonly to: Address;
  readonly amountWei: bigint;
}

/** A sweep that begins: with an authorization to be signed, or as a transaction of the deposit address. */
export interface NewSweep {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly asset: string;
  readonly from: Address;
  readonly to: Address;
  readonly amountMinor: bigint;
  readonly authorization: {
    readonly contract: Address;
    readonly nonce: Hex;
    readonly validBeforeSeconds: bigint;
  } | null;
}

export interface PlanToWrite {
  readonly network: string;
  readonly transactions: readonly PlannedTransaction[];
  readonly waits: readonly Wait[];
  readonly failures: readonly Failure[];
  readonly screened: ReadonlyMap<Uuid, ScreeningAnswer>;
  /** Versions that the decision was made on. */
  readonly versions: ReadonlyMap<Uuid, number>;
  readonly refills: readonly WantedRefill[];
  readonly nativeAsset: string;
  readonly sweeps?: readonly NewSweep[];
  /** Sweeps that somebody has carried out already. */
  readonly finals?: readonly Uuid[];
}

/** LOST: another has the lease, and nothing was written. */
export type WriteOutcome = 'WRITTEN' | 'LOST';

const LOCK_SENDS = statement(
  'chain.plan.lock_sends',
  `select id, version from chain.send
    where id = any($1::uuid[]) and state = 'QUEUED' and cancel_asked_at is null order by id for update`,
);

const INSERT_TRANSACTIONS = statement(
  'chain.plan.insert_transactions',
  `with planned as (
     select * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::text[],
                          $9::bigint[], $10::numeric[], $11::numeric[])
         as row (id, organization_id, from_address, kind, to_address, value, data, gas_limit, max_fee, max_priority_fee)),
   transactions as (
     insert into chain.transaction (id, organization_id, network, from_address, kind)
     select id, organization_id, $1, from_address, kind from planned)
   insert into chain.attempt (chain_transaction_id, number, organization_id, network, purpose, to_address, value, data,
                              gas_limit, max_fee_per_gas, max_priority_fee_per_gas)
   select id, 1, organization_id, $1, 'FIRST', to_address, value, decode(data, 'hex'), gas_limit, max_fee,
          max_priority_fee from planned`,
);

const PLAN_SENDS = statement(
  'chain.plan.plan_sends',
  `update chain.send s set state = 'PLANNED', waits_for = null, chain_transaction_id = planned.transaction_id,
          version = s.version + 1, updated_at = clock_timestamp()
     from unnest($1::uuid[], $2::uuid[]) as planned (id, transaction_id) where s.id = planned.id`,
);

const FAIL_SENDS = statement(
  'chain.plan.fail_sends',
  `update chain.send s set state = 'FAILED', failure_code = failed.code, waits_for = null,
          version = s.version + 1, updated_at = clock_timestamp()
     from unnest($1::uuid[], $2::text[]) as failed (id, code) where s.id = failed.id`,
);

/** `updated_at` says since when, so it stays where the reason does. */
const WAIT_SENDS = statement(
  'chain.plan.wait_sends',
  `update chain.send s set waits_for = waiting.waits_for, updated_at = clock_timestamp()
     from unnest($1::uuid[], $2::text[]) as waiting (id, waits_for)
    where s.id = waiting.id and s.waits_for is distinct from waiting.waits_for`,
);

const SCREEN_SENDS = statement(
  'chain.plan.screen_sends',
  `update chain.send s set screened_at = clock_timestamp(), screening_list = screened.list
     from unnest($1::uuid[], $2::text[]) as screened (id, list) where s.id = screened.id`,
);

const INSERT_REFILLS = statement(
  'chain.plan.insert_refills',
  `insert into chain.send (id, network, asset, purpose, from_address, to_address, amount)
   select refill.id, $1, $2, 'REFILL', tank.address, refill.to_address, refill.amount
     from unnest($3::uuid[], $4::text[], $5::numeric[]) as refill (id, to_address, amount)
     join chain.address tank on tank.network = $1 and tank.purpose = 'TANK'`,
);

const INSERT_SWEEPS = statement(
  'chain.plan.insert_sweeps',
  `insert into chain.send (id, organization_id, network, asset, purpose, from_address, to_address, amount, waits_for)
   select id, organization_id, $1, asset, 'SWEEP', from_address, to_address, amount, waits_for
     from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::text[])
         as row (id, organization_id, asset, from_address, to_address, amount, waits_for)`,
);

const INSERT_AUTHORIZATIONS = statement(
  'chain.plan.insert_authorizations',
  `insert into chain.authorization (send_id, organization_id, network, contract, authorizer, nonce,
                                    valid_after_seconds, valid_before_seconds)
   select send_id, organization_id, $1, contract, authorizer, nonce, 0, valid_before_seconds
     from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[])
         as row (send_id, organization_id, contract, authorizer, nonce, valid_before_seconds)`,
);

const END_SWEEPS = statement(
  'chain.plan.end_sweeps',
  `update chain.send set state = 'FINAL', waits_for = null, version = version + 1, updated_at = clock_timestamp()
    where id = any($1::uuid[])`,
);

const NOTIFY = statement('chain.plan.notify', "select pg_notify($1, '')");

/** Wakes whoever is next once the tx is committed; a hint only. */
export async function notify(tx: Tx, channel: 'chain_sign' | 'chain_settle' | 'chain_send'): Promise<void> {
  await tx.rows(NOTIFY, [channel]);
}

/**
 * Writes a round's decisions in one tx, as far as they still hold: a ChainTransaction of which any send has changed
 * meanwhile (its owner asked to cancel it) is left out whole, and decided again in the next round. When it throws, the
 * outcome may be unknown; the next round reads what it came to.
 */
export async function writePlan(database: Database, lease: Lease, plan: PlanToWrite): Promise<WriteOutcome> {
  return await database.write(async (tx) => {
    if (!(await isHeldBy(tx, lease))) return 'LOST';
    const same = await lockUnchanged(tx, plan.versions);
    await insertSweeps(tx, plan.network, plan.sweeps ?? []);
    for (const { id } of plan.sweeps ?? []) same.add(id);
    const finals = (plan.finals ?? []).filter((id) => same.has(id));
    if (finals.length > 0) await tx.rows(END_SWEEPS, [arrayOf(finals, (id) => id)]);
    const screened = [...plan.screened].filter(([id]) => same.has(id));
    await runFor(tx, SCREEN_SENDS, screened, [([id]) => id, ([, { list }]) => list]);
    const transactions = plan.transactions.filter(({ sendIds }) => sendIds.every((id) => same.has(id)));
    if (transactions.length > 0) {
      await insertTransactions(tx, plan.network, transactions);
      await notify(tx, 'chain_sign');
    }
    const failures = plan.failures.filter(({ id }) => same.has(id));
    await runFor(tx, FAIL_SENDS, failures, [({ id }) => id, ({ code }) => code]);
    const waits = plan.waits.filter(({ id }) => same.has(id));
    await runFor(tx, WAIT_SENDS, waits, [({ id }) => id, ({ waitsFor }) => waitsFor]);
    if (transactions.length + failures.length > 0) await notify(tx, 'chain_settle');
    await insertRefills(tx, plan.network, plan.nativeAsset, plan.refills);
    return 'WRITTEN';
  });
}

async function lockUnchanged(tx: Tx, versions: ReadonlyMap<Uuid, number>): Promise<Set<Uuid>> {
  const ids = arrayOf([...versions.keys()], (id) => id);
  const rows = await tx.rows<{ readonly id: Uuid; readonly version: number }>(LOCK_SENDS, [ids]);
  return new Set(rows.flatMap(({ id, version }) => (versions.get(id) === version ? [id] : [])));
}

/** Inserts ChainTransactions with what is to be signed, and has them carry their sends, which the caller has locked. */
export async function insertTransactions(
  tx: Tx,
  network: string,
  transactions: readonly PlannedTransaction[],
): Promise<void> {
  const rows = transactions.map((one) => ({ ...one, id: newUuid() }));
  await tx.rows(INSERT_TRANSACTIONS, [
    network,
    arrayOf(rows, ({ id }) => id),
    arrayOf(rows, ({ organizationId }) => organizationId),
    arrayOf(rows, ({ from }) => from),
    arrayOf(rows, ({ kind }) => kind),
    arrayOf(rows, ({ call }) => call.to.toLowerCase()),
    arrayOf(rows, ({ call }) => call.valueWei),
    // Quoted, since that of a coin's transfer is empty.
    arrayOf(rows, ({ call }) => `"${call.data.slice(2)}"`),
    arrayOf(rows, ({ gasLimit }) => gasLimit),
    arrayOf(rows, ({ maxFeePerGasWei }) => maxFeePerGasWei),
    arrayOf(rows, ({ maxPriorityFeePerGasWei }) => maxPriorityFeePerGasWei),
  ]);
  const carried = rows.flatMap(({ id, sendIds }) => sendIds.map((sendId) => ({ id, sendId })));
  await runFor(tx, PLAN_SENDS, carried, [({ sendId }) => sendId, ({ id }) => id]);
}

async function insertSweeps(tx: Tx, network: string, sweeps: readonly NewSweep[]): Promise<void> {
  if (sweeps.length === 0) return;
  await tx.rows(INSERT_SWEEPS, [
    network,
    arrayOf(sweeps, ({ id }) => id),
    arrayOf(sweeps, ({ organizationId }) => organizationId),
    arrayOf(sweeps, ({ asset }) => asset),
    arrayOf(sweeps, ({ from }) => from),
    arrayOf(sweeps, ({ to }) => to),
    arrayOf(sweeps, ({ amountMinor }) => amountMinor),
    arrayOf(sweeps, ({ authorization }) => (authorization === null ? 'GAS' : 'SIGNATURE')),
  ]);
  const asked = sweeps.flatMap(({ authorization, ...sweep }) =>
    authorization === null ? [] : [{ ...sweep, ...authorization }],
  );
  if (asked.length === 0) return;
  await tx.rows(INSERT_AUTHORIZATIONS, [
    network,
    arrayOf(asked, ({ id }) => id),
    arrayOf(asked, ({ organizationId }) => organizationId),
    arrayOf(asked, ({ contract }) => contract.toLowerCase()),
    arrayOf(asked, ({ from }) => from),
    arrayOf(asked, ({ nonce }) => nonce),
    arrayOf(asked, ({ validBeforeSeconds }) => validBeforeSeconds),
  ]);
  await notify(tx, 'chain_sign');
}

/** Wants coins for gas from the tank; nothing where there is no tank. */
export async function insertRefills(
  tx: Tx,
  network: string,
  nativeAsset: string,
  refills: readonly WantedRefill[],
): Promise<void> {
  if (refills.length === 0) return;
  await tx.rows(INSERT_REFILLS, [
    network,
    nativeAsset,
    arrayOf(refills, () => newUuid()),
    arrayOf(refills, ({ to }) => to),
    arrayOf(refills, ({ amountWei }) => amountWei),
  ]);
  await notify(tx, 'chain_send');
}

async function runFor<Row>(
  tx: Tx,
  one: ReturnType<typeof statement>,
  rows: readonly Row[],
  columns: readonly ((row: Row) => string)[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.rows(
    one,
    columns.map((column) => arrayOf(rows, column)),
  );
}
