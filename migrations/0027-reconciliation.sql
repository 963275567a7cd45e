-- What banks say of their own accounts, line by line, what of it is in our books, and what is not yet explained
-- (docs/decisions/0013, docs/reconciliation.md).

-- Lines of one account at a bank, as they came: a page of its list, or one statement of a file.
create table bank.statement (
  id uuid not null,
  adapter text not null,
  -- Null where the bank does not say for whom it holds the account, or for nobody that we know: the operator's.
  organization_id uuid,
  asset text not null,
  -- The bank's own name of it; of a list, the position up to which it was read.
  key text not null,
  source text not null,
  -- Orders statements of one account, where the bank counts them.
  sequence numeric(38, 0),
  -- Booked at the beginning and at the end; null where the bank does not say.
  opening numeric(38, 0),
  closing numeric(38, 0),
  closed_on date not null,
  -- What we had by then should be among the lines so far.
  covers_until timestamptz not null,
  line_count integer not null,
  message_id uuid not null,
  -- The ApiKey or Member that handed in a file; null for what was read from the bank.
  taken_in_by text,
  created_at timestamptz not null default clock_timestamp(),
  constraint statement_pkey primary key (id),
  constraint statement_key unique nulls not distinct (adapter, organization_id, asset, key),
  constraint statement_message foreign key (message_id) references bank.message (id),
  constraint statement_source check (source in ('FEED', 'FILE'))
);
create index statement_organization on bank.statement (organization_id, id);
create index statement_account on bank.statement (adapter, organization_id, asset, closed_on, sequence, id);
create trigger statement_immutable before update or delete on bank.statement
  for each row execute function platform.refuse_change();

-- One movement of the account, once for each of the bank's own ids, however often and in whatever it comes.
create table bank.statement_line (
  id uuid not null,
  statement_id uuid not null,
  adapter text not null,
  organization_id uuid,
  asset text not null,
  key text not null,
  -- Of the statement, from 1.
  place integer not null,
  -- Positive when the account gets it.
  amount numeric(38, 0) not null,
  booked_on date not null,
  end_to_end_id text,
  counterparty_mask text,
  text text,
  state text not null default 'OPEN',
  -- The Booking of ours that it is, with its signed amount; null where it is none.
  order_id uuid,
  receipt_id uuid,
  rail text,
  booked_amount numeric(38, 0),
  -- Matching and deciding raise `version`; the books know of settled_version.
  version integer not null default 0,
  settled_version integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint statement_line_pkey primary key (id),
  constraint statement_line_key unique nulls not distinct (adapter, organization_id, key),
  constraint statement_line_statement foreign key (statement_id) references bank.statement (id),
  constraint statement_line_amount check (amount <> 0),
  constraint statement_line_state check (state in ('OPEN', 'MATCHED', 'FEE', 'SUSPENSE', 'IGNORED')),
  constraint statement_line_booking check (
    num_nonnulls(order_id, receipt_id) <= 1
    and (num_nonnulls(order_id, receipt_id) = 1) = (booked_amount is not null)
    and (booked_amount is null) = (rail is null)),
  constraint statement_line_matched check (state <> 'MATCHED' or booked_amount = amount),
  constraint statement_line_unbooked check (state not in ('OPEN', 'IGNORED') or booked_amount is null),
  constraint statement_line_decided check (state not in ('FEE', 'SUSPENSE') or booked_amount is distinct from amount),
  constraint statement_line_owned check (organization_id is not null or state in ('OPEN', 'IGNORED')),
  constraint statement_line_settled_within_version check (settled_version between 0 and version)
);
create index statement_line_statement_place on bank.statement_line (statement_id, place);
create index statement_line_open_id on bank.statement_line (end_to_end_id) where state = 'OPEN' and end_to_end_id is not null;
create index statement_line_id on bank.statement_line (end_to_end_id) where end_to_end_id is not null and state <> 'IGNORED';
create index statement_line_open_amount on bank.statement_line (adapter, organization_id, asset, amount)
  where state = 'OPEN' and end_to_end_id is null;
create index statement_line_open on bank.statement_line (id) where state = 'OPEN' and end_to_end_id is null;
create index statement_line_unsettled on bank.statement_line (updated_at, id) where settled_version < version;
create index statement_line_account on bank.statement_line (organization_id, adapter, asset, booked_on, id);
-- Lines that are not in our books for now, and those that wait in suspense.
create index statement_line_unexplained on bank.statement_line (organization_id, adapter, asset)
  where state in ('OPEN', 'IGNORED') or settled_version < version;
create index statement_line_suspense on bank.statement_line (organization_id) where state = 'SUSPENSE';
create index statement_line_suspense_age on bank.statement_line (updated_at) where state = 'SUSPENSE';
-- What a Booking of ours is, at most one line is.
create unique index statement_line_order_key on bank.statement_line (order_id, (booked_amount > 0)) where order_id is not null;
create unique index statement_line_receipt_key on bank.statement_line (receipt_id) where receipt_id is not null;
create trigger statement_line_immutable before delete on bank.statement_line
  for each row execute function platform.refuse_change();
create trigger statement_line_told_immutable
  before update of id, statement_id, adapter, organization_id, asset, key, place, amount, booked_on, end_to_end_id,
    counterparty_mask, text
  on bank.statement_line for each row execute function platform.refuse_change();

-- How far a bank's list of lines is read, and up to when it has told all.
create table bank.statement_position (
  adapter text not null,
  position text not null,
  covers_until timestamptz not null,
  constraint statement_position_pkey primary key (adapter)
);

-- Something in which books and banks do not agree, open until one of them explains it or somebody decides.
create table bank.reconciliation_item (
  id uuid not null,
  adapter text not null,
  organization_id uuid,
  kind text not null,
  asset text,
  line_id uuid,
  order_id uuid,
  receipt_id uuid,
  -- Of an order: about the money that came back, not about what was paid.
  is_return boolean not null default false,
  difference_id uuid,
  -- Signed: what the bank has and our books have not.
  amount numeric(38, 0),
  detail text not null,
  -- 0 until its event has told that it is there.
  version integer not null default 0,
  opened_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  resolution text,
  -- The ApiKey or Member that decided; null where the comparison did.
  closed_by text,
  reason text,
  constraint reconciliation_item_pkey primary key (id),
  constraint reconciliation_item_kind check (kind in ('MISSING_OURS', 'MISSING_THEIRS', 'AMOUNT_DIFFERS', 'DUPLICATE',
    'AMBIGUOUS', 'CONTRADICTION')),
  constraint reconciliation_item_resolution check (resolution in ('MATCHED', 'SUPERSEDED', 'FEE', 'SUSPENSE', 'IGNORED')),
  constraint reconciliation_item_closed check ((closed_at is null) = (resolution is null)),
  constraint reconciliation_item_of check (case kind when 'CONTRADICTION' then difference_id is not null
    when 'MISSING_THEIRS' then line_id is null and num_nonnulls(order_id, receipt_id) = 1 else line_id is not null end)
);
create index reconciliation_item_organization on bank.reconciliation_item (organization_id, id);
create index reconciliation_item_untold on bank.reconciliation_item (id) where version = 0;
create index reconciliation_item_open on bank.reconciliation_item (kind, opened_at) where closed_at is null;
create unique index reconciliation_item_line_key on bank.reconciliation_item (line_id)
  where closed_at is null and line_id is not null;
create unique index reconciliation_item_order_key on bank.reconciliation_item (order_id, is_return)
  where line_id is null and order_id is not null and (closed_at is null or resolution = 'IGNORED') and difference_id is null;
create unique index reconciliation_item_receipt_key on bank.reconciliation_item (receipt_id)
  where line_id is null and receipt_id is not null and (closed_at is null or resolution = 'IGNORED');
create unique index reconciliation_item_difference_key on bank.reconciliation_item (difference_id)
  where difference_id is not null;
create trigger reconciliation_item_immutable before delete on bank.reconciliation_item
  for each row execute function platform.refuse_change();
create trigger reconciliation_item_found_immutable
  before update of id, adapter, organization_id, kind, asset, line_id, order_id, receipt_id, is_return, difference_id, amount,
    detail, opened_at
  on bank.reconciliation_item for each row execute function platform.refuse_change();

-- A difference is what a bank has said against our books; its item is what becomes of it.
create function bank.item_of_difference() returns trigger language plpgsql as $$
begin
  insert into bank.reconciliation_item (id, adapter, organization_id, kind, order_id, difference_id, detail, opened_at)
  values (new.id, new.adapter, new.organization_id, 'CONTRADICTION', new.order_id, new.id,
          new.kind || ': ' || new.detail, new.opened_at);
  return null;
end $$;
insert into bank.reconciliation_item (id, adapter, organization_id, kind, order_id, difference_id, detail, opened_at)
select id, adapter, organization_id, 'CONTRADICTION', order_id, id, kind || ': ' || detail, opened_at from bank.difference;
create trigger difference_item after insert on bank.difference
  for each row execute function bank.item_of_difference();

-- Which line a Booking of ours is; null while no statement has it.
alter table bank.order add column paid_line_id uuid, add column returned_line_id uuid;
alter table bank.receipt add column line_id uuid;
-- By when they moved, for what no statement has; by amount, for lines without an id.
create index order_paid_unmatched on bank.order (adapter, settled_at)
  where settled_state in ('SETTLED', 'RETURNED') and paid_line_id is null;
create index order_paid_unmatched_amount on bank.order (adapter, organization_id, asset, (-amount))
  where settled_state in ('SETTLED', 'RETURNED') and paid_line_id is null;
create index order_returned_unmatched on bank.order (adapter, updated_at)
  where settled_state = 'RETURNED' and returned_line_id is null;
create index order_returned_unmatched_amount on bank.order (adapter, organization_id, asset, amount)
  where settled_state = 'RETURNED' and returned_line_id is null;
create index receipt_unassigned on bank.receipt (organization_id) where transaction_id is null and settled_version > 0;
create index receipt_unassigned_age on bank.receipt (created_at) where transaction_id is null and settled_version > 0;
create index receipt_unmatched on bank.receipt (adapter, created_at) where settled_version > 0 and line_id is null;
create index receipt_unmatched_amount on bank.receipt (adapter, organization_id, asset, amount)
  where settled_version > 0 and line_id is null;

-- Movements that are in our books and that a bank's statement should have, one row each.
create view bank.booking with (security_invoker = true) as
  select 'PAID' as kind, wish.id as order_id, null::uuid as receipt_id, wish.organization_id, wish.adapter, wish.rail,
         wish.asset, -wish.amount as amount, wish.id::text as end_to_end_id, wish.settled_at as moved_at,
         wish.paid_line_id as line_id
    from bank.order wish where wish.settled_state in ('SETTLED', 'RETURNED')
  union all
  select 'RETURNED', wish.id, null, wish.organization_id, wish.adapter, wish.rail, wish.asset, wish.amount, wish.id::text,
         wish.updated_at, wish.returned_line_id
    from bank.order wish where wish.settled_state = 'RETURNED'
  union all
  select 'ARRIVED', null, receipt.id, receipt.organization_id, receipt.adapter, receipt.rail, receipt.asset, receipt.amount,
         receipt.provider_id, receipt.created_at, receipt.line_id
    from bank.receipt where receipt.settled_version > 0;

do $$
declare
  name text;
begin
  foreach name in array array['statement', 'statement_line', 'statement_position', 'reconciliation_item'] loop
    execute format('alter table bank.%I enable row level security', name);
    execute format('alter table bank.%I force row level security', name);
    execute format('create policy %I on bank.%I to omsx_bank using (true) with check (true)', name || '_bank', name);
    execute format('create policy %I on bank.%I to omsx_payments_writer using (true) with check (true)',
      name || '_writer', name);
    execute format('create policy %I on bank.%I for select to omsx_check using (true)', name || '_check', name);
  end loop;
  foreach name in array array['statement', 'statement_line', 'reconciliation_item'] loop
    execute format('create policy %I on bank.%I for select to omsx_payments
      using (organization_id = (select platform.current_organization()))', name || '_reader', name);
  end loop;
end $$;
-- An organization's file is a message, too; of messages payments sees no more than that they are there.
create policy message_payments on bank.message to omsx_payments_writer
  using (direction = 'IN') with check (direction = 'IN');

-- The bank worker reads statements and never says what a line is.
grant select, insert on bank.statement, bank.statement_line to omsx_bank;
grant select, insert, update on bank.statement_position to omsx_bank;
grant insert on bank.reconciliation_item to omsx_bank;
-- payments: compares, decides and posts.
grant select, insert on bank.statement, bank.statement_line, bank.reconciliation_item to omsx_payments_writer;
grant select on bank.statement_position, bank.booking to omsx_payments_writer;
grant update (state, order_id, receipt_id, rail, booked_amount, version, settled_version, updated_at)
  on bank.statement_line to omsx_payments_writer;
grant update (version, closed_at, resolution, closed_by, reason) on bank.reconciliation_item to omsx_payments_writer;
grant update (paid_line_id, returned_line_id) on bank.order to omsx_payments_writer;
grant update (line_id) on bank.receipt to omsx_payments_writer;
grant select (paid_line_id, returned_line_id) on bank.order to omsx_payments, omsx_payments_writer, omsx_check;
grant insert (id, adapter, direction, key, sealed, outcome) on bank.message to omsx_payments_writer;
grant select (id, adapter, direction, key) on bank.message to omsx_payments_writer;
grant select on bank.statement, bank.statement_line, bank.reconciliation_item, bank.booking to omsx_payments;
grant select on bank.statement, bank.statement_line, bank.statement_position, bank.reconciliation_item, bank.booking
  to omsx_check;

-- The worker's metrics: how much waits, and since when; of nothing what it is.
grant usage on schema bank to omsx_webhooks;
create policy reconciliation_item_figures on bank.reconciliation_item for select to omsx_webhooks using (true);
create policy statement_position_figures on bank.statement_position for select to omsx_webhooks using (true);
create policy statement_line_figures on bank.statement_line for select to omsx_webhooks using (true);
create policy receipt_figures on bank.receipt for select to omsx_webhooks using (true);
grant select (kind, opened_at, closed_at) on bank.reconciliation_item to omsx_webhooks;
grant select on bank.statement_position to omsx_webhooks;
grant select (state, updated_at) on bank.statement_line to omsx_webhooks;
grant select (transaction_id, settled_version, created_at) on bank.receipt to omsx_webhooks;
