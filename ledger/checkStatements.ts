import { type Statement, statement } from '../platform/statement.ts';

/** One promise of the books: yields a row for each thing that was looked at, `fault` null when it is kept. */
export interface Check {
  readonly promise: string;
  readonly statement: Statement;
}

export function check(name: string, promise: string, text: string): Check {
  return {
    promise,
    statement: statement(
      `ledger.check_${name}`,
      `with checked as materialized (${text})
       select count(*) as checked, count(fault) as faulty,
              array(select item || ': ' || fault from checked where fault is not null limit 10) as first
         from checked`,
    ),
  };
}

/** Each Transfer twice, as its two accounts see it; `held` is what a resolution takes off the pending sums. */
const ENTRIES = `
  select transfer.debit_account_id as account_id, transfer.debit_version as version, 'DEBIT' as side,
         transfer.kind, transfer.amount, hold.amount as held, transfer.debit_posted_after as posted,
         transfer.debit_debits_pending_after as debits_pending,
         transfer.debit_credits_pending_after as credits_pending, transfer.created_at
    from ledger.transfer left join ledger.transfer hold on hold.id = transfer.pending_id
  union all
  select transfer.credit_account_id, transfer.credit_version, 'CREDIT', transfer.kind, transfer.amount, hold.amount,
         transfer.credit_posted_after, transfer.credit_debits_pending_after,
         transfer.credit_credits_pending_after, transfer.created_at
    from ledger.transfer left join ledger.transfer hold on hold.id = transfer.pending_id`;

/** What an Entry adds to the posted and the pending sum of its side. */
const DELTAS = `
  select entry.*, case when kind in ('SINGLE', 'POST_PENDING') then amount else 0 end as posted_delta,
         case kind when 'SINGLE' then 0 when 'PENDING' then amount else -coalesce(held, 0) end as pending_delta
    from (${ENTRIES}) entry`;

export const LEDGER_CHECKS: readonly Check[] = [
  check(
    'sums',
    'Debits equal credits in each asset of each organization',
    `select organization_id || ' ' || asset as item,
            case when sum(debits_posted) <> sum(credits_posted) or sum(debits_pending) <> sum(credits_pending)
              then format('posted %s to %s, pending %s to %s', sum(debits_posted), sum(credits_posted),
                          sum(debits_pending), sum(credits_pending)) end as fault
       from ledger.account group by organization_id, asset`,
  ),
  check(
    'counters',
    'The counters of each account are what its Transfers say',
    `select account.id::text as item,
            case when account.debits_pending <> coalesce(sums.debits_pending, 0)
                   or account.debits_posted <> coalesce(sums.debits_posted, 0)
                   or account.credits_pending <> coalesce(sums.credits_pending, 0)
                   or account.credits_posted <> coalesce(sums.credits_posted, 0)
              then format('debits %s + %s held, credits %s + %s held; Transfers say %s + %s, %s + %s',
                          account.debits_posted, account.debits_pending, account.credits_posted,
                          account.credits_pending, coalesce(sums.debits_posted, 0),
                          coalesce(sums.debits_pending, 0), coalesce(sums.credits_posted, 0),
                          coalesce(sums.credits_pending, 0)) end as fault
       from ledger.account
       left join (
         select account_id, sum(pending_delta) filter (where side = 'DEBIT') as debits_pending,
                sum(posted_delta) filter (where side = 'DEBIT') as debits_posted,
                sum(pending_delta) filter (where side = 'CREDIT') as credits_pending,
                sum(posted_delta) filter (where side = 'CREDIT') as credits_posted
           from (${DELTAS}) delta group by account_id) sums on sums.account_id = account.id`,
  ),
  check(
    'versions',
    'The Entries of each account are numbered without gaps up to its version',
    `select account.id::text as item,
            case when account.version <> coalesce(numbers.entries, 0)
                   or account.version <> coalesce(numbers.last, 0) or numbers.first <> 1
                   or numbers.entries <> numbers.versions
              then format('version %s, %s Entries from %s to %s', account.version, coalesce(numbers.entries, 0),
                          numbers.first, numbers.last) end as fault
       from ledger.account
       left join (
         select account_id, count(*) as entries, count(distinct version) as versions, min(version) as first,
                max(version) as last
           from (${ENTRIES}) entry group by account_id) numbers on numbers.account_id = account.id`,
  ),
  check(
    'belonging',
    'Both accounts of each Transfer exist, in its organization and its asset',
    `select transfer.id::text as item,
            case when debit.id is null or credit.id is null then 'an account does not exist'
                 when debit.organization_id <> transfer.organization_id
                   or credit.organization_id <> transfer.organization_id then 'an account is another organization''s'
                 when debit.asset <> transfer.asset or credit.asset <> transfer.asset
                   then 'an account counts another asset' end as fault
       from ledger.transfer
       left join ledger.account debit on debit.id = transfer.debit_account_id
       left join ledger.account credit on credit.id = transfer.credit_account_id`,
  ),
  check(
    'chain',
    'Each Entry follows from the one before it, in amounts and in time',
    `select account_id || ' version ' || version as item,
            case when posted <> coalesce(posted_before, 0) + case when side = normal_side then posted_delta
                                                                  else -posted_delta end
                   then format('posted %s after %s', posted, coalesce(posted_before, 0))
                 when debits_pending <> coalesce(debits_pending_before, 0)
                        + case side when 'DEBIT' then pending_delta else 0 end
                   or credits_pending <> coalesce(credits_pending_before, 0)
                        + case side when 'CREDIT' then pending_delta else 0 end
                   then 'the pending sums do not follow'
                 when created_at < created_at_before then 'older than the Entry before it' end as fault
       from (
         select delta.*, account.normal_side, lag(delta.posted) over entries as posted_before,
                lag(delta.debits_pending) over entries as debits_pending_before,
                lag(delta.credits_pending) over entries as credits_pending_before,
                lag(delta.created_at) over entries as created_at_before
           from (${DELTAS}) delta join ledger.account on account.id = delta.account_id
         window entries as (partition by delta.account_id order by delta.version)) step`,
  ),
  check(
    'bounds',
    'No bound account is overdrawn, and closed accounts are empty',
    `select id::text as item,
            case when debits_must_not_exceed_credits and debits_posted + debits_pending > credits_posted
                   then format('debits %s + %s held exceed credits %s', debits_posted, debits_pending, credits_posted)
                 when closed_at is not null
                   and (debits_pending > 0 or credits_pending > 0 or debits_posted <> credits_posted)
                   then 'closed and not empty' end as fault
       from ledger.account`,
  ),
  check(
    'resolved_once',
    'Each Hold is resolved at most once',
    `select pending_id::text as item, case when count(*) > 1 then count(*) || ' resolutions' end as fault
       from ledger.transfer where pending_id is not null group by pending_id`,
  ),
  check(
    'resolutions',
    'Each resolution is of a Hold between the same accounts, for no more than it held',
    `select resolution.id::text as item,
            case when hold.id is null then 'no such Hold'
                 when hold.debit_account_id <> resolution.debit_account_id
                   or hold.credit_account_id <> resolution.credit_account_id then 'other accounts than the Hold'
                 when resolution.amount > hold.amount
                   then format('%s of %s held', resolution.amount, hold.amount) end as fault
       from ledger.transfer resolution
       left join ledger.transfer hold on hold.id = resolution.pending_id and hold.kind = 'PENDING'
      where resolution.pending_id is not null`,
  ),
];

/** Only the role omsx_check reads both schemas; the payments subgraph itself never runs these. */
export const PAYMENT_CHECKS: readonly Check[] = [
  check(
    'captured',
    'What each completed Transaction captured has left its source account',
    `select transaction.id::text as item,
            case when coalesce(moved.amount, 0) <> transaction.captured_amount
              then format('captured %s, Transfers moved %s', transaction.captured_amount,
                          coalesce(moved.amount, 0)) end as fault
       from payments.transaction
       left join (
         select transaction_id, debit_account_id, sum(amount) as amount from ledger.transfer
          where transaction_id is not null and kind in ('SINGLE', 'POST_PENDING')
          group by transaction_id, debit_account_id) moved
         on moved.transaction_id = transaction.id and moved.debit_account_id = transaction.source_account_id
      where transaction.status = 'COMPLETED'`,
  ),
  check(
    'holds',
    'Each Transaction that holds funds has exactly those Holds open, and no other Transaction has one',
    `select coalesce(transaction.id, open.transaction_id)::text as item,
            case when transaction.id is null then format('Hold %s is open and not its own', open.id)
                 when open.id is null then format('Hold %s is not open', transaction.hold_id) end as fault
       from (select id, unnest(hold_id || more_hold_ids) as hold_id from payments.transaction
              where hold_id is not null) transaction
       full join (
         select hold.id, hold.transaction_id from ledger.transfer hold
          where hold.kind = 'PENDING' and hold.transaction_id is not null
            and not exists (select from ledger.transfer resolution where resolution.pending_id = hold.id)) open
         on open.transaction_id = transaction.id and open.id = transaction.hold_id`,
  ),
  check(
    'events',
    'The events of each Transaction are numbered without gaps up to its version',
    `select coalesce(transaction.id, events.transaction_id)::text as item,
            case when transaction.version is distinct from events.entries
                   or transaction.version is distinct from events.last
              then format('version %s, %s events up to %s', transaction.version, coalesce(events.entries, 0),
                          events.last) end as fault
       from payments.transaction
       full join (
         select transaction_id, count(*) as entries, max(version) as last
           from payments.transaction_event group by transaction_id) events
         on events.transaction_id = transaction.id`,
  ),
];
