import type { Database } from '../../../platform/postgres.ts';
import { readExpectedGas } from '../../../rails/onchain/reads/gasPrice.ts';
import { type CreateQuoteCommand, type GasEstimate, isToAddress } from '../domain/quoteCommand.ts';
import { RATE_ONE } from '../domain/rate.ts';
import type { RateProvider } from '../domain/rateProvider.ts';
import type { UnpricedQuote } from './createQuote.ts';

/** What a Quote needs from outside: the rate, and what the send is expected to cost. Safe to retry. */
export async function priceOf(
  { organizationId, sourceAsset, destinationAsset, destination, sponsorGas }: UnpricedQuote,
  rates: RateProvider,
  reads: Database,
): Promise<Pick<CreateQuoteCommand, 'rate' | 'gas'>> {
  const rating = sourceAsset === destinationAsset ? null : rates.rateOf(sourceAsset, destinationAsset);
  if (!isToAddress(destination)) return { rate: await rating, gas: null };
  const expected = await readExpectedGas(reads, organizationId, destination.network, destinationAsset);
  if (expected === null) return { rate: await rating, gas: null };
  const { nativeAsset: asset, amountMinor } = expected;
  return { rate: await rating, gas: { asset, amountMinor, rate: await gasRate() } };

  /** Sponsored gas is not charged, so that it needs no rate. */
  async function gasRate(): Promise<GasEstimate['rate']> {
    if (sponsorGas || asset === destinationAsset) {
      return { e18: RATE_ONE, provider: 'none', asOf: new Date() };
    }
    return await rates.rateOf(asset, destinationAsset);
  }
}
