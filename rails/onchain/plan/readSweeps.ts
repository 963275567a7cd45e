import type { Address, Hex } from 'viem';
import { arrayOf } from '../../../platform/arrays.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Tx } from '../../../platform/postgres.ts';
import { statement } from '../../../platform/statement.ts';
import type { NetworkConfig } from '../network.ts';
import type { WaitsFor } from './planView.ts';

/** Sweeps under way that one round looks at. */
const OPEN_SWEEPS_MAX = 1_000;
/** Deposit addresses that one round looks through, and those of organizations whose sends wait for money. */
export const ADDRESSES_MAX = 2_000;
const URGENT_ADDRESSES_MAX = 1_000;
/** After a sweep that failed its address is left alone for so long. */
const SWEEP_RETRY_MS = 300_000;

/** A SWEEP that is QUEUED, with its authorization where it goes by one. */
export interface QueuedSweep {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly asset: string;
  readonly from_address: Address;
  readonly to_address: Address;
  readonly amount: bigint;
  readonly waits_for: WaitsFor | null;
  readonly updated_at: Date;
  readonly version: number;
  readonly state: 'ASKED' | 'SIGNED' | 'REFUSED' | 'USED' | null;
  readonly contract: Address | null;
  readonly nonce: Hex | null;
  readonly valid_before_seconds: bigint | null;
  readonly signature: Buffer | null;
  readonly asked_at: Date | null;
}

const READ_QUEUED = statement(
  'chain.plan.read_queued_sweeps',
  `select s.id, s.organization_id, s.asset, s.from_address, s.to_address, s.amount, s.waits_for, s.updated_at, s.version,
          a.state, a.contract, a.nonce, a.valid_before_seconds, a.signature, a.created_at as asked_at
     from chain.send s left join chain.authorization a on a.send_id = s.id
    where s.network = $1 and s.state = 'QUEUED' and s.purpose = 'SWEEP'
    order by s.created_at, s.id limit ${OPEN_SWEEPS_MAX}`,
);

export async function readQueuedSweeps(tx: Tx, network: string): Promise<readonly QueuedSweep[]> {
  return await tx.rows<QueuedSweep>(READ_QUEUED, [network]);
}

/** A deposit address where something has become final since it was last swept. */
export interface SweepCandidate {
  readonly address: Address;
  readonly organization_id: Uuid;
  readonly custody: Address;
  readonly asset: string;
  /** What its Wallet holds. */
  readonly wallet_asset: string;
  /** Whether a send of its organization waits for this asset. */
  readonly is_urgent: boolean;
}

/** A sweep that took as much as one signature may has left something, and does not count as having been there. */
const READ_CANDIDATES = statement(
  'chain.plan.read_sweep_candidates',
  `with urgent as (
     select distinct organization_id, asset from chain.send
      where network = $1 and state = 'QUEUED' and waits_for = 'LIQUIDITY' and organization_id is not null),
   looked_at as (
     (select * from chain.address where network = $1 and purpose = 'DEPOSIT' and address > $2
       order by address limit ${ADDRESSES_MAX})
     union
     (select * from chain.address where network = $1 and purpose = 'DEPOSIT'
         and organization_id in (select organization_id from urgent) limit ${URGENT_ADDRESSES_MAX}))
   select one.address, one.organization_id, custody.address as custody, listed.asset, one.asset as wallet_asset,
          exists (select 1 from urgent where urgent.organization_id = one.organization_id
                   and urgent.asset = listed.asset) as is_urgent
     from looked_at one
     join chain.address custody on custody.network = $1 and custody.purpose = 'CUSTODY'
      and custody.organization_id = one.organization_id
    cross join unnest($3::text[], $4::numeric[]) as listed (asset, amount_max)
    cross join lateral (
      select max(d.updated_at) as at from chain.deposit d
       where d.network = $1 and d.to_address = one.address and d.asset = listed.asset and d.state = 'FINAL') arrived
    where arrived.at is not null
      and not exists (
        select 1 from chain.send s
         where s.network = $1 and s.from_address = one.address and s.asset = listed.asset and s.purpose = 'SWEEP'
           and (s.state not in ('FINAL', 'FAILED', 'CANCELED')
             or (s.state = 'FINAL' and s.created_at > arrived.at and s.amount < listed.amount_max)
             or (s.state = 'FAILED' and s.updated_at > clock_timestamp() - interval '${SWEEP_RETRY_MS} milliseconds')))
    order by is_urgent desc, one.address, listed.asset`,
);

/** @param from address after which to look on, so that rounds get to all of them */
export async function readSweepCandidates(
  tx: Tx,
  network: NetworkConfig,
  from: string,
): Promise<readonly SweepCandidate[]> {
  return await tx.rows<SweepCandidate>(READ_CANDIDATES, [
    network.code,
    from,
    arrayOf(network.assets, ({ asset }) => asset),
    arrayOf(network.assets, ({ perTransactionMinorMax }) => perTransactionMinorMax),
  ]);
}

const READ_NEXT_ADDRESS = statement(
  'chain.plan.read_next_address',
  `select address from chain.address where network = $1 and purpose = 'DEPOSIT' and address > $2
    order by address offset ${ADDRESSES_MAX - 1} limit 1`,
);

/** Where the next round looks on; the beginning when this one came to the end. */
export async function readNextAddress(tx: Tx, network: string, from: string): Promise<string> {
  const [row] = await tx.rows<{ readonly address: string }>(READ_NEXT_ADDRESS, [network, from]);
  return row?.address ?? '';
}
