import { arrayOf } from '../../../../platform/arrays.ts';
import type { Page } from '../../../../platform/connection.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { RefundRecovery, SuspendedReturn } from '../../domain/refunds/refundsInBatch.ts';
import { type ReturnPolicy, USUAL_POLICY } from '../../domain/refunds/returnPolicy.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { TRANSACTION_COLUMNS } from '../columns.ts';
import { POLICY_COLUMNS, RECOVERY_COLUMNS, SUSPENDED_COLUMNS } from './refundRows.ts';

/** What is kept of a Transaction beside its row, each null where there is nothing. */
export interface RefundRows {
  readonly policy: ReturnPolicy | null;
  readonly recovery: RefundRecovery | null;
  readonly suspended: SuspendedReturn | null;
}

const FIND_POLICIES = statement(
  'payments.find_return_policies',
  `select policy.transaction_id as id, ${POLICY_COLUMNS} from payments.return_policy policy
    where policy.transaction_id = any($1::uuid[])`,
);
const FIND_RECOVERIES = statement(
  'payments.find_recoveries',
  `select ${RECOVERY_COLUMNS} from payments.refund_recovery recovery where recovery.refund_id = any($1::uuid[])`,
);
const FIND_SUSPENDED = statement(
  'payments.find_suspended_returns',
  `select ${SUSPENDED_COLUMNS} from payments.suspended_return suspended
    where suspended.transaction_id = any($1::uuid[])`,
);
const FIND_DEFAULT = statement(
  'payments.find_return_default',
  `select ${POLICY_COLUMNS} from payments.return_default policy
    where policy.organization_id = platform.current_organization()`,
);

/** The rows in the order of `ids`. Role omsx_payments; for whole organizations only. Safe to retry. */
export async function findRefundRows(
  reads: Database,
  organizationId: Uuid,
  ids: readonly Uuid[],
): Promise<readonly RefundRows[]> {
  const asked = [arrayOf(ids, (id) => id)];
  const [policies, recoveries, suspended] = await Promise.all([
    reads.readRows<ReturnPolicy & { readonly id: Uuid }>(organizationId, FIND_POLICIES, asked),
    reads.readRows<RefundRecovery>(organizationId, FIND_RECOVERIES, asked),
    reads.readRows<SuspendedReturn>(organizationId, FIND_SUSPENDED, asked),
  ]);
  const policyOf = new Map(policies.map((row) => [row.id, row]));
  const recoveryOf = new Map(recoveries.map((row) => [row.refundId, row]));
  const suspendedOf = new Map(suspended.map((row) => [row.transactionId, row]));
  return ids.map((id) => ({
    policy: policyOf.get(id) ?? null,
    recovery: recoveryOf.get(id) ?? null,
    suspended: suspendedOf.get(id) ?? null,
  }));
}

/** What holds where a Transaction does not say. Role omsx_payments. Safe to retry. */
export async function findDefaultPolicy(reads: Database, organizationId: Uuid): Promise<ReturnPolicy> {
  const [policy] = await reads.readRows<ReturnPolicy>(organizationId, FIND_DEFAULT, []);
  return policy ?? USUAL_POLICY;
}

/** Which Transactions somebody has to do something about. */
export type RefundList = 'ESCALATED' | 'SUSPENDED';

const OPEN: Readonly<Record<RefundList, string>> = {
  // Index refund_recovery_escalated.
  ESCALATED: `payments.refund_recovery open on open.refund_id = transaction.id and open.state = 'ESCALATED'`,
  // Index suspended_return_open.
  SUSPENDED: `payments.suspended_return open on open.transaction_id = transaction.id and open.assigned_account_id is null`,
};

function listOf(list: RefundList, order: 'asc' | 'desc') {
  const beyond = order === 'desc' ? '<' : '>';
  const end =
    order === 'desc' ? 'ffffffff-ffff-ffff-ffff-ffffffffffff' : '00000000-0000-0000-0000-000000000000';
  return statement(
    `payments.list_${list.toLowerCase()}_${order}`,
    `select ${TRANSACTION_COLUMNS} from payments.transaction transaction join ${OPEN[list]}
      where open.organization_id = platform.current_organization()
        and transaction.id ${beyond} coalesce($1::uuid, '${end}')
      order by transaction.id ${order} limit $2`,
  );
}

const LISTS = {
  ESCALATED: { asc: listOf('ESCALATED', 'asc'), desc: listOf('ESCALATED', 'desc') },
  SUSPENDED: { asc: listOf('SUSPENDED', 'asc'), desc: listOf('SUSPENDED', 'desc') },
};

/** Up to `limit + 1` Transactions in walking direction. Role omsx_payments. Safe to retry. */
export async function listOpen(
  reads: Database,
  organizationId: Uuid,
  list: RefundList,
  page: Page,
): Promise<readonly Transaction[]> {
  const text = LISTS[list][page.forward ? 'desc' : 'asc'];
  return await reads.readRows<Transaction>(organizationId, text, [page.from, page.limit + 1]);
}
