import { arrayOf } from '../../../../platform/arrays.ts';
import type { Page } from '../../../../platform/connection.ts';
import type { Uuid } from '../../../../platform/id.ts';
import type { Database } from '../../../../platform/postgres.ts';
import { type Statement, statement } from '../../../../platform/statement.ts';
import { isClient, type Viewer } from '../../../../platform/viewer.ts';
import type { Quote } from '../../domain/quote.ts';
import { firstIdAt, idAfter } from '../timeOfId.ts';
import { hasStatus, QUOTE_COLUMNS, type QuoteRow, readQuote } from './columns.ts';

/** What listed Quotes have in common; all conditions hold at once, and one left out holds for all. */
export interface QuoteConditions {
  readonly statuses?: readonly string[];
  readonly customerId?: Uuid;
  readonly accountId?: Uuid;
  readonly createdFrom?: Date;
  readonly createdBefore?: Date;
}

interface Condition {
  /** Names it in the statement's name. */
  readonly letter: string;
  readonly sql: (place: string) => string;
  readonly value: unknown;
}

function conditionsOf(conditions: QuoteConditions): readonly Condition[] {
  const { statuses, customerId, accountId, createdFrom, createdBefore } = conditions;
  const all: readonly Condition[] = [
    { letter: 's', sql: hasStatus, value: statuses },
    {
      letter: 'c',
      sql: (p) => `${p}::uuid in (quote.source_customer_id, quote.destination_customer_id)`,
      value: customerId,
    },
    {
      letter: 'a',
      sql: (p) => `${p}::uuid in (quote.source_account_id, quote.destination_account_id)`,
      value: accountId,
    },
    { letter: 'f', sql: (p) => `quote.created_at >= ${p}`, value: createdFrom?.toISOString() },
    { letter: 'F', sql: (p) => `quote.id >= ${firstIdAt(p)}`, value: createdFrom?.toISOString() },
    { letter: 'b', sql: (p) => `quote.created_at < ${p}`, value: createdBefore?.toISOString() },
    { letter: 'B', sql: (p) => `quote.id < ${p}`, value: idAfter(createdBefore) },
  ];
  return all.filter(({ value }) => value !== undefined);
}

/** Up to `limit + 1` Quotes of the organization from `page.from` on, in walking direction. Safe to retry. */
export async function listQuotes(
  reads: Database,
  viewer: Viewer,
  conditions: QuoteConditions,
  page: Page,
): Promise<readonly Quote[]> {
  if (isClient(viewer)) return [];
  const holding = conditionsOf(conditions);
  const order = page.forward ? 'desc' : 'asc';
  const where = holding.map(({ sql }, index) => ` and ${sql(`$${index + 4}`)}`).join('');
  const list = statement(
    `payments.list_quotes_${order}_${holding.map(({ letter }) => letter).join('')}`,
    `select ${QUOTE_COLUMNS} from payments.quote quote
      where quote.organization_id = $1 and ${beyond(order, '$3')}${where}
      order by quote.id ${order} limit $2`,
  );
  const rows = await reads.readRows<QuoteRow>(viewer.organizationId, list, [
    viewer.organizationId,
    page.limit + 1,
    page.from,
    ...holding.map(({ value }) => value),
  ]);
  return rows.map(readQuote);
}

function beyond(order: 'asc' | 'desc', place: string): string {
  return order === 'desc'
    ? `quote.id < coalesce(${place}::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`
    : `quote.id > coalesce(${place}::uuid, '00000000-0000-0000-0000-000000000000')`;
}

/** Each side has its own index, and both are read no further than the page. */
const OF_CUSTOMERS: Readonly<Record<'asc' | 'desc', Statement>> = {
  asc: ofCustomers('asc'),
  desc: ofCustomers('desc'),
};

function ofCustomers(order: 'asc' | 'desc'): Statement {
  const branch = (side: 'source' | 'destination'): string =>
    `(select ${QUOTE_COLUMNS} from payments.quote quote
       where quote.${side}_customer_id = customer.id and ${beyond(order, '$2')}
       order by quote.id ${order} limit $3)`;
  return statement(
    `payments.list_quotes_of_customers_${order}`,
    `select customer.id as "customerId", page.*
       from unnest($1::uuid[]) as customer(id)
      cross join lateral (
        select distinct on (found.id) found.* from (${branch('source')} union all ${branch('destination')}) found
         order by found.id ${order} limit $3) page
      order by page.id ${order}`,
  );
}

/** Up to `limit + 1` Quotes from or to each Customer, in the order of `customerIds`, in one statement. Safe to retry. */
export async function listQuotesOf(
  reads: Database,
  viewer: Viewer,
  customerIds: readonly Uuid[],
  page: Page,
): Promise<readonly (readonly Quote[])[]> {
  if (isClient(viewer)) return customerIds.map(() => []);
  const rows = await reads.readRows<QuoteRow & { readonly customerId: Uuid }>(
    viewer.organizationId,
    OF_CUSTOMERS[page.forward ? 'desc' : 'asc'],
    [arrayOf(customerIds, (id) => id), page.from, page.limit + 1],
  );
  const lists = new Map<Uuid, Quote[]>(customerIds.map((id) => [id, []]));
  for (const { customerId, ...row } of rows) lists.get(customerId)?.push(readQuote(row));
  return customerIds.map((id) => lists.get(id) ?? []);
}
