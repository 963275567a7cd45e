import type { Address } from 'viem';
import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { NetworkConfig } from '../network.ts';
import type { QueuedSend, WaitsFor } from './planView.ts';

/** Queues (an asset of an address) that one round looks at, and sends of each. */
export const QUEUES_MAX = 200;
export const QUEUE_SENDS_MAX = 600;

interface QueueRow {
  readonly id: Uuid;
  readonly organization_id: Uuid | null;
  readonly purpose: 'PAYMENT' | 'REFILL';
  readonly asset: string;
  readonly from_address: Address;
  readonly to_address: Address;
  readonly amount: bigint;
  readonly waits_for: WaitsFor | null;
  readonly updated_at: Date;
  readonly version: number;
  readonly is_screened: boolean;
  readonly goes_alone: boolean;
}

/**
 * What is queued, in the order in which it goes within each queue. What has met its limit of the day waits for the
 * next day (UTC), and does not stand before others meanwhile.
 */
const IS_WAITING = `network = $1 and state = 'QUEUED' and purpose in ('PAYMENT', 'REFILL') and cancel_asked_at is null
  and not (waits_for is not distinct from 'LIMIT'
    and updated_at >= date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC')`;

const READ_QUEUE = statement(
  'chain.plan.read_queue',
  `select s.id, s.organization_id, s.purpose, s.asset, s.from_address, s.to_address, s.amount, s.waits_for,
          s.updated_at, s.version, s.screened_at is not null as is_screened,
          s.chain_transaction_id is not null
            or s.asset = $3 and exists (select 1 from chain.address own where own.network = s.network and own.address = s.to_address)
            as goes_alone
     from (select distinct from_address, asset from chain.send
            where ${IS_WAITING} and from_address >= $2
            order by from_address, asset limit ${QUEUES_MAX}) queue
    cross join lateral (
      select * from chain.send
       where ${IS_WAITING} and from_address = queue.from_address and asset = queue.asset
       order by created_at, id limit ${QUEUE_SENDS_MAX}) s
    order by s.from_address, s.created_at, s.id`,
);

/** @param from address at which to begin, so that rounds get to everybody where there are many */
export async function readQueue(
  tx: Tx,
  network: Pick<NetworkConfig, 'code' | 'nativeAsset'>,
  from: string,
): Promise<readonly QueuedSend[]> {
  const rows = await tx.rows<QueueRow>(READ_QUEUE, [network.code, from, network.nativeAsset]);
  return rows.map((row) => ({
    id: row.id,
    organizationId: row.organization_id,
    purpose: row.purpose,
    asset: row.asset,
    from: row.from_address,
    to: row.to_address,
    amountMinor: row.amount,
    waitsFor: row.waits_for,
    updatedAtMs: row.updated_at.getTime(),
    version: row.version,
    isScreened: row.is_screened,
    goesAlone: row.goes_alone,
  }));
}

const BREAKER_STATUSES = ['STARTING', 'STALLED', 'LOST', 'UNREACHABLE'];
const READ_STATUS = statement('chain.plan.read_status', 'select status from chain.network where code = $1');

/** Whether nothing new may be begun on the Network: nobody follows what would become of it. */
export async function isBreakerOpen(tx: Tx, network: string): Promise<boolean> {
  const [row] = await tx.rows<{ readonly status: string }>(READ_STATUS, [network]);
  return row === undefined || BREAKER_STATUSES.includes(row.status);
}

const READ_FOLLOWED = statement(
  'chain.plan.read_followed',
  'select coalesce(followed_number, 0) as followed from chain.network where code = $1',
);

/**
 * The newest block that tables know of. Read after what is open: whatever is not open any more is in a block up to it,
 * so that balances are not to be read from an endpoint that does not have it yet.
 */
export async function readFollowed(tx: Tx, network: string): Promise<bigint> {
  const [row] = await tx.rows<{ readonly followed: bigint }>(READ_FOLLOWED, [network]);
  return row?.followed ?? 0n;
}

/** A ChainTransaction that is not FINAL. */
export interface OpenTransaction {
  readonly id: Uuid;
  readonly from_address: Address;
  readonly state: string;
  readonly block_number: bigint | null;
  /** The most that any of its attempts may cost, in wei. */
  readonly most: bigint;
}

const READ_OPEN = statement(
  'chain.plan.read_open',
  `select t.id, t.from_address, t.state, t.block_number,
          (select coalesce(max(a.gas_limit * a.max_fee_per_gas), 0) from chain.attempt a
            where a.chain_transaction_id = t.id) as most
     from chain.transaction t
    where t.network = $1 and t.from_address = any($2::text[]) and t.state not in ('FINAL', 'REFUSED')`,
);

export interface Outgoing {
  readonly id: Uuid;
  readonly asset: string;
  readonly amount: bigint;
}

const READ_OUTGOING = statement(
  'chain.plan.read_outgoing',
  `select t.id, s.asset, sum(s.amount) as amount
     from chain.transaction t
     join chain.send s on s.chain_transaction_id = t.id and s.from_address = t.from_address
    where t.network = $1 and t.from_address = any($2::text[]) and t.state not in ('FINAL', 'REFUSED')
    group by t.id, s.asset`,
);

/** What the open ChainTransactions of these addresses are, and take. */
export async function readOpen(
  tx: Tx,
  network: string,
  addresses: readonly Address[],
): Promise<{ readonly open: readonly OpenTransaction[]; readonly outgoing: readonly Outgoing[] }> {
  const values = [network, arrayOf(addresses, (address) => address)];
  const open = await tx.rows<OpenTransaction>(READ_OPEN, values);
  return { open, outgoing: await tx.rows<Outgoing>(READ_OUTGOING, values) };
}

const READ_GAS = statement(
  'chain.plan.read_gas',
  `with cost as (
     select t.organization_id, coalesce(t.fee, (select coalesce(max(a.gas_limit * a.max_fee_per_gas), 0)
              from chain.attempt a where a.chain_transaction_id = t.id)) as wei
       from chain.transaction t where t.network = $1 and t.state not in ('FINAL', 'REFUSED')
     union all
     select t.organization_id, t.fee from chain.transaction t
      where t.network = $1 and t.state = 'FINAL' and not t.fee_settled)
   select account.organization_id as id, account.credits_posted - account.debits_posted
          - (select coalesce(sum(cost.wei), 0) from cost where cost.organization_id = account.organization_id) as wei
     from ledger.account
    where kind = 'FEES' and asset = $2 and place = $1 and organization_id = any($3::uuid[])`,
);

/**
 * Gas that organizations have paid for ahead: what is posted, less what open ChainTransactions may cost at most and
 * what final ones did cost where that is not in the books yet.
 */
export async function readGas(
  tx: Tx,
  network: string,
  nativeAsset: string,
  organizationIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, bigint>> {
  const ids = arrayOf(organizationIds, (id) => id);
  const rows = await tx.rows<{ readonly id: Uuid; readonly wei: bigint }>(READ_GAS, [
    network,
    nativeAsset,
    ids,
  ]);
  return new Map(rows.map(({ id, wei }) => [id, wei]));
}

const APPROVAL_RETRY_MS = 3_600_000;

const READ_APPROVALS = statement(
  'chain.plan.read_approvals',
  `select distinct on (t.from_address, a.to_address) t.from_address, a.to_address as contract,
          t.state not in ('FINAL', 'REFUSED') as is_open
     from chain.transaction t join chain.attempt a on a.chain_transaction_id = t.id and a.number = 1
    where t.network = $1 and t.from_address = any($2::text[]) and t.kind = 'APPROVAL'
      and (t.state not in ('FINAL', 'REFUSED')
        or (t.outcome is distinct from 'SUCCEEDED'
            and t.updated_at > clock_timestamp() - interval '${APPROVAL_RETRY_MS} milliseconds'))
    order by t.from_address, a.to_address, is_open desc`,
);

export interface Approval {
  readonly from_address: Address;
  readonly contract: Address;
  readonly is_open: boolean;
}

export async function readApprovals(
  tx: Tx,
  network: string,
  addresses: readonly Address[],
): Promise<readonly Approval[]> {
  return await tx.rows<Approval>(READ_APPROVALS, [network, arrayOf(addresses, (address) => address)]);
}

/** After a refill that failed no other is asked for. */
const REFILL_RETRY_MS = 300_000;

const READ_REFILLING = statement(
  'chain.plan.read_refilling',
  `select s.to_address as address from chain.send s
    where s.network = $1 and s.purpose = 'REFILL' and s.to_address = any($2::text[])
      and (s.state not in ('FINAL', 'FAILED', 'CANCELED')
        or (s.state = 'FAILED' and s.updated_at > clock_timestamp() - interval '${REFILL_RETRY_MS} milliseconds'))
   union
   select d.to_address from chain.deposit d
    where d.network = $1 and d.credits = 'GAS' and d.to_address = any($2::text[]) and d.state in ('SEEN', 'ORPHANED')
   union
   select d.to_address from chain.deposit d
    where d.network = $1 and d.credits = 'GAS' and d.to_address = any($2::text[]) and d.settled_version < d.version`,
);

/** Those to which coins for gas are under way, or have come and are not in the books yet, or could not be sent lately. */
export async function readRefilling(
  tx: Tx,
  network: string,
  addresses: readonly Address[],
): Promise<ReadonlySet<Address>> {
  const values = [network, arrayOf(addresses, (address) => address)];
  const rows = await tx.rows<{ readonly address: Address }>(READ_REFILLING, values);
  return new Set(rows.map(({ address }) => address));
}
