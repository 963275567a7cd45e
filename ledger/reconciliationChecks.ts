import { type Check, check } from './checkStatements.ts';

/** What a line adds to OMNIBUS once it is in the books, by account at a bank. */
const BOOKED = `
  select organization_id, adapter as place, asset, sum(amount) as amount from bank.statement_line
   where state in ('MATCHED', 'FEE', 'SUSPENSE', 'ASSIGNED') and settled_version = version
   group by organization_id, adapter, asset`;

/** What our books have, no line in the books explains and nobody has written off, by rail; negative for what was paid. */
const UNDER_WAY = `
  select booking.organization_id, booking.rail as place, booking.asset, sum(booking.amount) as amount
    from bank.booking
    left join bank.statement_line line on line.id = booking.line_id
   where (booking.line_id is null or line.settled_version < line.version)
     and not exists (select from bank.write_off given_up
                      where given_up.order_id = booking.order_id and given_up.is_return = (booking.kind = 'RETURNED'))
     and not exists (select from bank.write_off given_up where given_up.receipt_id = booking.receipt_id)
   group by booking.organization_id, booking.rail, booking.asset`;

/** The id of the `place`th further Transfer of what has an id of its own, as `numberedId` makes it. */
function numbered(id: string, place: number): string {
  return `(left(${id}::text, 28) || lpad(to_hex(((('x' || right(${id}::text, 8))::bit(32)::bigint & 4294967295) + ${place})
    & 4294967295), 8, '0'))::uuid`;
}

/** What a Transfer takes out of CLEARING for FEES; signed as the Booking that it is about. */
function movedOut(id: string): string {
  return `
    select case when credit.kind = 'CLEARING' then transfer.amount else -transfer.amount end as amount
      from ledger.transfer
      join ledger.account debit on debit.id = transfer.debit_account_id
      join ledger.account credit on credit.id = transfer.credit_account_id
     where transfer.id = ${id} and (debit.kind, credit.kind) in (('CLEARING', 'FEES'), ('FEES', 'CLEARING'))`;
}

/** What books and banks' statements promise one another. Of a deployment without a statement CLEARING is looked at. */
export const RECONCILIATION_CHECKS: readonly Check[] = [
  check(
    'clearing',
    'What is in CLEARING of each rail of banks is what no statement has yet',
    `select coalesce(account.id::text, format('%s %s %s', under_way.organization_id, under_way.place, under_way.asset)) as item,
            case when coalesce(account.credits_posted - account.debits_posted, 0) <> -coalesce(under_way.amount, 0)
              then format('holds %s, under way are %s', coalesce(account.credits_posted - account.debits_posted, 0),
                          -coalesce(under_way.amount, 0)) end as fault
       from (select * from ledger.account where kind = 'CLEARING'
                and place in ('ACH', 'WIRE', 'SEPA', 'PIX', 'SPEI', 'UPI', 'FPS')) account
       full join (${UNDER_WAY}) under_way using (organization_id, place, asset)`,
  ),
  check(
    'omnibus_at_banks',
    'What is in OMNIBUS of each bank is the sum of its lines that are in the books',
    `select coalesce(account.id::text, format('%s %s %s', booked.organization_id, booked.place, booked.asset)) as item,
            case when coalesce(account.debits_posted - account.credits_posted, 0) <> coalesce(booked.amount, 0)
              then format('holds %s, its lines say %s', coalesce(account.debits_posted - account.credits_posted, 0),
                          coalesce(booked.amount, 0)) end as fault
       from (select * from ledger.account
              where kind = 'OMNIBUS' and place in (select adapter from bank.statement)) account
       full join (${BOOKED}) booked using (organization_id, place, asset)`,
  ),
  check(
    'statement_lines',
    'Each line of a bank is posted once for its amount, or not at all while it is open or ignored',
    `select line.id::text as item,
            case when line.state in ('OPEN', 'IGNORED') or line.settled_version < line.version
                   then case when moved.count > 0 then line.state || ', and posted' end
                 when coalesce(moved.amount, 0) <> line.amount
                   then format('%s of %s', coalesce(moved.amount, 0), line.amount) end as fault
       from bank.statement_line line
       left join (
         select transfer.journal_id, count(*) as count,
                coalesce(sum(transfer.amount) filter (where debit.kind = 'OMNIBUS'), 0)
                  - coalesce(sum(transfer.amount) filter (where credit.kind = 'OMNIBUS'), 0) as amount
           from ledger.transfer
           join ledger.account debit on debit.id = transfer.debit_account_id
           join ledger.account credit on credit.id = transfer.credit_account_id
          where 'OMNIBUS' in (debit.kind, credit.kind)
          group by transfer.journal_id) moved on moved.journal_id = line.id`,
  ),
  check(
    'line_suspense',
    'What a line put into suspense is there for its amount, or was taken out once as its state says',
    `select line.id::text as item,
            case when coalesce(put.amount, 0) <> case when line.state in ('SUSPENSE', 'ASSIGNED') or line.taken_out_by is not null
                        then line.amount - coalesce(line.booked_amount, 0) else 0 end
                   then format('%s in suspense, %s', coalesce(put.amount, 0), line.state)
                 when (taken.amount is not null) <> (line.taken_out_by is not null)
                   then line.state || ', and its money says otherwise'
                 when taken.amount <> put.amount then format('%s of %s taken out', taken.amount, put.amount)
                 when taken.transaction_id is distinct from line.assigned_transaction_id
                   or line.state = 'ASSIGNED' and taken.other not in ('CUSTOMER', 'TREASURY')
                   or line.state = 'FEE' and taken.other <> 'FEES'
                   then format('%s, and went to %s', line.state, taken.other) end as fault
       from bank.statement_line line
       left join lateral (
         select sum(case when credit.kind = 'SUSPENSE' then transfer.amount else -transfer.amount end) as amount
           from ledger.transfer
           join ledger.account debit on debit.id = transfer.debit_account_id
           join ledger.account credit on credit.id = transfer.credit_account_id
          where transfer.id in (line.id, ${numbered('line.id', 1)}) and 'SUSPENSE' in (debit.kind, credit.kind)) put on true
       left join lateral (
         select case when debit.kind = 'SUSPENSE' then transfer.amount else -transfer.amount end as amount,
                case when debit.kind = 'SUSPENSE' then credit.kind else debit.kind end as other, transfer.transaction_id
           from ledger.transfer
           join ledger.account debit on debit.id = transfer.debit_account_id
           join ledger.account credit on credit.id = transfer.credit_account_id
          where transfer.id = ${numbered('line.id', 2)}) taken on true
      where line.settled_version = line.version and line.state not in ('OPEN', 'IGNORED')`,
  ),
  check(
    'write_offs',
    'What is written off has left CLEARING once, and is back once since its line is in the books',
    `select item.id::text as item,
            case when gone.amount is distinct from -item.amount
                   then format('%s of %s written off', coalesce(gone.amount, 0), -item.amount)
                 when (back.amount is not null) <> (item.reversed_at is not null)
                   then case when back.amount is null then 'said to be back' else 'is back unsaid' end
                 when back.amount <> -gone.amount then format('%s of %s is back', -back.amount, gone.amount)
                 when (item.reversed_at is not null) <> coalesce(line.settled_version = line.version, false)
                   then 'its line and its Reversal do not go together' end as fault
       from bank.reconciliation_item item
       left join bank.booking on booking.receipt_id = item.receipt_id
         or booking.order_id = item.order_id and item.is_return = (booking.kind = 'RETURNED')
       left join bank.statement_line line on line.id = booking.line_id
       left join lateral (${movedOut('item.id')}) gone on true
       left join lateral (${movedOut(numbered('item.id', 1))}) back on true
      where item.resolution = 'WRITTEN_OFF'`,
  ),
  check(
    'line_bookings',
    'Each Booking and the line that it is name one another',
    `select coalesce(line.id, booking.line_id)::text as item,
            case when line.id is null then 'the line does not name it'
                 when booking.line_id is null then 'its Booking does not name it'
                 when booking.amount <> line.booked_amount
                   then format('%s of the Booking''s %s', line.booked_amount, booking.amount) end as fault
       from (select * from bank.statement_line where booked_amount is not null) line
       full join (select * from bank.booking where line_id is not null) booking on booking.line_id = line.id`,
  ),
  check(
    'reconciliation_items',
    'Each open item is of something that is still open',
    `select item.id::text as item,
            case when line.state <> 'OPEN' then 'its line is ' || line.state
                 when item.kind = 'MISSING_THEIRS' and booking.line_id is not null then 'a line has its Booking' end as fault
       from bank.reconciliation_item item
       left join bank.statement_line line on line.id = item.line_id
       left join bank.booking on item.kind = 'MISSING_THEIRS' and (
              booking.receipt_id = item.receipt_id
              or booking.order_id = item.order_id and item.is_return = (booking.kind = 'RETURNED'))
      where item.closed_at is null`,
  ),
  // Of files one may be missing for a while, which `bankBalances` tells.
  check(
    'closing_balances',
    'What a bank with a list says is in each account is what was there before its first line, and all its lines',
    `select format('%s %s %s', account.organization_id, account.adapter, account.asset) as item,
            case when newest.closing <> first.opening + coalesce(line.amount, 0)
              then format('closes with %s, opened with %s and lines of %s', newest.closing, first.opening,
                          coalesce(line.amount, 0)) end as fault
       from (select distinct organization_id, adapter, asset from bank.statement
              where organization_id is not null and closing is not null
             except select organization_id, adapter, asset from bank.statement where source = 'FILE') account
      cross join lateral (
        select closing from bank.statement one
         where one.organization_id = account.organization_id and one.adapter = account.adapter and one.asset = account.asset
         order by closed_on desc, sequence desc nulls last, id desc limit 1) newest
      cross join lateral (
        select opening from bank.statement one
         where one.organization_id = account.organization_id and one.adapter = account.adapter and one.asset = account.asset
         order by closed_on, sequence nulls first, id limit 1) first
       left join lateral (
        select sum(amount) as amount from bank.statement_line one
         where one.organization_id = account.organization_id and one.adapter = account.adapter and one.asset = account.asset)
         line on true`,
  ),
];
