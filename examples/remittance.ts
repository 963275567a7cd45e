import { giveDetails, payIn, untilBooked } from './lib/arrivals.ts';
import { connect } from './lib/omsx.ts';
import { availableOf, onboard, openAccount } from './lib/parties.ts';
import { addPlace } from './lib/places.ts';
import { accept, quote } from './lib/quotes.ts';
import { follow, stepsOf } from './lib/transactions.ts';

// Dollars that arrive by ACH become USDC, and pesos that a family has within moments by SPEI; each price is fixed before
// anything moves. docs/guides/remittance.md
const omsx = await connect();
const customerId = await onboard(omsx, 'Rosa', 'Remitter');
const dollars = await openAccount(omsx, { customerId, asset: 'USD', name: 'Dollars' });
const stable = await openAccount(omsx, { customerId, asset: 'USDC', name: 'On the way' });
const details = await giveDetails(omsx, dollars);
await payIn(omsx, details.id, 'ACH', '300.00');
await untilBooked(omsx, dollars, '300.00');
console.log(`arrived by ACH: ${await availableOf(omsx, dollars)}`);

const revenue = await openAccount(omsx, { asset: 'USD', name: 'Remittance fees' });
const bought = await quote(omsx, 'USDC', {
  ...{ sourceId: dollars, destinationId: stable, sourceAsset: 'USD', destinationAsset: 'USDC' },
  ...{ amount: '300.00', fixedSide: 'SOURCE', developerFees: [{ recipientId: revenue, flat: '2.00' }] },
});
await accept(omsx, bought);
console.log(`bought: ${await availableOf(omsx, stable)}, fee ${await availableOf(omsx, revenue)}`);

const family = await addPlace(omsx, {
  ...{ customerId, type: 'CLABE', accountNumber: '032180000118359719', ownerName: 'Mateo Family' },
});
const sent = await quote(omsx, 'MXN', {
  ...{ sourceId: stable, destinationExternalAccountId: family, sourceAsset: 'USDC', destinationAsset: 'MXN' },
  ...{ amount: '5000.00', fixedSide: 'DESTINATION', reference: 'Para la casa' },
});
const { gross } = sent.source;
console.log(
  `${sent.destination.net.amount} MXN for ${gross.amount} ${gross.asset.code}, at ${sent.rate.exchangeRate}`,
);
const paid = await follow(omsx, (await accept(omsx, sent)).id, 'COMPLETED');
console.log(`${paid.status}: ${stepsOf(paid)}`);
await omsx.close();
