import { type Check, check } from './checkStatements.ts';

/** What books and chains promise one another. Of a deployment without a chain they look at nothing. */
export const ONCHAIN_CHECKS: readonly Check[] = [
  check(
    'onchain_posted',
    'Each completed Transaction on a chain has moved its money once, all of it and by its own Hold',
    `select transaction.id::text as item,
            case when moved.times is distinct from 1 then format('moved %s times', coalesce(moved.times, 0))
                 when moved.amount <> transaction.destination_amount
                   then format('moved %s of %s', moved.amount, transaction.destination_amount)
                 when transaction.finality <> 'FINAL' then 'completed and not final' end as fault
       from payments.transaction
       left join (
         select transfer.transaction_id, count(*) as times, sum(amount) as amount
           from ledger.transfer join payments.transaction own on own.id = transfer.transaction_id
          where kind in ('SINGLE', 'POST_PENDING')
            -- The fees of a Quote are looked at with the Quote.
            and (own.quote_id is null or transfer.credit_account_id = own.destination_account_id)
          group by transfer.transaction_id) moved
         on moved.transaction_id = transaction.id
      where transaction.status = 'COMPLETED' and 'ONCHAIN' in (transaction.source_rail, transaction.destination_rail)`,
  ),
  check(
    'onchain_holds',
    'Each Hold of a Transaction on a chain waits for a send or a deposit that is not over',
    `select transaction.id::text as item,
            case when send.id is null and deposit.id is null and gate.state is distinct from 'WAITING'
                   then 'there is no send or deposit'
                 when send.id is not null and gate.state <> 'OPENED' then 'its send did not wait'
                 when send.id is not null and send.state in ('FINAL', 'FAILED', 'CANCELED')
                   and send.settled_version = send.version then 'its send is settled and ' || send.state
                 when deposit.id is not null and deposit.state <> 'SEEN'
                   and deposit.settled_version = deposit.version
                   then 'its deposit is settled and ' || deposit.state end as fault
       from payments.transaction
       left join chain.send on send.id = transaction.id and transaction.destination_rail = 'ONCHAIN'
       left join chain.deposit on deposit.transaction_id = transaction.id and transaction.source_rail = 'ONCHAIN'
       left join payments.gate on gate.transaction_id = transaction.id
      where transaction.hold_id is not null
        and 'ONCHAIN' in (transaction.source_rail, transaction.destination_rail)`,
  ),
  check(
    'onchain_deposits',
    'Each deposit that is final and settled is in the books once, with its amount',
    `select deposit.id::text as item,
            case when coalesce(credit.count, 0) + coalesce(own.count, 0) <> 1
                   then format('%s times in the books', coalesce(credit.count, 0) + coalesce(own.count, 0))
                 when coalesce(credit.amount, own.amount) <> deposit.amount
                   then format('%s of %s', coalesce(credit.amount, own.amount), deposit.amount) end as fault
       from chain.deposit
       left join (
         select transaction_id, count(*) as count, sum(amount) as amount from ledger.transfer
          where kind = 'POST_PENDING' and transaction_id is not null group by transaction_id) credit
         on credit.transaction_id = deposit.transaction_id
       left join (select id, 1 as count, amount from ledger.transfer) own on own.id = deposit.id
      where deposit.state = 'FINAL' and deposit.settled_version = deposit.version`,
  ),
  check(
    'onchain_fees',
    'The gas of each ChainTransaction that is settled is in the books',
    `select carrier.id::text as item,
            case when coalesce(own.amount, 0) <> carrier.fee
              then format('%s of %s', coalesce(own.amount, 0), carrier.fee) end as fault
       from chain.transaction carrier left join ledger.transfer own on own.id = carrier.id
      where carrier.fee_settled and carrier.organization_id is not null`,
  ),
];
