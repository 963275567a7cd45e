import { type Check, check } from './checkStatements.ts';

/** What PayoutBatches promise of their items. Where nobody handed one in they look at nothing. */
export const PAYOUT_CHECKS: readonly Check[] = [
  check(
    'payout_counters',
    'Each payout batch counts exactly what its items are',
    `select batch.id::text as item,
            case when items is null
                   or (batch.pending_count, batch.processing_count, batch.completed_count, batch.failed_count,
                       batch.canceled_count)
                      is distinct from (items.pending, items.processing, items.completed, items.failed, items.canceled)
                   then 'counts other items than it has'
                 when (batch.pending_amount, batch.processing_amount, batch.completed_amount, batch.failed_amount,
                       batch.canceled_amount)
                      is distinct from (items.pending_sum, items.processing_sum, items.completed_sum,
                                        items.failed_sum, items.canceled_sum)
                   then 'sums other amounts than its items have' end as fault
       from payments.payout_batch batch
       left join (
         select batch_id,
                count(*) filter (where status = 'PENDING') as pending,
                count(*) filter (where status = 'PROCESSING') as processing,
                count(*) filter (where status = 'COMPLETED') as completed,
                count(*) filter (where status = 'FAILED') as failed,
                count(*) filter (where status = 'CANCELED') as canceled,
                coalesce(sum(amount) filter (where status = 'PENDING'), 0) as pending_sum,
                coalesce(sum(amount) filter (where status = 'PROCESSING'), 0) as processing_sum,
                coalesce(sum(amount) filter (where status = 'COMPLETED'), 0) as completed_sum,
                coalesce(sum(amount) filter (where status = 'FAILED'), 0) as failed_sum,
                coalesce(sum(amount) filter (where status = 'CANCELED'), 0) as canceled_sum
           from payments.payout_item group by batch_id) items on items.batch_id = batch.id`,
  ),
  check(
    'payout_items',
    'Each payout stands where its Transaction stands, and has one only where it was paid',
    `select item.id::text as item,
            case when item.status in ('PENDING', 'CANCELED') and transaction.id is not null
                   then format('%s with a Transaction', item.status)
                 when item.status in ('PROCESSING', 'COMPLETED') and transaction.id is null
                   then format('%s without a Transaction', item.status)
                 when transaction.source_amount <> item.amount
                   then format('%s was paid instead of %s', transaction.source_amount, item.amount)
                 when (item.status = 'COMPLETED') <> (transaction.status = 'COMPLETED')
                   then format('%s while its Transaction is %s', item.status, transaction.status) end as fault
       from payments.payout_item item
       left join payments.transaction transaction on transaction.id = item.id`,
  ),
];
