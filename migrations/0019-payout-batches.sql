-- Payouts that were handed in together. An item's Transaction and Journal have the item's own uuid, so that paying an
-- item twice is refused by their primary keys, whatever else goes wrong.
create table payments.payout_batch (
  id uuid not null,
  organization_id uuid not null,
  status text not null,
  -- Number of the latest event; gap-free from 1.
  version integer not null,
  source_account_id uuid not null,
  source_is_wallet boolean not null,
  asset text not null,
  -- The ApiKey or Member that handed it in.
  created_by text not null,
  description text,
  external_id text,
  -- How many items stand where, and their amounts: written with the items, in the same tx, under this row's lock.
  pending_count integer not null,
  processing_count integer not null,
  completed_count integer not null,
  failed_count integer not null,
  canceled_count integer not null,
  pending_amount numeric(38, 0) not null,
  processing_amount numeric(38, 0) not null,
  completed_amount numeric(38, 0) not null,
  failed_amount numeric(38, 0) not null,
  canceled_amount numeric(38, 0) not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  constraint payout_batch_pkey primary key (id),
  constraint payout_batch_external_id_key unique (organization_id, external_id),
  constraint payout_batch_status check (status in ('VALIDATED', 'PROCESSING', 'COMPLETED', 'PARTIALLY_COMPLETED', 'FAILED', 'CANCELED')),
  constraint payout_batch_version_positive check (version > 0),
  constraint payout_batch_counts check (least(pending_count, processing_count, completed_count, failed_count, canceled_count) >= 0),
  constraint payout_batch_amounts check (least(pending_amount, processing_amount, completed_amount, failed_amount, canceled_amount) >= 0),
  constraint payout_batch_size check (pending_count + processing_count + completed_count + failed_count + canceled_count between 1 and 10000),
  constraint payout_batch_ends_with_its_items check ((pending_count + processing_count = 0) = (ended_at is not null)),
  constraint payout_batch_ended_status check ((ended_at is null) = (status in ('VALIDATED', 'PROCESSING')))
) with (fillfactor = 50);

create index payout_batch_organization on payments.payout_batch (organization_id, id);
-- What the worker looks for.
create index payout_batch_pending on payments.payout_batch (id) where pending_count > 0;

create table payments.payout_item (
  batch_id uuid not null,
  -- From 1, in the order in which the items were handed in.
  number integer not null,
  id uuid not null,
  organization_id uuid not null,
  status text not null,
  -- Exactly one of the two.
  destination_account_id uuid,
  destination_address text,
  destination_is_wallet boolean not null,
  amount numeric(38, 0) not null,
  description text,
  external_id text,
  metadata jsonb not null,
  -- Why it failed.
  failure_code text,
  failure_message text,
  failure_retryable boolean,
  updated_at timestamptz not null,
  constraint payout_item_pkey primary key (batch_id, number),
  constraint payout_item_id_key unique (id),
  constraint payout_item_batch foreign key (batch_id) references payments.payout_batch (id),
  constraint payout_item_status check (status in ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED')),
  constraint payout_item_number check (number between 1 and 10000),
  constraint payout_item_amount_positive check (amount > 0),
  constraint payout_item_one_destination check ((destination_account_id is null) <> (destination_address is null)),
  constraint payout_item_failure check ((status = 'FAILED') = (failure_code is not null))
) with (fillfactor = 80);

-- The worker's next items, and a list of items by status.
create index payout_item_status on payments.payout_item (batch_id, status, number);

-- What was handed in never changes, and nothing of it goes away.
create trigger payout_batch_immutable before delete on payments.payout_batch
  for each row execute function platform.refuse_change();
create trigger payout_item_immutable before delete on payments.payout_item
  for each row execute function platform.refuse_change();

alter table payments.payout_batch enable row level security;
alter table payments.payout_batch force row level security;
alter table payments.payout_item enable row level security;
alter table payments.payout_item force row level security;
create policy payout_batch_reader on payments.payout_batch for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy payout_item_reader on payments.payout_item for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy payout_batch_writer on payments.payout_batch to omsx_payments_writer using (true) with check (true);
create policy payout_item_writer on payments.payout_item to omsx_payments_writer using (true) with check (true);
create policy payout_batch_check on payments.payout_batch for select to omsx_check using (true);
create policy payout_item_check on payments.payout_item for select to omsx_check using (true);
grant select on payments.payout_batch, payments.payout_item to omsx_payments, omsx_payments_writer, omsx_check;
grant insert on payments.payout_batch, payments.payout_item to omsx_payments_writer;
grant update (status, version, pending_count, processing_count, completed_count, failed_count, canceled_count,
  pending_amount, processing_amount, completed_amount, failed_amount, canceled_amount, updated_at, ended_at)
  on payments.payout_batch to omsx_payments_writer;
grant update (status, failure_code, failure_message, failure_retryable, updated_at)
  on payments.payout_item to omsx_payments_writer;
