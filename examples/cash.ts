import { untilBooked } from './lib/arrivals.ts';
import { connect } from './lib/omsx.ts';
import { availableOf, onboard, openAccount } from './lib/parties.ts';
import { follow, pay, stepsOf } from './lib/transactions.ts';

const PAY_IN = `mutation ($input: CreateCashInInput!) { result: createCashIn(input: $input) {
  ... on CashIn { id code net { amount } fees { kind amount { amount } } } ... on Failure { message } } }`;
const AT_COUNTER = `mutation ($input: SimulateCashPaymentInput!) { result: simulateCashPayment(input: $input) {
  __typename ... on Failure { code message } } }`;
const PICKED_UP = `mutation ($input: SimulateCashPickupInput!) { result: simulateCashPickup(input: $input) {
  __typename ... on Failure { code message } } }`;

// Somebody without a bank account pays in at a counter, and somebody else picks money up at another. docs/guides/cash.md
const omsx = await connect();
const customerId = await onboard(omsx, 'Nia', 'Nobank');
const dollars = await openAccount(omsx, { customerId, asset: 'USD', name: 'Purse' });

const cashIn = await omsx.ask(PAY_IN, {
  input: {
    ...{ idempotencyKey: omsx.key('pay in'), destinationId: dollars, customerId },
    ...{ network: 'COUNTERS_US', amount: '100.00', asset: 'USD' },
  },
});
console.log(`a code of ${cashIn.code.length} signs for 100.00, of which ${cashIn.net.amount} are credited`);
await omsx.ask(AT_COUNTER, { input: { idempotencyKey: omsx.key('at the counter'), cashInId: cashIn.id } });
await untilBooked(omsx, dollars, cashIn.net.amount);
console.log(`paid at the counter: Nia has ${await availableOf(omsx, dollars)}`);

const id = await pay(omsx, 'pickup', {
  ...{ sourceId: dollars, amount: '40.00', asset: 'USD' },
  destinationCashPickup: { network: 'COUNTERS_US', recipientName: 'Omar Cousin' },
});
await follow(omsx, id, 'AWAITING_ACTION');
await omsx.ask(PICKED_UP, { input: { idempotencyKey: omsx.key('picked up'), transactionId: id } });
const paid = await follow(omsx, id, 'COMPLETED');
console.log(`${paid.status}: ${stepsOf(paid)}`);
console.log(`Nia has ${await availableOf(omsx, dollars)}`);
await omsx.close();
