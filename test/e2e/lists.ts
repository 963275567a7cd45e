import { CREATE_TRANSACTION } from '../crash/api.ts';
import { make } from './business.ts';
import type { Omsx } from './omsx.ts';
import { makeWorld } from './world.ts';

const TRANSACTIONS = 7;
const PAGE_SIZE = 2;
const PAGES_MAX = 50;

interface Listing {
  readonly transactions: {
    readonly edges: readonly { readonly node: { readonly id: string } }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly startCursor: string | null;
      readonly endCursor: string | null;
    };
  };
}

/** Pages of transactions. */
export function describeLists(omsx: () => Omsx): void {
  const world = makeWorld(omsx, '50.00');

  test('pages of transactions, forwards and backwards, hold each of them once', async () => {
    const { api } = omsx();
    const made: string[] = [];
    for (let count = 0; count < TRANSACTIONS; count++) {
      made.push(await make(api, CREATE_TRANSACTION, world.pay('1.00')));
    }
    const filter = { customerId: world.payer().customerId };
    expect(await walk(omsx(), filter, 'first')).toEqual(made.toReversed());
    expect(await walk(omsx(), filter, 'last')).toEqual(made);
  });
}

/** Ids in pages of two, in the order walked: from the newest with `first`, from the oldest with `last`. */
async function walk(omsx: Omsx, filter: object, size: 'first' | 'last'): Promise<readonly string[]> {
  const from = size === 'first' ? 'after' : 'before';
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const variables: Readonly<Record<string, unknown>> = { filter, size: PAGE_SIZE, from: cursor };
    const { data } = await omsx.api.ask<Listing>(listing(size, from), variables);
    const { edges, pageInfo } = data.transactions;
    const found = edges.map((edge) => edge.node.id);
    // A page is newest first whichever way it was reached.
    ids.push(...(size === 'first' ? found : found.toReversed()));
    if (!(size === 'first' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return ids;
    cursor = size === 'first' ? pageInfo.endCursor : pageInfo.startCursor;
  }
  throw new Error(`more than ${PAGES_MAX} pages`);
}

function listing(size: string, from: string): string {
  return `query List($filter: TransactionFilter, $size: Int, $from: Cursor) {
    transactions(filter: $filter, ${size}: $size, ${from}: $from) {
      edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`;
}
