import {
  CANCEL_TRANSACTION,
  CAPTURE_TRANSACTION,
  CREATE_TRANSACTION,
  REFUND_TRANSACTION,
} from '../crash/api.ts';
import { balanceOf, fund, make, newKey, onboard, type Party, timelineOf } from './business.ts';
import type { Omsx } from './omsx.ts';

/** The platform's main job over its public API, the same with Redis and without. */
export function describeMoney(running: () => Omsx): void {
  const payer = (): Party => parties.payer;
  const payee = (): Party => parties.payee;
  let parties: { readonly payer: Party; readonly payee: Party };

  beforeAll(async () => {
    const { api } = running();
    parties = { payer: await onboard(api, 'Payer Ltd'), payee: await onboard(api, 'Payee Ltd') };
    await fund(api, parties.payer.accountId, '100.00');
  });

  test('what was onboarded is found in one query over all subgraphs', async () => {
    const { customerId, accountId, walletId } = payer();
    const { data } = await running().api.ask(
      `query Joined($id: ID!) {
        customer(id: $id) {
          displayName
          accounts(first: 10) { edges { node { id balance { available { amount } } wallet { id } } } }
          wallets(first: 10) { edges { node { id account { id kind } customer { displayName } } } }
          transactions(first: 1) { edges { node { id } } }
        }
      }`,
      { id: customerId },
    );
    const accounts = [
      {
        node: {
          id: walletId.replace('wal_', 'acc_'),
          balance: { available: { amount: '0.00' } },
          wallet: { id: walletId },
        },
      },
      { node: { id: accountId, balance: { available: { amount: '100.00' } }, wallet: null } },
    ];
    const account = { id: walletId.replace('wal_', 'acc_'), kind: 'CUSTOMER' };
    const customer = { displayName: 'Payer Ltd' };
    expect(data).toEqual({
      customer: {
        displayName: 'Payer Ltd',
        accounts: { edges: accounts },
        wallets: { edges: [{ node: { id: walletId, account, customer } }] },
        transactions: { edges: [] },
      },
    });
  });

  test('money moves from an account to a wallet, and both statements name the transaction', async () => {
    const { api } = running();
    const id = await make(api, CREATE_TRANSACTION, pay('30.00'));
    const walletAccountId = payee().walletId.replace('wal_', 'acc_');
    expect(await balanceOf(api, payer().accountId)).toBe('70.00/70.00');
    expect(await balanceOf(api, walletAccountId)).toBe('30.00/30.00');
    const statement = `query Statement($id: ID!) {
      account(id: $id) { entries(first: 1) { edges { node { side amount { amount } transaction { id status } } } } }
    }`;
    for (const [accountId, side] of [
      [payer().accountId, 'DEBIT'],
      [walletAccountId, 'CREDIT'],
    ]) {
      const { data } = await api.ask(statement, { id: accountId });
      const node = { side, amount: { amount: '30.00' }, transaction: { id, status: 'COMPLETED' } };
      expect(data).toEqual({ account: { entries: { edges: [{ node }] } } });
    }
  });

  test('held money can be captured in part, and what was captured can be refunded but no more', async () => {
    const { api } = running();
    const before = await balanceOf(api, payer().accountId);
    expect(before).toBe('70.00/70.00');
    const id = await make(api, CREATE_TRANSACTION, { ...pay('20.00'), captureMethod: 'MANUAL' });
    expect(await balanceOf(api, payer().accountId)).toBe('70.00/50.00');
    await make(api, CAPTURE_TRANSACTION, { id, amount: '15.00' });
    expect(await balanceOf(api, payer().accountId)).toBe('55.00/55.00');
    await make(api, REFUND_TRANSACTION, { id, amount: '5.00' });
    const { data } = await api.mutate(REFUND_TRANSACTION, { idempotencyKey: newKey(), id, amount: '10.01' });
    expect(data.__typename).toBe('RefundExceedsCaptured');
    expect(await balanceOf(api, payer().accountId)).toBe('60.00/60.00');
    const timeline = await timelineOf(api, id);
    expect(timeline.events.map(({ version, kind }) => `${version} ${kind}`)).toEqual([
      '1 CREATED',
      '2 FUNDS_HELD',
      '3 CAPTURED',
      '4 COMPLETED',
      '5 REFUNDED',
    ]);
    expect(timeline).toMatchObject({
      capturedAmount: { amount: '15.00' },
      refundedAmount: { amount: '5.00' },
    });
  });

  test('held money can be given back, and then no longer be captured', async () => {
    const { api } = running();
    const before = await balanceOf(api, payer().accountId);
    const id = await make(api, CREATE_TRANSACTION, { ...pay('20.00'), captureMethod: 'MANUAL' });
    await make(api, CANCEL_TRANSACTION, { id, reason: 'changed our mind' });
    expect(await balanceOf(api, payer().accountId)).toBe(before);
    const { data } = await api.mutate(CAPTURE_TRANSACTION, { idempotencyKey: newKey(), id });
    expect(data.__typename).toBe('InvalidState');
    expect((await timelineOf(api, id)).status).toBe('CANCELED');
  });

  test('the same key answers the same and says so; with other input it is refused', async () => {
    const { api } = running();
    const before = await balanceOf(api, payer().accountId);
    const input = { idempotencyKey: newKey(), ...pay('1.00') };
    const first = await api.mutate(CREATE_TRANSACTION, input);
    const second = await api.mutate(CREATE_TRANSACTION, input);
    expect([first.replayed, second.replayed]).toEqual([false, true]);
    expect(second.data).toEqual(first.data);
    const other = await api.mutate(CREATE_TRANSACTION, { ...input, amount: '2.00' });
    expect(other.data.__typename).toBe('IdempotencyKeyReused');
    expect(await balanceOf(api, payer().accountId)).not.toBe(before);
    await make(api, REFUND_TRANSACTION, { id: first.data.id ?? '' });
    expect(await balanceOf(api, payer().accountId)).toBe(before);
  });

  test('more than there is cannot be spent', async () => {
    const { api } = running();
    const { data } = await api.mutate(CREATE_TRANSACTION, { idempotencyKey: newKey(), ...pay('1000.00') });
    expect(data).toMatchObject({
      __typename: 'InsufficientFunds',
      code: 'INSUFFICIENT_FUNDS',
      retryable: false,
    });
  });

  test('pages of transactions, forwards and backwards, hold each of them once', async () => {
    const { api } = running();
    const filter = { customerId: payer().customerId };
    const forwards = await walk(filter, 'first', 'after');
    const backwards = await walk(filter, 'last', 'before');
    expect(forwards.length).toBeGreaterThan(4);
    expect(new Set(forwards).size).toBe(forwards.length);
    expect(forwards.toSorted().reverse()).toEqual(forwards);
    expect(backwards.reverse()).toEqual(forwards);
    const all = await api.ask<Listing>(listing('first', 'after'), { filter, size: 100, from: null });
    expect(all.data.transactions.edges.map((edge) => edge.node.id)).toEqual(forwards);
  });

  function pay(amount: string) {
    return { sourceId: payer().accountId, destinationId: payee().walletId, amount, asset: 'USD' };
  }

  /** Ids in pages of two: newest first forwards, and each page still newest first backwards. */
  async function walk(filter: object, size: 'first' | 'last', from: 'after' | 'before'): Promise<string[]> {
    const { api } = running();
    const ids: string[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const page: Listing['transactions'] = (
        await api.ask<Listing>(listing(size, from), { filter, size: PAGE_SIZE, from: cursor })
      ).data.transactions;
      const found = page.edges.map((edge) => edge.node.id);
      ids.push(...(size === 'first' ? found : found.toReversed()));
      const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
      if (!(size === 'first' ? hasNextPage : hasPreviousPage)) return ids;
      cursor = size === 'first' ? endCursor : startCursor;
    }
    throw new Error(`more than ${PAGES_MAX} pages`);
  }
}

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

function listing(size: string, from: string): string {
  return `query List($filter: TransactionFilter, $size: Int, $from: Cursor) {
    transactions(filter: $filter, ${size}: $size, ${from}: $from) {
      edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`;
}
