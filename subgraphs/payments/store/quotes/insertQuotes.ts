import { arrayOf, arrayOfBytes, arrayOfDates, arrayOfText } from '../../../../platform/arrays.ts';
import { invariant } from '../../../../platform/invariant.ts';
import type { Tx } from '../../../../platform/postgres.ts';
import { statement } from '../../../../platform/statement.ts';
import type { Quote } from '../../domain/quote.ts';
import { feesText } from './columns.ts';

/** A Quote that this batch makes and accepts is written as it is at the end of the batch. */
const INSERT_QUOTES = statement(
  'payments.insert_quotes',
  `with inserted as (
     insert into payments.quote (id, organization_id, status, version, type, fixed_side, source_account_id,
       source_is_wallet, source_customer_id, source_asset, source_gross, source_net, destination_rail,
       destination_account_id, destination_is_wallet, destination_customer_id, destination_asset, destination_gross,
       destination_net, network, to_address, from_address, rate_e18, rate_provider, rate_as_of, source_conversion_id,
       destination_conversion_id, fees, gas_asset, gas_amount, gas_sponsored, metadata, created_at, expires_at,
       accepted_at, transaction_id, external_account_id, payout, sealed, source_rail)
     select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::uuid[],
       $8::boolean[], $9::uuid[], $10::text[], $11::numeric[], $12::numeric[], $13::text[],
       $14::uuid[], $15::boolean[], $16::uuid[], $17::text[], $18::numeric[],
       $19::numeric[], $20::text[], $21::text[], $22::text[], $23::numeric[], $24::text[], $25::timestamptz[], $26::uuid[],
       $27::uuid[], $28::jsonb[], $29::text[], $30::numeric[], $31::boolean[], $32::jsonb[], $33::timestamptz[],
       $34::timestamptz[], $35::timestamptz[], $36::uuid[],
       $37::uuid[], $38::jsonb[], $39::bytea[], $40::text[])
     returning 1)
   select count(*) as count from inserted`,
);

/** Writes new Quotes. Retry only with the whole tx. */
export async function insertQuotes(tx: Tx, made: readonly Quote[]): Promise<void> {
  if (made.length === 0) return;
  const [written] = await tx.rows<{ count: bigint }>(INSERT_QUOTES, [
    arrayOf(made, (quote) => quote.id),
    arrayOf(made, (quote) => quote.organizationId),
    arrayOf(made, (quote) => quote.status),
    arrayOf(made, (quote) => quote.version),
    arrayOf(made, (quote) => quote.type),
    arrayOf(made, (quote) => quote.fixedSide),
    arrayOf(made, (quote) => quote.sourceAccountId),
    arrayOf(made, (quote) => String(quote.sourceIsWallet)),
    arrayOf(made, (quote) => quote.sourceCustomerId),
    arrayOf(made, (quote) => quote.sourceAsset),
    arrayOf(made, (quote) => quote.sourceGrossMinor),
    arrayOf(made, (quote) => quote.sourceNetMinor),
    arrayOf(made, (quote) => quote.destinationRail),
    arrayOf(made, (quote) => quote.destinationAccountId),
    arrayOf(made, (quote) => String(quote.destinationIsWallet)),
    arrayOf(made, (quote) => quote.destinationCustomerId),
    arrayOf(made, (quote) => quote.destinationAsset),
    arrayOf(made, (quote) => quote.destinationGrossMinor),
    arrayOf(made, (quote) => quote.destinationNetMinor),
    arrayOfText(made, (quote) => quote.network),
    arrayOf(made, (quote) => quote.toAddress),
    arrayOf(made, (quote) => quote.fromAddress),
    arrayOf(made, (quote) => quote.rateE18),
    arrayOfText(made, (quote) => quote.rateProvider),
    arrayOfDates(made, (quote) => quote.rateAsOf),
    arrayOf(made, (quote) => quote.sourceConversionId),
    arrayOf(made, (quote) => quote.destinationConversionId),
    arrayOfText(made, (quote) => feesText(quote.fees)),
    arrayOfText(made, (quote) => quote.gasAsset),
    arrayOf(made, (quote) => quote.gasMinor),
    arrayOf(made, (quote) => String(quote.gasSponsored)),
    arrayOfText(made, (quote) => JSON.stringify(quote.metadata)),
    arrayOfDates(made, (quote) => quote.createdAt),
    arrayOfDates(made, (quote) => quote.expiresAt),
    arrayOfDates(made, (quote) => quote.acceptedAt),
    arrayOf(made, (quote) => quote.transactionId),
    arrayOf(made, (quote) => quote.externalAccountId),
    arrayOfText(made, ({ payout }) => (payout === null ? null : JSON.stringify(payout))),
    arrayOfBytes(made, ({ sealed }) => sealed),
    arrayOf(made, ({ sourceRail }) => sourceRail),
  ]);
  invariant(written?.count === BigInt(made.length), `${written?.count} of ${made.length} quotes inserted`);
}
