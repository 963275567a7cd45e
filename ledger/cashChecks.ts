import { type Check, check } from './checkStatements.ts';

/** What was moved for a Transaction: taken, let go, moved at once. */
const MOVED = `
  select transaction_id,
         coalesce(sum(amount) filter (where kind = 'POST_PENDING'), 0) as taken,
         count(*) filter (where kind = 'VOID_PENDING') as released,
         coalesce(sum(amount) filter (where kind = 'SINGLE'), 0) as moved
    from ledger.transfer where transaction_id is not null group by transaction_id`;

/** What books and networks of counters promise one another. Of a deployment without any they look at nothing. */
export const CASH_CHECKS: readonly Check[] = [
  check(
    'cash_pickups',
    'Each pickup of cash stands where its settled order does, and has exactly the Transfers of that',
    `select coalesce(wish.id, transaction.id)::text as item,
            case when transaction.id is null then 'there is no Transaction'
                 when wish.id is null and gate.transaction_id is null then 'there is no order'
                 when wish.id is null and gate.state = 'OPENED' then 'nothing is waited for, and there is no order'
                 when wish.id is null then null
                 when gate.state <> 'OPENED' then 'its order did not wait'
                 when transaction.destination_amount <> wish.amount
                   then format('asked for %s, the Transaction says %s', wish.amount, transaction.destination_amount)
                 when transaction.status <> case wish.settled_state
                        when 'SETTLED' then 'COMPLETED' when 'EXPIRED' then 'FAILED' when 'REJECTED' then 'FAILED'
                        when 'CANCELED' then case transaction.status when 'FAILED' then 'FAILED' else 'CANCELED' end
                        when 'READY' then 'AWAITING_ACTION' else 'PROCESSING' end
                   then format('%s, and its order is settled as %s', transaction.status, wish.settled_state)
                 when wish.settled_state = 'SETTLED' and coalesce(moved.taken, 0) <> transaction.source_amount
                   then format('taken %s of %s', coalesce(moved.taken, 0), transaction.source_amount)
                 when wish.settled_state <> 'SETTLED' and coalesce(moved.taken, 0) > 0
                   then wish.settled_state || ', and money was taken'
                 when wish.settled_state in ('EXPIRED', 'REJECTED', 'CANCELED') and coalesce(moved.released, 0) = 0
                   then wish.settled_state || ', and its money was not let go'
                 when wish.settled_state not in ('SETTLED', 'EXPIRED', 'REJECTED', 'CANCELED') and transaction.hold_id is null
                   then wish.settled_state || ', and its money is not held' end as fault
       from (select * from payments.transaction where destination_rail = 'CASH') transaction
       full join (select id, amount, settled_state from cash.order where kind = 'PICKUP') wish on wish.id = transaction.id
       left join payments.gate on gate.transaction_id = transaction.id
       left join (${MOVED}) moved on moved.transaction_id = transaction.id`,
  ),
  check(
    'cash_ins',
    'Each cash-in that is paid is one Transaction of its amount, less its fee, by one payment of its own',
    `select cash_in.id::text as item,
            case when (cash_in.status = 'PAID') <> (transaction.id is not null) then cash_in.status || ' and its Transaction'
                 when cash_in.status <> 'PAID' then null
                 when transaction.source_amount <> cash_in.amount
                   or transaction.destination_amount <> cash_in.amount - cash_in.fee_amount
                   or transaction.destination_account_id <> cash_in.account_id
                   then format('%s to %s, asked were %s less %s', transaction.source_amount,
                               transaction.destination_amount, cash_in.amount, cash_in.fee_amount)
                 when moved.moved is distinct from cash_in.amount
                   then format('%s of %s moved', coalesce(moved.moved, 0), cash_in.amount)
                 when coalesce(paid.count, 0) <> 1 then format('%s payments', coalesce(paid.count, 0)) end as fault
       from payments.cash_in
       left join payments.transaction on transaction.id = cash_in.transaction_id
       left join (${MOVED}) moved on moved.transaction_id = cash_in.transaction_id
       left join (select transaction_id, cash_in_id, count(*) as count from cash.receipt
                   where reason is null and transaction_id is not null group by transaction_id, cash_in_id) paid
         on paid.transaction_id = cash_in.transaction_id and paid.cash_in_id = cash_in.id`,
  ),
  check(
    'cash_receipts',
    'Each payment at a counter that is settled is in the books once, with its amount',
    `select receipt.id::text as item,
            case when receipt.transaction_id is not null and credit.moved is distinct from receipt.amount
                   then format('credited %s of %s', coalesce(credit.moved, 0), receipt.amount)
                 when (receipt.reason is not null) <> (suspense.id is not null)
                   then coalesce(receipt.reason, 'credited at once') || ', and suspense says otherwise'
                 when suspense.amount <> receipt.amount
                   then format('%s of %s in suspense', suspense.amount, receipt.amount)
                 when receipt.reason is null and receipt.transaction_id is null
                   then 'neither credited nor in suspense' end as fault
       from cash.receipt
       left join (${MOVED}) credit on credit.transaction_id = receipt.transaction_id
       left join ledger.transfer suspense on suspense.id = receipt.id
      where receipt.settled_version > 0`,
  ),
  check(
    'cash_refunds',
    'Cash goes back at most as far as it was credited, and what is tried again is for whom the first try was',
    `select transaction.id::text as item,
            case when transaction.refunded_amount + transaction.refunding_amount > transaction.destination_amount
                   then format('%s of %s go back', transaction.refunded_amount + transaction.refunding_amount,
                               transaction.destination_amount) end as fault
       from payments.transaction where transaction.source_rail = 'CASH'
      union all
     select wish.id::text as item,
            case when refund.refund_of is distinct from earlier.refund_of or refund.refund_of is null
                   then 'it refunds something else than the first try'
                 when first.copy_of is not null or first.network <> wish.network
                   or first.recipient_mask <> wish.recipient_mask or first.organization_id <> wish.organization_id
                   then 'it is for somebody else than the first try' end as fault
       from cash.order wish
       join cash.order first on first.id = wish.copy_of
       left join payments.transaction refund on refund.id = wish.id
       left join payments.transaction earlier on earlier.id = wish.copy_of`,
  ),
];
