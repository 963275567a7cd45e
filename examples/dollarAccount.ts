import { giveDetails, payIn, untilBooked } from './lib/arrivals.ts';
import { connect } from './lib/omsx.ts';
import { availableOf, onboard, openAccount } from './lib/parties.ts';
import { addPlace } from './lib/places.ts';
import { follow, pay, stepsOf } from './lib/transactions.ts';

// A dollar account for somebody far away: bank details of its own, money that arrives by itself, and a bill that is paid
// from it. docs/guides/dollar-account.md
const omsx = await connect();
const customerId = await onboard(omsx, 'Femi', 'Freelancer');
const dollars = await openAccount(omsx, { customerId, asset: 'USD', name: 'Dollars' });
const details = await giveDetails(omsx, dollars);
console.log(
  `pay to ${details.bankName}, routing ${details.bankCode.length} digits, account ${details.accountNumber.length} digits`,
);

await payIn(omsx, details.id, 'WIRE', '1200.00');
await untilBooked(omsx, dollars, '1200.00');
console.log(`arrived: Femi has ${await availableOf(omsx, dollars)}`);

const landlord = await addPlace(omsx, {
  ...{ customerId, type: 'US_BANK', ownerName: 'Lena Landlord' },
  ...{ accountNumber: '000123456789', bankCode: '021000021' },
});
const id = await pay(omsx, 'rent', {
  ...{ sourceId: dollars, destinationExternalAccountId: landlord, rail: 'WIRE' },
  ...{ amount: '450.00', asset: 'USD', reference: 'Rent of May' },
});
const paid = await follow(omsx, id, 'COMPLETED');
console.log(`${paid.status}: ${stepsOf(paid)}`);
console.log(`Femi has ${await availableOf(omsx, dollars)}`);
await omsx.close();
