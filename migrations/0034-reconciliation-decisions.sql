-- What people decide of lines and items: which movement a line is, whose money in suspense is, and what a bank will never book
-- (docs/reconciliation.md).

-- How a line left suspense: for an Account, in a Transaction, or as a fee of the bank; and who said so.
alter table bank.statement_line add column assigned_transaction_id uuid, add column taken_out_by text;
alter table bank.statement_line
  drop constraint statement_line_state,
  drop constraint statement_line_decided,
  add constraint statement_line_state check (state in ('OPEN', 'MATCHED', 'FEE', 'SUSPENSE', 'ASSIGNED', 'IGNORED')),
  add constraint statement_line_decided check (
    state not in ('FEE', 'SUSPENSE', 'ASSIGNED') or booked_amount is distinct from amount),
  -- Nobody is charged for what a bank took: only what it brought is somebody's.
  add constraint statement_line_assigned check (
    (state = 'ASSIGNED') = (assigned_transaction_id is not null)
    and (state <> 'ASSIGNED' or amount > coalesce(booked_amount, 0))),
  add constraint statement_line_taken_out check (
    (taken_out_by is null or state in ('FEE', 'ASSIGNED')) and (state <> 'ASSIGNED' or taken_out_by is not null));
create unique index statement_line_assigned_key on bank.statement_line (assigned_transaction_id)
  where assigned_transaction_id is not null;
grant update (assigned_transaction_id, taken_out_by) on bank.statement_line to omsx_payments_writer;

-- A Booking of ours that a bank will never book is written off by its item, until its line comes after all.
alter table bank.reconciliation_item add column reversed_at timestamptz;
alter table bank.reconciliation_item
  drop constraint reconciliation_item_resolution,
  add constraint reconciliation_item_resolution check (
    resolution in ('MATCHED', 'SUPERSEDED', 'FEE', 'SUSPENSE', 'IGNORED', 'WRITTEN_OFF')),
  add constraint reconciliation_item_written_off check (
    resolution is distinct from 'WRITTEN_OFF'
    or kind = 'MISSING_THEIRS' and organization_id is not null and asset is not null and amount is not null
       and closed_by is not null and reason is not null),
  add constraint reconciliation_item_reversed check (reversed_at is null or resolution = 'WRITTEN_OFF');
drop index bank.reconciliation_item_order_key;
drop index bank.reconciliation_item_receipt_key;
create unique index reconciliation_item_order_key on bank.reconciliation_item (order_id, is_return)
  where line_id is null and order_id is not null and (closed_at is null or resolution in ('IGNORED', 'WRITTEN_OFF'))
    and difference_id is null;
create unique index reconciliation_item_receipt_key on bank.reconciliation_item (receipt_id)
  where line_id is null and receipt_id is not null and (closed_at is null or resolution in ('IGNORED', 'WRITTEN_OFF'));
grant update (reversed_at) on bank.reconciliation_item to omsx_payments_writer;

-- What is written off and has not come, with the signed amount of its Booking.
create view bank.write_off with (security_invoker = true) as
  select id, organization_id, adapter, asset, order_id, receipt_id, is_return, -amount as amount
    from bank.reconciliation_item
   where kind = 'MISSING_THEIRS' and line_id is null and difference_id is null and resolution = 'WRITTEN_OFF'
     and reversed_at is null;
grant select on bank.write_off to omsx_payments, omsx_payments_writer, omsx_check;
