import { type Check, check } from './checkStatements.ts';

/**
 * What a payout holds, and has moved by its settled state: paid out, given back, let go. A quoted one holds its fees, too.
 * What is assigned out of suspense later is none of it.
 */
const MOVED = `
  select transaction.id as transaction_id,
         count(*) filter (where kind = 'PENDING') as held,
         count(*) filter (where kind = 'POST_PENDING') as paid,
         coalesce(sum(amount) filter (where kind = 'POST_PENDING' and credit_account_id = transaction.destination_account_id), 0)
           as paid_amount,
         count(*) filter (where kind = 'SINGLE' and debit_account_id = transaction.destination_account_id) as returned,
         coalesce(sum(amount) filter (where kind = 'SINGLE' and debit_account_id = transaction.destination_account_id), 0)
           as returned_amount,
         coalesce(sum(amount) filter (where kind = 'SINGLE' and debit_account_id in
             (coalesce(quote.source_conversion_id, transaction.destination_account_id))), 0) as given_back,
         count(*) filter (where kind = 'SINGLE') as singles,
         count(*) filter (where kind = 'VOID_PENDING') as released
    from payments.transaction
    join ledger.transfer on transfer.transaction_id = transaction.id
    left join payments.quote on quote.id = transaction.quote_id
   group by transaction.id`;

/** What comes back to the source at the rate at which it went out, rounded down. */
const OWED_BACK = `case when quote.rate_e18 is null then wish.amount
  else div(quote.source_net * quote.destination_net, quote.destination_gross) end`;

/** What books and banks promise one another. Of a deployment without a bank they look at nothing. */
export const BANK_CHECKS: readonly Check[] = [
  check(
    'bank_orders',
    'Each order to a bank has exactly the Transfers of the state that is settled',
    `select wish.id::text as item,
            case when transaction.id is null then 'there is no Transaction'
                 when transaction.destination_amount <> wish.amount
                   then format('ordered %s, the Transaction says %s', wish.amount, transaction.destination_amount)
                 when wish.settled_state in ('QUEUED', 'ACCEPTED')
                   and (coalesce(moved.paid + moved.singles + moved.released, 0) > 0 or transaction.hold_id is null)
                   then wish.settled_state || ', and its money is not just held'
                 when wish.settled_state in ('SETTLED', 'RETURNED')
                   and (coalesce(moved.paid, 0) = 0 or moved.paid <> moved.held or moved.paid_amount <> wish.amount)
                   then format('paid %s of %s times, %s of %s', coalesce(moved.paid, 0), coalesce(moved.held, 0),
                               coalesce(moved.paid_amount, 0), wish.amount)
                 when wish.settled_state = 'SETTLED' and moved.singles > 0 then 'given back without a return'
                 when wish.settled_state = 'RETURNED' and (moved.returned <> 1 or moved.returned_amount <> wish.amount)
                   then format('given back %s times, %s of %s', moved.returned, moved.returned_amount, wish.amount)
                 when wish.settled_state = 'RETURNED' and moved.given_back <> ${OWED_BACK}
                   then format('given back to the source %s of %s', moved.given_back, ${OWED_BACK})
                 when wish.settled_state in ('REJECTED', 'CANCELED')
                   and (coalesce(moved.released, 0) = 0 or moved.released <> moved.held or moved.paid + moved.singles > 0)
                   then wish.settled_state || ', and its money was not just let go' end as fault
       from bank.order wish
       left join payments.transaction on transaction.id = wish.id
       left join payments.quote on quote.id = transaction.quote_id
       left join (${MOVED}) moved on moved.transaction_id = wish.id
      -- Those that verify an account have one Hold for two, and are looked at below.
      where not exists (select from bank.micro_deposit micro where micro.first_order_id = wish.id)
        and not exists (select from bank.micro_deposit micro where micro.second_order_id = wish.id)`,
  ),
  check(
    'bank_statuses',
    'Each payout stands where its settled order does',
    `select transaction.id::text as item,
            case when wish.id is null and gate.transaction_id is null then 'there is no order'
                 when wish.id is null and gate.state = 'OPENED' then 'nothing is waited for, and there is no order'
                 when wish.id is null and gate.state = 'WAITING' and transaction.hold_id is null
                   then 'it waits, and nothing is held'
                 when wish.id is null and gate.state = 'ENDED' and transaction.status not in ('CANCELED', 'FAILED')
                   then format('%s, and it never went out', transaction.status)
                 when wish.id is not null and gate.state <> 'OPENED' then 'its order did not wait'
                 when wish.id is null then null
                 when transaction.status <> case wish.settled_state
                        when 'SETTLED' then 'COMPLETED' when 'RETURNED' then 'RETURNED' when 'REJECTED' then 'FAILED'
                        when 'CANCELED' then 'CANCELED' else 'PROCESSING' end
                   then format('%s, and its order is settled as %s', transaction.status, wish.settled_state)
                 when wish.is_final and transaction.finality <> 'FINAL' then 'its order is final and it is not' end as fault
       from payments.transaction
       left join bank.order wish on wish.id = transaction.id
       left join payments.gate on gate.transaction_id = transaction.id
      where transaction.destination_rail in ('ACH', 'WIRE', 'SEPA', 'PIX', 'SPEI', 'UPI', 'FPS')`,
  ),
  check(
    'bank_micro_deposits',
    'Micro-deposits are held as their sum until both orders have ended, and then what was paid has left the Account',
    `select micro.external_account_id::text as item,
            case when orders.count <> 2 then format('%s orders', orders.count)
                 when hold.amount is distinct from orders.amount
                   then format('%s of %s are held', coalesce(hold.amount, 0), orders.amount)
                 when (micro.state = 'UNDER_WAY') <> (ended.id is null) then micro.state || ', and its Hold says otherwise'
                 when micro.state = 'ARRIVED' and ended.amount <> orders.amount
                   then format('paid %s of %s', ended.amount, orders.amount) end as fault
       from bank.micro_deposit micro
       left join ledger.transfer hold on hold.id = micro.hold_id
       left join ledger.transfer ended on ended.pending_id = micro.hold_id
      cross join lateral (
        select count(*) as count, sum(amount) as amount from bank.order wish
         where wish.id in (micro.first_order_id, micro.second_order_id)) orders`,
  ),
  check(
    'bank_receipts',
    'Each receipt that is settled is in the books once, with its amount',
    `select receipt.id::text as item,
            case when receipt.transaction_id is not null and coalesce(credit.count, 0) <> 1
                   then format('credited %s times', coalesce(credit.count, 0))
                 when receipt.transaction_id is null and suspense.id is null then 'neither credited nor in suspense'
                 when coalesce(credit.amount, suspense.amount) <> receipt.amount
                   then format('%s of %s', coalesce(credit.amount, suspense.amount), receipt.amount)
                 when suspense.amount <> receipt.amount
                   then format('%s of %s in suspense', suspense.amount, receipt.amount) end as fault
       from bank.receipt
       left join (
         -- Of what was converted the Quote's check looks at each Transfer; here all that left the rail counts as one.
         select transfer.transaction_id, case when paid.quote_id is null then count(*) else 1 end as count,
                sum(transfer.amount) filter (where transfer.debit_account_id = paid.source_account_id) as amount
           from ledger.transfer join payments.transaction paid on paid.id = transfer.transaction_id
          where transfer.kind = 'SINGLE' group by transfer.transaction_id, paid.quote_id) credit
         on credit.transaction_id = receipt.transaction_id
       left join ledger.transfer suspense on suspense.id = receipt.id
      where receipt.settled_version > 0`,
  ),
];
