import { connect } from './lib/omsx.ts';
import { availableOf, fund, onboard, openAccount } from './lib/parties.ts';
import { accept, quote } from './lib/quotes.ts';
import { follow, pay, stepsOf } from './lib/transactions.ts';

const OUTCOME = `mutation ($input: SetNextBankOutcomeInput!) { result: setNextBankOutcome(input: $input) {
  __typename ... on Failure { code message } } }`;

// A buyer pays a seller, the marketplace and an agent earn their parts, and the seller is paid out to a bank, which
// sends the money back once. docs/guides/marketplace.md
const omsx = await connect();
const buyer = await openAccount(omsx, {
  customerId: await onboard(omsx, 'Bea', 'Buyer'),
  asset: 'USD',
  name: 'Buyer',
});
const seller = await openAccount(omsx, {
  customerId: await onboard(omsx, 'Sam', 'Seller'),
  asset: 'USD',
  name: 'Seller',
});
const revenue = await openAccount(omsx, { asset: 'USD', name: 'Commission' });
const agent = await openAccount(omsx, {
  customerId: await onboard(omsx, 'Ali', 'Agent'),
  asset: 'USD',
  name: 'Agent',
});
await fund(omsx, buyer, '200.00');

const order = await quote(omsx, 'order 7', {
  ...{ sourceId: buyer, destinationId: seller, sourceAsset: 'USD', destinationAsset: 'USD' },
  ...{ amount: '100.00', fixedSide: 'SOURCE' },
  developerFees: [
    { recipientId: revenue, percent: '8', flat: '0.30' },
    { recipientId: agent, percent: '2' },
  ],
});
console.log(`the buyer pays ${order.source.gross.amount}, the seller gets ${order.destination.net.amount}`);
const { status } = await accept(omsx, order);
console.log(
  `${status}: commission ${await availableOf(omsx, revenue)}, agent ${await availableOf(omsx, agent)}`,
);

const payout = (name: string) =>
  pay(omsx, name, {
    sourceId: seller,
    amount: '50.00',
    asset: 'USD',
    reference: 'Sales of November',
    destinationBankAccount: {
      rail: 'ACH',
      accountHolderName: 'Sam Seller',
      routingNumber: '021000021',
      accountNumber: '000123456789',
    },
  });
await omsx.ask(OUTCOME, {
  input: { idempotencyKey: omsx.key('returned'), outcome: 'RETURN', reasonCode: 'R03' },
});
const returned = await follow(omsx, await payout('payout 1'), 'RETURNED');
console.log(`${returned.status} for ${returned.events.at(-1).reason.code}: ${stepsOf(returned)}`);
console.log(`Sam has ${await availableOf(omsx, seller)} again`);
const done = await follow(omsx, await payout('payout 2'), 'COMPLETED');
console.log(
  `${done.status}, ${done.finality} until its return window is over; Sam has ${await availableOf(omsx, seller)}`,
);
await omsx.close();
