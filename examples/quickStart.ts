import { connect } from './lib/omsx.ts';
import { availableOf, fund, onboard, openAccount } from './lib/parties.ts';
import { follow, pay, stepsOf } from './lib/transactions.ts';

// The first ten minutes: a customer, an account, a payment, and its life as it happens. docs/guides/quick-start.md
const omsx = await connect();
const ann = await onboard(omsx, 'Ann', 'Example');
const bob = await onboard(omsx, 'Bob', 'Example');
const annsDollars = await openAccount(omsx, { customerId: ann, asset: 'USD', name: 'Spending' });
const bobsDollars = await openAccount(omsx, { customerId: bob, asset: 'USD', name: 'Spending' });
await fund(omsx, annsDollars, '100.00');

const id = await pay(omsx, 'dinner', {
  sourceId: annsDollars,
  destinationId: bobsDollars,
  amount: '12.50',
  asset: 'USD',
  description: 'Dinner',
});
const paid = await follow(omsx, id, 'COMPLETED');
console.log(`${paid.id} is ${paid.status} and ${paid.finality}: ${stepsOf(paid)}`);

// A request that is sent twice is done once.
const again = await pay(omsx, 'dinner', {
  sourceId: annsDollars,
  destinationId: bobsDollars,
  amount: '12.50',
  asset: 'USD',
  description: 'Dinner',
});
console.log(`sent again: ${again === id ? 'the same transaction' : 'another one'}`);
console.log(
  `Ann has ${await availableOf(omsx, annsDollars)}, Bob has ${await availableOf(omsx, bobsDollars)}`,
);
await omsx.close();
