import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';

/** The newest comparison of one holding. Amounts in minor units. */
export interface ReconciliationRow {
  readonly network: string;
  readonly asset: string;
  readonly expectedMinor: bigint;
  readonly actualMinor: bigint;
  readonly blockNumber: bigint;
  readonly checkedAt: Date;
}

const LIST_RECONCILIATIONS = statement(
  'chain.list_reconciliations',
  `select network, asset, expected as "expectedMinor", actual as "actualMinor", block_number as "blockNumber",
          checked_at as "checkedAt"
     from chain.reconciliation where organization_id = $1 order by network, asset`,
);

/** One for each Network and Asset, in their order. Role omsx_wallets. Safe to retry. */
export function listReconciliations(
  reads: Database,
  organizationId: Uuid,
): Promise<readonly ReconciliationRow[]> {
  return reads.readRows<ReconciliationRow>(organizationId, LIST_RECONCILIATIONS, [organizationId]);
}

/** A named difference. Amounts in minor units; null where it is about none. */
export interface DifferenceRow {
  readonly id: Uuid;
  readonly network: string;
  readonly kind: 'BALANCE' | 'FOREIGN_NONCE' | 'INCOMING_UNSEEN';
  readonly asset: string | null;
  readonly address: string | null;
  readonly expectedMinor: bigint | null;
  readonly actualMinor: bigint | null;
  readonly detail: string;
  readonly blockNumber: bigint;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
}

function differencesStatement(forward: boolean): Statement {
  return statement(
    `chain.list_differences_${forward ? 'forward' : 'backward'}`,
    `select id, network, kind, asset, address, expected as "expectedMinor", actual as "actualMinor", detail,
            block_number as "blockNumber", opened_at as "openedAt", closed_at as "closedAt"
       from chain.difference
      where organization_id = $1 and (closed_at is null or not $2::boolean)
        and ($3::uuid is null or id ${forward ? '<' : '>'} $3)
      order by id ${forward ? 'desc' : 'asc'} limit $4`,
  );
}

const DIFFERENCES_FORWARD = differencesStatement(true);
const DIFFERENCES_BACKWARD = differencesStatement(false);

/** Up to `limit + 1` in walking direction. Role omsx_wallets. Safe to retry. */
export function listDifferences(
  reads: Database,
  organizationId: Uuid,
  openOnly: boolean,
  page: Page & { readonly from: Uuid | null },
): Promise<readonly DifferenceRow[]> {
  return reads.readRows<DifferenceRow>(
    organizationId,
    page.forward ? DIFFERENCES_FORWARD : DIFFERENCES_BACKWARD,
    [organizationId, openOnly, page.from, page.limit + 1],
  );
}
