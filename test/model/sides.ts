import { giveDetails } from '../bank/virtualAccounts.ts';
import { clientOf } from '../payments/fixture.ts';
import { keyFor, setPolicy } from '../payments/gates/world.ts';
import { addWallet } from '../payments/onchainWorld.ts';
import { PURSES, type Run, type Side } from './run.ts';
import type { ModelWorld } from './world.ts';

/** From this amount on somebody else has to say so, too. */
export const APPROVED_FROM_MINOR = 4_000n;
const SCOPES = ['transactions:*', 'accounts:*', 'wallets:*', 'webhooks:*'];

/** An organization with money in each purse, of which large payments in dollars wait for an approval. */
export async function addSide(world: ModelWorld, isReviewed: boolean): Promise<Side> {
  const { fixture } = world;
  const organizationId = await fixture.addOrganization();
  const customerId = await fixture.addCustomer(organizationId);
  const [USD, EUR] = [
    await fixture.openAccount(organizationId, { asset: 'USD', amountMinor: PURSES.USD.startMinor }),
    await fixture.openAccount(organizationId, { asset: 'EUR', amountMinor: PURSES.EUR.startMinor }),
  ];
  const CUSTOMER = await fixture.openAccount(organizationId, { customerId });
  const chain = await addWallet(fixture, organizationId, PURSES.USDC.startMinor);
  const detailsId = await giveDetails(world, { organizationId, accountId: USD });
  const [paidTo] = await fixture.rows<Side['paidTo']>(
    `select type, account_number as "accountNumber", bank_code as "bankCode" from bank.virtual_account where id = $1`,
    [detailsId],
  );
  const viewer = { ...keyFor(organizationId, SCOPES), subjectId: 'maker' };
  const officer = { ...keyFor(organizationId), subjectId: 'officer' };
  const rule = { asset: 'USD', minAmount: '40.00', approvals: 1 };
  await setPolicy(fixture.payments, officer, [rule], { expiryHours: 1 });
  return {
    ...{ organizationId, isReviewed, viewer, officer, chain, paidTo: paidTo as Side['paidTo'] },
    purses: { USD, EUR, USDC: chain.walletId, CUSTOMER },
    cash: {
      ...{ organizationId, viewer, accountId: USD, customerId, customerAccountId: CUSTOMER },
      payer: clientOf(organizationId, customerId),
    },
  };
}

export async function beginRun(world: ModelWorld, bystander: Side): Promise<Run> {
  return {
    ...{ world, bystander, sides: [await addSide(world, false), await addSide(world, true)] },
    ...{ movements: [], cashIns: [], cashInEnds: new Map(), taken: 0n, sent: [] },
    ...{ isCompared: true, told: [0, 0] },
  };
}
