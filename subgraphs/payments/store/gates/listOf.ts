import type { Page } from '../../../../platform/connection.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';

/** A condition of a list, which holds for all where its value is left out. */
export interface Holding {
  /** Names it in the statement's name. */
  readonly letter: string;
  readonly sql: (place: string) => string;
  readonly value: unknown;
}

interface Listed {
  /** Of the table, which has an index on (organization_id, id). */
  readonly name: 'approval' | 'review' | 'screening';
  readonly columns: string;
  readonly holding: readonly Holding[];
}

/** Up to `limit + 1` rows by id, in walking direction; each combination of conditions is a statement of its own. */
export function listOf<Row extends object>(
  reads: Database,
  organizationId: Uuid,
  { name, columns, holding }: Listed,
  page: Page,
): Promise<readonly Row[]> {
  const held = holding.filter(({ value }) => value !== undefined);
  const order = page.forward ? 'desc' : 'asc';
  const from = page.forward
    ? `${name}.id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
    : `${name}.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')`;
  const conditions = held.map(({ sql }, index) => ` and ${sql(`$${index + 4}`)}`).join('');
  const letters = held.map(({ letter }) => letter).join('');
  return reads.readRows<Row>(
    organizationId,
    statement(
      `payments.list_${name}s_${order}_${letters}`,
      `select ${columns} from payments.${name} ${name}
        where ${name}.organization_id = $1 and ${from}${conditions} order by ${name}.id ${order} limit $2`,
    ),
    [organizationId, page.limit + 1, page.from, ...held.map(({ value }) => value)],
  );
}
