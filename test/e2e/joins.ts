import { CREATE_TRANSACTION } from '../crash/api.ts';
import { balanceOf, make } from './business.ts';
import type { Omsx } from './omsx.ts';
import { makeWorld } from './world.ts';

const JOINED = `query Joined($id: ID!) {
  customer(id: $id) {
    displayName
    accounts(first: 10) { edges { node { id balance { available { amount } } wallet { id } } } }
    wallets(first: 10) { edges { node { id account { id kind } customer { displayName } } } }
    transactions(first: 1) { edges { node { id } } }
  }
}`;

const STATEMENT = `query Statement($id: ID!) {
  account(id: $id) { entries(first: 1) { edges { node { side amount { amount } transaction { id status } } } } }
}`;

/** Onboarding, funding and paying, seen through queries that join all subgraphs. */
export function describeJoins(omsx: () => Omsx): void {
  const world = makeWorld(omsx, '100.00');

  test('what was onboarded is found in one query over all subgraphs', async () => {
    const { customerId, accountId, walletId } = world.payer();
    const { data } = await omsx().api.ask(JOINED, { id: customerId });
    const backing = walletId.replace('wal_', 'acc_');
    const account = (id: string, amount: string, wallet: { id: string } | null) => {
      return { node: { id, balance: { available: { amount } }, wallet } };
    };
    const customer = { displayName: 'Payer Ltd' };
    const wallet = { id: walletId, account: { id: backing, kind: 'CUSTOMER' }, customer };
    expect(data).toEqual({
      customer: {
        ...customer,
        accounts: { edges: [account(backing, '0.00', { id: walletId }), account(accountId, '100.00', null)] },
        wallets: { edges: [{ node: wallet }] },
        transactions: { edges: [] },
      },
    });
  });

  test('money moves from an account to a wallet, and both statements name the transaction', async () => {
    const { api } = omsx();
    const id = await make(api, CREATE_TRANSACTION, world.pay('30.00'));
    const paidId = world.payee().walletId.replace('wal_', 'acc_');
    expect(await balanceOf(api, world.payer().accountId)).toBe('70.00/70.00');
    expect(await balanceOf(api, paidId)).toBe('30.00/30.00');
    for (const [accountId, side] of [
      [world.payer().accountId, 'DEBIT'],
      [paidId, 'CREDIT'],
    ]) {
      const { data } = await api.ask(STATEMENT, { id: accountId });
      const node = { side, amount: { amount: '30.00' }, transaction: { id, status: 'COMPLETED' } };
      expect(data).toEqual({ account: { entries: { edges: [{ node }] } } });
    }
  });
}
