import type { Uuid } from '../../../../platform/id.ts';
import type { Fee } from '../../domain/pricing.ts';
import type { Quote } from '../../domain/quote.ts';

/** What is not said of a Quote by its status: it is over at `expires_at`, whoever was late to write that down. */
const STATUS = `case when quote.status = 'OPEN' and quote.expires_at <= (select platform.now()) then 'EXPIRED'
                     else quote.status end`;

const rest = `quote.id, quote.organization_id as "organizationId", quote.version, quote.type,
  quote.fixed_side as "fixedSide", quote.source_rail as "sourceRail", quote.source_account_id as "sourceAccountId",
  quote.source_is_wallet as "sourceIsWallet", quote.source_customer_id as "sourceCustomerId",
  quote.source_asset as "sourceAsset", quote.source_gross as "sourceGrossMinor", quote.source_net as "sourceNetMinor",
  quote.destination_rail as "destinationRail", quote.destination_account_id as "destinationAccountId",
  quote.destination_is_wallet as "destinationIsWallet", quote.destination_customer_id as "destinationCustomerId",
  quote.destination_asset as "destinationAsset", quote.destination_gross as "destinationGrossMinor",
  quote.destination_net as "destinationNetMinor", quote.network, quote.to_address as "toAddress",
  quote.from_address as "fromAddress", quote.rate_e18 as "rateE18", quote.rate_provider as "rateProvider",
  quote.rate_as_of as "rateAsOf", quote.source_conversion_id as "sourceConversionId",
  quote.destination_conversion_id as "destinationConversionId", quote.fees, quote.gas_asset as "gasAsset",
  quote.gas_amount as "gasMinor", quote.gas_sponsored as "gasSponsored", quote.metadata,
  quote.created_at as "createdAt", quote.expires_at as "expiresAt", quote.accepted_at as "acceptedAt",
  quote.transaction_id as "transactionId", quote.external_account_id as "externalAccountId", quote.payout`;

/**
 * Select lists that yield a `QuoteRow`, for a table named or aliased `quote`: as it is stored, with what only the writer
 * may read, and as it is now.
 */
export const STORED_QUOTE_COLUMNS = `${rest}, quote.status, quote.sealed`;
export const QUOTE_COLUMNS = `${rest}, ${STATUS} as status, null as sealed`;

/** A condition on the status as it is now. */
export function hasStatus(place: string): string {
  return `${STATUS} = any(${place}::text[])`;
}

/** JSON has no integers of 38 digits: amounts are text there. */
interface StoredFee extends Omit<Fee, 'flatMinor' | 'partsPerMillion' | 'amountMinor'> {
  readonly flatMinor: string;
  readonly partsPerMillion: string;
  readonly amountMinor: string;
}

export type QuoteRow = Omit<Quote, 'fees'> & { readonly fees: readonly StoredFee[] };

export function readQuote(row: QuoteRow): Quote {
  return { ...row, fees: row.fees.map(readFee) };
}

export function quotesById(rows: readonly QuoteRow[]): ReadonlyMap<Uuid, Quote> {
  return new Map(rows.map((row) => [row.id, readQuote(row)]));
}

export function feesText(fees: readonly Fee[]): string {
  return JSON.stringify(
    fees.map(
      (fee): StoredFee => ({
        ...fee,
        flatMinor: String(fee.flatMinor),
        partsPerMillion: String(fee.partsPerMillion),
        amountMinor: String(fee.amountMinor),
      }),
    ),
  );
}

function readFee(fee: StoredFee): Fee {
  return {
    ...fee,
    flatMinor: BigInt(fee.flatMinor),
    partsPerMillion: BigInt(fee.partsPerMillion),
    amountMinor: BigInt(fee.amountMinor),
  };
}
