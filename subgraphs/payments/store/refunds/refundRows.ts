import { arrayOf, arrayOfDates, arrayOfText } from '../../../../platform/arrays.ts';
import type { Uuid } from '../../../../platform/id.ts';
import { invariant } from '../../../../platform/invariant.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { RefundRecovery, SuspendedReturn } from '../../domain/refunds/refundsInBatch.ts';
import type { ReturnPolicy } from '../../domain/refunds/returnPolicy.ts';

/** Select list that yields a domain `RefundRecovery`, for a table named or aliased `recovery`. */
export const RECOVERY_COLUMNS = `recovery.refund_id as "refundId", recovery.organization_id as "organizationId",
  recovery.state, recovery.attempt, recovery.retries, recovery.next_at as "nextAt", recovery.retried_by as "retriedBy",
  recovery.reason_code as "reasonCode"`;

export const SUSPENDED_COLUMNS = `suspended.transaction_id as "transactionId",
  suspended.organization_id as "organizationId", suspended.reason, suspended.assigned_account_id as "assignedAccountId"`;

export const POLICY_COLUMNS = `policy.on_return as "onReturn", policy.account_id as "accountId", policy.retries`;

/** Indexes refund_recovery_pkey and refund_recovery_retried. */
const READ_RECOVERIES = statement(
  'payments.read_recoveries',
  `select ${RECOVERY_COLUMNS} from payments.refund_recovery recovery where recovery.refund_id = any($1::uuid[])
   union
   select ${RECOVERY_COLUMNS} from payments.refund_recovery recovery where recovery.retried_by = any($1::uuid[])`,
);

/** Of locked refunds, and of those whose place they took. Whoever changes one holds its refund's lock. */
export async function readRecoveries(
  tx: Tx,
  refundIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, RefundRecovery>> {
  if (refundIds.length === 0) return new Map();
  const rows = await tx.rows<RefundRecovery>(READ_RECOVERIES, [arrayOf(refundIds, (id) => id)]);
  return new Map(rows.map((row) => [row.refundId, row]));
}

const READ_POLICIES = statement(
  'payments.read_return_policies',
  `select policy.transaction_id as id, ${POLICY_COLUMNS} from payments.return_policy policy
    where policy.transaction_id = any($1::uuid[])`,
);

const READ_DEFAULTS = statement(
  'payments.read_return_defaults',
  `select policy.organization_id as id, ${POLICY_COLUMNS} from payments.return_default policy
    where policy.organization_id = any($1::uuid[])`,
);

/** What was declared for Transactions; they never change. */
export function readPolicies(tx: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, ReturnPolicy>> {
  return readById(tx, READ_POLICIES, ids);
}

/** What organizations declared for all that begins from now on. */
export function readDefaults(tx: Tx, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, ReturnPolicy>> {
  return readById(tx, READ_DEFAULTS, ids);
}

async function readById(
  tx: Tx,
  text: typeof READ_POLICIES,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, ReturnPolicy>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<ReturnPolicy & { readonly id: Uuid }>(text, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map(({ id, ...policy }) => [id, policy]));
}

const READ_SUSPENDED = statement(
  'payments.read_suspended_returns',
  `select ${SUSPENDED_COLUMNS} from payments.suspended_return suspended
    where suspended.transaction_id = any($1::uuid[])`,
);

/** Of locked Transactions. Whoever changes one holds its Transaction's lock. */
export async function readSuspended(
  tx: Tx,
  ids: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, SuspendedReturn>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<SuspendedReturn>(READ_SUSPENDED, [arrayOf(ids, (id) => id)]);
  return new Map(rows.map((row) => [row.transactionId, row]));
}

const WRITE_RECOVERIES = statement(
  'payments.write_recoveries',
  `with written as (
     insert into payments.refund_recovery (refund_id, organization_id, state, attempt, retries, next_at, retried_by,
       reason_code, created_at, updated_at)
     select made.*, $9::timestamptz, $9::timestamptz
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::timestamptz[], $7::uuid[], $8::text[])
            as made
     on conflict (refund_id) do update set state = excluded.state, attempt = excluded.attempt,
       next_at = excluded.next_at, retried_by = excluded.retried_by, reason_code = excluded.reason_code,
       updated_at = excluded.updated_at
     returning 1)
   select count(*) as count from written`,
);

/** Writes recoveries as they are at the end of the batch, after their Transactions. Retry only with the whole tx. */
export async function writeRecoveries(tx: Tx, rows: readonly RefundRecovery[], now: Date): Promise<void> {
  if (rows.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(WRITE_RECOVERIES, [
    arrayOf(rows, ({ refundId }) => refundId),
    arrayOf(rows, ({ organizationId }) => organizationId),
    arrayOf(rows, ({ state }) => state),
    arrayOf(rows, ({ attempt }) => attempt),
    arrayOf(rows, ({ retries }) => retries),
    arrayOfDates(rows, ({ nextAt }) => nextAt),
    arrayOf(rows, ({ retriedBy }) => retriedBy),
    arrayOf(rows, ({ reasonCode }) => reasonCode),
    now,
  ]);
  invariant(written?.count === BigInt(rows.length), `${written?.count} of ${rows.length} recoveries written`);
}

const WRITE_SUSPENDED = statement(
  'payments.write_suspended_returns',
  `with written as (
     insert into payments.suspended_return (transaction_id, organization_id, reason, assigned_account_id, suspended_at,
       assigned_at)
     select transaction_id, organization_id, reason, assigned_account_id, $5::timestamptz,
            case when assigned_account_id is not null then $5::timestamptz end
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[])
            as made(transaction_id, organization_id, reason, assigned_account_id)
     on conflict (transaction_id) do update set assigned_account_id = excluded.assigned_account_id,
       assigned_at = excluded.assigned_at
     returning 1)
   select count(*) as count from written`,
);

/** As `writeRecoveries`, for returned money in suspense. */
export async function writeSuspended(tx: Tx, rows: readonly SuspendedReturn[], now: Date): Promise<void> {
  if (rows.length === 0) return;
  const [written] = await tx.rows<{ readonly count: bigint }>(WRITE_SUSPENDED, [
    arrayOf(rows, ({ transactionId }) => transactionId),
    arrayOf(rows, ({ organizationId }) => organizationId),
    arrayOf(rows, ({ reason }) => reason),
    arrayOf(rows, ({ assignedAccountId }) => assignedAccountId),
    now,
  ]);
  invariant(
    written?.count === BigInt(rows.length),
    `${written?.count} of ${rows.length} returns in suspense`,
  );
}

const INSERT_POLICIES = statement(
  'payments.insert_return_policies',
  `insert into payments.return_policy (transaction_id, organization_id, on_return, account_id, retries)
   select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::int[])`,
);

/** What was declared for Transactions of this batch, after them. Retry only with the whole tx. */
export async function insertPolicies(
  tx: Tx,
  rows: readonly (ReturnPolicy & { readonly transactionId: Uuid; readonly organizationId: Uuid })[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.rows(INSERT_POLICIES, [
    arrayOf(rows, ({ transactionId }) => transactionId),
    arrayOf(rows, ({ organizationId }) => organizationId),
    arrayOf(rows, ({ onReturn }) => onReturn),
    arrayOf(rows, ({ accountId }) => accountId),
    arrayOf(rows, ({ retries }) => retries),
  ]);
}

const WRITE_DEFAULTS = statement(
  'payments.write_return_defaults',
  `insert into payments.return_default (organization_id, on_return, account_id, retries, set_by, updated_at)
   select made.*, $6::timestamptz from unnest($1::uuid[], $2::text[], $3::uuid[], $4::int[], $5::text[]) as made
   on conflict (organization_id) do update set on_return = excluded.on_return, account_id = excluded.account_id,
     retries = excluded.retries, set_by = excluded.set_by, updated_at = excluded.updated_at`,
);

/** What organizations say holds from now on, each once. Retry only with the whole tx. */
export async function writeDefaults(
  tx: Tx,
  rows: readonly (readonly [Uuid, ReturnPolicy & { readonly setBy: string }])[],
  now: Date,
): Promise<void> {
  if (rows.length === 0) return;
  await tx.rows(WRITE_DEFAULTS, [
    arrayOf(rows, ([organizationId]) => organizationId),
    arrayOf(rows, ([, { onReturn }]) => onReturn),
    arrayOf(rows, ([, { accountId }]) => accountId),
    arrayOf(rows, ([, { retries }]) => retries),
    arrayOfText(rows, ([, { setBy }]) => setBy),
    now,
  ]);
}
