import type pg from 'pg';
import type { Api } from '../../scripts/demo/api.ts';
import type { Party } from './parties.ts';

export const PAGE_SIZE = 50;
/** Of each kind, each asked for with other values. */
const REQUESTS = 100;

const PARTY = `account { id name asset { code } balance { available { amount } } } wallet { id network { code } }
  customer { id displayName type }`;
const LIST = `query List($after: Cursor, $filter: TransactionFilter) {
  transactions(first: ${PAGE_SIZE}, after: $after, filter: $filter) {
    pageInfo { hasNextPage endCursor }
    edges { cursor node { id type status finality version createdAt amount { amount asset { code scale } }
      source { rail amount { amount } ${PARTY} } destination { rail amount { amount } ${PARTY} } } }
  }
}`;
const CURSOR = `query Cursor($filter: TransactionFilter) {
  transactions(first: 1, filter: $filter) { pageInfo { endCursor } }
}`;

interface CursorPage {
  readonly transactions: { readonly pageInfo: { readonly endCursor: string | null } };
}

/** Bodies of requests by kind of page, with values from all over the list. */
export async function requestsOf(
  api: Api,
  root: pg.Client,
  parties: readonly Party[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const instants = await instantsOf(root);
  const cursors: (string | null)[] = [];
  for (const to of instants) {
    const { data } = await api.query<CursorPage>(CURSOR, { filter: { createdAt: { to } } });
    cursors.push(data.transactions.pageInfo.endCursor);
  }
  const at = (index: number): Party => parties[(index * 17) % parties.length] as Party;
  const each = (of: (index: number) => object): readonly string[] =>
    Array.from({ length: REQUESTS }, (_, index) => JSON.stringify({ query: LIST, variables: of(index) }));
  return new Map([
    ['newest', each(() => ({}))],
    ['anywhere', each((index) => ({ after: cursors[index] }))],
    ['of a customer', each((index) => ({ filter: { customerId: at(index).customerId } }))],
    ['of an account', each((index) => ({ filter: { accountId: at(index).accountId } }))],
    ['of a wallet', each((index) => ({ filter: { walletId: at(index).walletId } }))],
    ['of a status', each((index) => ({ after: cursors[index], filter: { statuses: ['CANCELED'] } }))],
    ['of three days', each((index) => ({ filter: { createdAt: daysBefore(instants[index]) } }))],
    [
      'above an amount',
      each((index) => ({ after: cursors[index], filter: { amount: { asset: 'USD', min: '50' } } })),
    ],
  ]);
}

async function instantsOf(root: pg.Client): Promise<readonly string[]> {
  const { rows } = await root.query<{ at: Date }>(
    'select created_at as at from payments.transaction order by md5(id::text) limit $1',
    [REQUESTS],
  );
  return rows.map(({ at }) => at.toISOString());
}

function daysBefore(to: string | undefined): { readonly from: string; readonly to: string } {
  const end = new Date(to ?? 0);
  return { from: new Date(end.getTime() - 3 * 86_400_000).toISOString(), to: end.toISOString() };
}
