import type { Database, Tx } from './postgres.ts';
import { statement } from './statement.ts';

/**
 * Work that one process at a time may do, held in platform.lease. The epoch grows with every change of hands, so
 * that a holder which was paused past its lease is told apart: it passes the epoch with each write (`isHeldBy`).
 */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly epoch: bigint;
}

const TAKE = statement(
  'platform.take_lease',
  `insert into platform.lease as held (name, holder, expires_at)
   values ($1, $2, clock_timestamp() + $3::int * interval '1 millisecond')
   on conflict (name) do update
      set holder = excluded.holder, expires_at = excluded.expires_at, epoch = held.epoch + 1
    where held.expires_at <= clock_timestamp()
   returning epoch`,
);

const RENEW = statement(
  'platform.renew_lease',
  `update platform.lease set expires_at = clock_timestamp() + $4::int * interval '1 millisecond'
    where name = $1 and holder = $2 and epoch = $3 returning 1`,
);

const RELEASE = statement(
  'platform.release_lease',
  `update platform.lease set expires_at = clock_timestamp() where name = $1 and holder = $2 and epoch = $3`,
);

const LOCK = statement(
  'platform.lock_lease',
  `select 1 from platform.lease where name = $1 and holder = $2 and epoch = $3 for update`,
);

/**
 * Takes the lease when it is free or has run out; null while another holds it. Safe to retry.
 *
 * @param holder unique to the process, so that a restarted one does not pass for its predecessor
 */
export async function takeLease(
  database: Database,
  name: string,
  holder: string,
  lifetimeMs: number,
): Promise<Lease | null> {
  const [row] = await database.write((tx) => tx.rows<{ epoch: bigint }>(TAKE, [name, holder, lifetimeMs]));
  return row ? { name, holder, epoch: row.epoch } : null;
}

/** Extends the lease; false when another has it now. A lease that ran out but was not taken is still extended. */
export async function renewLease(database: Database, lease: Lease, lifetimeMs: number): Promise<boolean> {
  const rows = await database.write((tx) =>
    tx.rows(RENEW, [lease.name, lease.holder, lease.epoch, lifetimeMs]),
  );
  return rows.length === 1;
}

/** Lets others have it at once. */
export async function releaseLease(database: Database, lease: Lease): Promise<void> {
  await database.write((tx) => tx.rows(RELEASE, [lease.name, lease.holder, lease.epoch]));
}

/** Whether `lease` is still the current one; keeps it so until the end of `tx`. The fence of a guarded write. */
export async function isHeldBy(tx: Tx, lease: Lease): Promise<boolean> {
  return (await tx.rows(LOCK, [lease.name, lease.holder, lease.epoch])).length === 1;
}

/** Another has the lease by now: what this holder knows is old, and nothing of it may be written. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** `isHeldBy`, for a write that has no other answer to give. @throws {LeaseLostError} */
export async function requireHeld(tx: Tx, lease: Lease): Promise<void> {
  if (!(await isHeldBy(tx, lease))) throw new LeaseLostError(`another holds ${lease.name}`);
}
