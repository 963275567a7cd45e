import { type Check, check } from './checkStatements.ts';

/** What refunds and their originals promise one another. */
export const REFUND_CHECKS: readonly Check[] = [
  check(
    'refunds',
    'Each Transaction counts exactly the refunds that arrived, and those that are under way',
    `select transaction.id::text as item,
            case when transaction.refunded_amount <> coalesce(refund.arrived, 0)
                   then format('refunded %s, refunds of %s arrived', transaction.refunded_amount, coalesce(refund.arrived, 0))
                 when transaction.refunding_amount <> coalesce(refund.under_way, 0)
                   then format('%s under way, refunds of %s are', transaction.refunding_amount,
                               coalesce(refund.under_way, 0)) end as fault
       from payments.transaction
       left join (
         select refund_of, sum(destination_amount) filter (where status = 'COMPLETED') as arrived,
                sum(destination_amount) filter (where status in ('PROCESSING', 'AWAITING_ACTION')) as under_way
           from payments.transaction where refund_of is not null group by refund_of) refund
         on refund.refund_of = transaction.id`,
  ),
  check(
    'refund_recoveries',
    'Each refund that did not arrive is tried again once, waits, or is for somebody to decide',
    `select refund.id::text as item,
            case when recovery.refund_id is null then 'nothing is done about it'
                 when recovery.state = 'RETRIED' and other.refund_of is distinct from refund.refund_of
                   then 'what took its place refunds something else' end as fault
       from payments.transaction refund
       left join payments.refund_recovery recovery on recovery.refund_id = refund.id
       left join payments.transaction other on other.id = recovery.retried_by
      where refund.refund_of is not null and refund.status in ('FAILED', 'RETURNED')`,
  ),
  check(
    'suspended_returns',
    'Returned money that is in suspense left it once, where it was assigned, and never otherwise',
    `select suspended.transaction_id::text as item,
            case when transaction.status <> 'RETURNED' then 'its Transaction is ' || transaction.status
                 when coalesce(moved.times, 0) <> case when suspended.assigned_account_id is null then 0 else 1 end
                   then format('left suspense %s times', coalesce(moved.times, 0))
                 when moved.amount <> transaction.source_amount
                   then format('%s of %s', moved.amount, transaction.source_amount) end as fault
       from payments.suspended_return suspended
       join payments.transaction on transaction.id = suspended.transaction_id
       left join (
         select transfer.transaction_id, count(*) as times, sum(transfer.amount) as amount
           from ledger.transfer
           join ledger.account on account.id = transfer.debit_account_id and account.kind = 'SUSPENSE'
          group by transfer.transaction_id) moved on moved.transaction_id = suspended.transaction_id`,
  ),
];
