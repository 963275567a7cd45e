import type { Page } from '../../../platform/connection.ts';
import type { Uuid } from '../../../platform/id.ts';
import type { Database } from '../../../platform/postgres.ts';
import { type Statement, statement } from '../../../platform/statement.ts';
import type { Viewer } from '../../../platform/viewer.ts';
import type { Transaction } from '../domain/transaction.ts';
import { TRANSACTION_COLUMNS } from './columns.ts';
import type { PartyKind } from './listTransactionsOf.ts';
import { firstIdAt } from './timeOfId.ts';

/** What listed Transactions have in common; all conditions hold at once, and one left out holds for all. */
export interface Conditions {
  /** Each is the source or the destination. */
  readonly parties?: readonly { readonly kind: PartyKind; readonly id: Uuid }[];
  readonly statuses?: readonly string[];
  /** True when `statuses` are those that whoever may know of reviews sees. */
  readonly knowsReviews?: true;
  readonly types?: readonly string[];
  readonly asset?: string;
  /** Minor units on the source side, both bounds inside. */
  readonly amountMinorMin?: bigint;
  readonly amountMinorMax?: bigint;
  readonly createdFrom?: Date;
  readonly createdBefore?: Date;
  readonly externalId?: string;
  readonly metadata?: { readonly key: string; readonly value: string };
}

/** A condition that holds: its letter names it in the statement's name, which Postgres cuts at 63 characters. */
interface Condition {
  readonly letter: string;
  readonly sql: (place: string) => string;
  readonly value: unknown;
}

/**
 * Up to `limit + 1` Transactions of the organization from `page.from` on, in walking direction. Each
 * combination of conditions is a statement of its own, so that each has the plan and the index that fit.
 * Safe to retry.
 */
export function listTransactions(
  reads: Database,
  viewer: Viewer,
  conditions: Conditions,
  page: Page,
): Promise<readonly Transaction[]> {
  const parties = [...(conditions.parties ?? [])];
  if (viewer.customerId !== undefined) parties.push({ kind: 'customer', id: viewer.customerId });
  const [first, ...others] = parties;
  const holding = [...others.map(partyCondition), ...conditionsOf(conditions)];
  const values = [viewer.organizationId, page.limit + 1, page.from];
  return reads.readRows<Transaction>(
    viewer.organizationId,
    listStatement(first?.kind ?? null, holding, page.forward ? 'desc' : 'asc'),
    [...values, ...(first ? [first.id] : []), ...holding.map(({ value }) => value)],
  );
}

function partyCondition({ kind, id }: { readonly kind: PartyKind; readonly id: Uuid }): Condition {
  return {
    letter: kind === 'account' ? 'A' : 'C',
    sql: (place) => `${place}::uuid in (transaction.source_${kind}_id, transaction.destination_${kind}_id)`,
    value: id,
  };
}

function conditionsOf(conditions: Conditions): readonly Condition[] {
  const { createdFrom, createdBefore, metadata } = conditions;
  const all: readonly Condition[] = [
    conditions.knowsReviews
      ? { letter: 'r', sql: reviewedStatus, value: conditions.statuses }
      : { letter: 's', sql: (p) => `transaction.status = any(${p}::text[])`, value: conditions.statuses },
    { letter: 't', sql: (p) => `transaction.type = any(${p}::text[])`, value: conditions.types },
    { letter: 'a', sql: (p) => `transaction.source_asset = ${p}`, value: conditions.asset },
    { letter: 'n', sql: (p) => `transaction.source_amount >= ${p}`, value: conditions.amountMinorMin },
    { letter: 'x', sql: (p) => `transaction.source_amount <= ${p}`, value: conditions.amountMinorMax },
    { letter: 'f', sql: (p) => `transaction.created_at >= ${p}`, value: createdFrom?.toISOString() },
    { letter: 'F', sql: (p) => `transaction.id >= ${p}`, value: firstIdAt(createdFrom, 'EARLY') },
    { letter: 'b', sql: (p) => `transaction.created_at < ${p}`, value: createdBefore?.toISOString() },
    { letter: 'B', sql: (p) => `transaction.id < ${p}`, value: firstIdAt(createdBefore, 'LATE') },
    { letter: 'e', sql: (p) => `transaction.external_id = ${p}`, value: conditions.externalId },
    { letter: 'm', sql: (p) => `pair.key = ${p}`, value: metadata?.key },
    { letter: 'v', sql: (p) => `pair.value = ${p}`, value: metadata?.value },
  ];
  return all.filter(({ value }) => value !== undefined);
}

/** The status as it is shown to whoever may know of reviews. */
function reviewedStatus(place: string): string {
  const isReviewed = `exists (select from payments.review review
    where review.subject_id = transaction.id and review.status = 'OPEN')`;
  return `case when transaction.status <> 'PROCESSING' then transaction.status = any(${place}::text[])
    when 'UNDER_REVIEW' = any(${place}::text[]) and 'PROCESSING' = any(${place}::text[]) then true
    when 'UNDER_REVIEW' = any(${place}::text[]) then ${isReviewed}
    when 'PROCESSING' = any(${place}::text[]) then not ${isReviewed} else false end`;
}

/** The primary key of the pairs ends in the Transaction's id, so that a pair is read in the order of the list. */
const METADATA_JOIN = `join payments.transaction_metadata pair
  on pair.transaction_id = transaction.id and pair.organization_id = transaction.organization_id`;

function listStatement(
  party: PartyKind | null,
  holding: readonly Condition[],
  order: 'asc' | 'desc',
): Statement {
  const placesBefore = party === null ? 3 : 4;
  const conditions = [
    'transaction.organization_id = $1',
    order === 'desc'
      ? `transaction.id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
      : `transaction.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')`,
    ...holding.map(({ sql }, index) => sql(`$${placesBefore + index + 1}`)),
  ].join(' and ');
  const joined = holding.some(({ letter }) => letter === 'm') ? METADATA_JOIN : '';
  const branch = (also: string): string =>
    `select ${TRANSACTION_COLUMNS} from payments.transaction transaction ${joined}
      where ${conditions}${also} order by transaction.id ${order} limit $2`;
  const shape = `${order}_${party ?? 'any'}_${holding.map(({ letter }) => letter).join('')}`;
  return statement(
    `payments.list_transactions_${shape}`,
    party === null
      ? branch('')
      : `select * from ((${branch(` and transaction.source_${party}_id = $4`)})
           union (${branch(` and transaction.destination_${party}_id = $4`)})) found
          order by found.id ${order} limit $2`,
  );
}
