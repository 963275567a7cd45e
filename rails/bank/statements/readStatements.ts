import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';

/** A statement as its organization sees it. Signed minor units. */
export interface StatementView {
  readonly id: Uuid;
  readonly adapter: string;
  readonly key: string;
  readonly asset: string;
  readonly openingMinor: bigint | null;
  readonly closingMinor: bigint | null;
  readonly closedOn: string;
  readonly lineCount: number;
  readonly createdAt: Date;
}

const LIST = { newest: listStatements('desc'), oldest: listStatements('asc') };

/** Index statement_organization. */
function listStatements(order: 'asc' | 'desc'): Statement {
  const beyond =
    order === 'desc'
      ? `id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
      : `id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')`;
  return statement(
    `bank.list_statements_${order}`,
    `select id, adapter, key, asset, opening as "openingMinor", closing as "closingMinor", closed_on::text as "closedOn",
            line_count as "lineCount", created_at as "createdAt"
       from bank.statement
      where ${beyond} and organization_id = platform.current_organization() and ($3::text is null or adapter = $3)
      order by id ${order} limit $2`,
  );
}

/** Up to `limit + 1` statements in walking direction. Role omsx_payments. Safe to retry. */
export function listBankStatements(
  reads: Database,
  organizationId: Uuid,
  page: Page,
  adapter: string | null,
): Promise<readonly StatementView[]> {
  const values = [page.from, page.limit + 1, adapter];
  return reads.readRows<StatementView>(organizationId, page.forward ? LIST.newest : LIST.oldest, values);
}
