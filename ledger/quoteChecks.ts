import { type Check, check } from './checkStatements.ts';

/** What accepting a Quote posts: the money, through CONVERSION where Assets differ, and each Fee that is not zero. */
const PROMISED = `
  select quote.transaction_id, quote.destination_rail,
         exists (select from payments.gate where gate.transaction_id = quote.transaction_id) as waited, part.debit, part.credit, part.amount
    from payments.quote
   cross join lateral (
     select quote.source_account_id as debit, quote.source_conversion_id as credit, quote.source_net as amount
      where quote.rate_e18 is not null
     union all
     select coalesce(quote.destination_conversion_id, quote.source_account_id), quote.destination_account_id,
            quote.destination_net
     union all
     select case fee ->> 'side' when 'SOURCE' then quote.source_account_id
                                else coalesce(quote.destination_conversion_id, quote.source_account_id) end,
            (fee ->> 'accountId')::uuid, (fee ->> 'amountMinor')::numeric
       from jsonb_array_elements(quote.fees) as fee where (fee ->> 'amountMinor')::numeric > 0) part
   where quote.transaction_id is not null`;

/** What Quotes and books promise one another. Of a deployment without Quotes they look at nothing. */
export const QUOTE_CHECKS: readonly Check[] = [
  check(
    'quote_links',
    'Each accepted Quote is one Transaction of its amounts, and each quoted Transaction has that Quote',
    `select coalesce(quote.id, transaction.id)::text as item,
            case when transaction.id is null then 'its Transaction does not know of it'
                 when quote.id is null then 'its Quote does not know of it'
                 when transaction.organization_id <> quote.organization_id then 'another organization''s'
                 when transaction.source_amount <> quote.source_gross
                   or transaction.destination_amount <> quote.destination_net
                   then format('%s to %s, quoted %s to %s', transaction.source_amount, transaction.destination_amount,
                               quote.source_gross, quote.destination_net) end as fault
       from (select * from payments.quote where status = 'ACCEPTED') quote
       full join (select * from payments.transaction where quote_id is not null) transaction
         on transaction.id = quote.transaction_id and transaction.quote_id = quote.id`,
  ),
  check(
    'quote_transfers',
    'Each accepted Quote has exactly the Transfers that it promised, posted or held',
    `select coalesce(promised.transaction_id, made.transaction_id)::text as item,
            case when made.parts is distinct from promised.parts
              then format('%s instead of %s', made.parts, promised.parts) end as fault
       from (select transaction_id,
                    array_agg(format('%s %s %s %s', case when destination_rail = 'BOOK' and not waited then 'SINGLE' else 'PENDING' end,
                                     debit, credit, amount) order by debit, credit, amount) as parts
               from (${PROMISED}) part group by transaction_id) promised
       full join (
         select transfer.transaction_id,
                array_agg(format('%s %s %s %s', transfer.kind, debit_account_id, credit_account_id, amount)
                          order by debit_account_id, credit_account_id, amount) as parts
           from ledger.transfer join payments.transaction on transaction.id = transfer.transaction_id
          where transaction.quote_id is not null and transfer.pending_id is null
          group by transfer.transaction_id) made on made.transaction_id = promised.transaction_id`,
  ),
  check(
    'quote_amounts',
    'Each Quote adds up: fees lie between gross and net, and the rate between the two sides',
    `select quote.id::text as item,
            case when source_gross - source_net <> charged.source then 'fees of the source'
                 when destination_gross - destination_net <> charged.destination then 'fees of the destination'
                 when rate_e18 is not null and destination_gross * 10::numeric ^ (18 + given.scale)
                   > source_net * rate_e18 * 10::numeric ^ got.scale then 'more than the rate gives' end as fault
       from payments.quote
       join ledger.asset given on given.code = quote.source_asset
       join ledger.asset got on got.code = quote.destination_asset
      cross join lateral (
        select coalesce(sum((fee ->> 'amountMinor')::numeric) filter (where fee ->> 'side' = 'SOURCE'), 0) as source,
               coalesce(sum((fee ->> 'amountMinor')::numeric) filter (where fee ->> 'side' = 'DESTINATION'), 0)
                 as destination
          from jsonb_array_elements(quote.fees) as fee) charged`,
  ),
];
