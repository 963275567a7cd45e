import { fund, onboard, type Party } from './business.ts';
import type { Omsx } from './omsx.ts';

/** A running platform and two parties on it, one of whom has money. Each group of tests has its own two. */
export interface World {
  readonly omsx: () => Omsx;
  readonly payer: () => Party;
  readonly payee: () => Party;
  /** The input of a payment from the payer's account to the payee's wallet. */
  pay(amount: string): Readonly<Record<string, string>>;
}

/** Onboards the two before the tests of the group that calls it. */
export function makeWorld(omsx: () => Omsx, funds: string): World {
  let parties: { readonly payer: Party; readonly payee: Party } | undefined;
  const party = (side: 'payer' | 'payee'): Party => {
    if (parties === undefined) throw new Error('the parties are onboarded before the tests, not before that');
    return parties[side];
  };
  beforeAll(async () => {
    const { api } = omsx();
    parties = { payer: await onboard(api, 'Payer Ltd'), payee: await onboard(api, 'Payee Ltd') };
    await fund(api, parties.payer.accountId, funds);
  });
  return {
    omsx,
    payer: () => party('payer'),
    payee: () => party('payee'),
    pay: (amount) => ({
      sourceId: party('payer').accountId,
      destinationId: party('payee').walletId,
      amount,
      asset: 'USD',
    }),
  };
}
