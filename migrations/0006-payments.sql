create schema payments;

create table payments.transaction (
  id uuid not null,
  organization_id uuid not null,
  type text not null,
  status text not null,
  finality text not null,
  capture_method text not null,
  -- Number of the latest TransactionEvent; gap-free from 1.
  version integer not null,
  source_rail text not null,
  source_account_id uuid not null,
  -- True when the client named a Wallet; it has the uuid of its Account.
  source_is_wallet boolean not null,
  source_customer_id uuid,
  source_asset text not null,
  source_amount numeric(38, 0) not null,
  destination_rail text not null,
  destination_account_id uuid not null,
  destination_is_wallet boolean not null,
  destination_customer_id uuid,
  destination_asset text not null,
  destination_amount numeric(38, 0) not null,
  captured_amount numeric(38, 0) not null default 0,
  refunded_amount numeric(38, 0) not null default 0,
  -- The ledger's pending Transfer while funds are held.
  hold_id uuid,
  hold_expires_at timestamptz,
  refund_of uuid,
  failure_code text,
  description text,
  external_id text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  completed_at timestamptz,
  constraint transaction_pkey primary key (id),
  constraint transaction_refunds foreign key (refund_of) references payments.transaction (id),
  constraint transaction_type check (type in ('BOOK', 'FIAT_TO_CRYPTO', 'CRYPTO_TO_FIAT', 'CRYPTO_TO_CRYPTO', 'FIAT_TO_FIAT', 'REFUND')),
  constraint transaction_status check (status in ('PROCESSING', 'AWAITING_ACTION', 'COMPLETED', 'FAILED', 'CANCELED', 'RETURNED')),
  constraint transaction_finality check (finality in ('PROVISIONAL', 'FINAL')),
  constraint transaction_capture_method check (capture_method in ('AUTOMATIC', 'MANUAL')),
  constraint transaction_version_positive check (version > 0),
  constraint transaction_amounts_positive check (source_amount > 0 and destination_amount > 0),
  constraint transaction_captured_within_amount check (captured_amount between 0 and source_amount),
  constraint transaction_refunded_within_captured check (refunded_amount between 0 and captured_amount),
  constraint transaction_completed_is_captured check ((status in ('COMPLETED', 'RETURNED')) = (completed_at is not null)),
  constraint transaction_refund_is_linked check ((type = 'REFUND') = (refund_of is not null)),
  constraint transaction_external_id_key unique (organization_id, external_id)
) with (fillfactor = 80);

create index transaction_organization on payments.transaction (organization_id, id);
create index transaction_status on payments.transaction (organization_id, status, id);
create index transaction_source_account on payments.transaction (source_account_id, id);
create index transaction_destination_account on payments.transaction (destination_account_id, id);
create index transaction_source_customer on payments.transaction (source_customer_id, id) where source_customer_id is not null;
create index transaction_destination_customer on payments.transaction (destination_customer_id, id) where destination_customer_id is not null;
create index transaction_refund_of on payments.transaction (refund_of, id) where refund_of is not null;
create index transaction_hold_expires on payments.transaction (hold_expires_at) where status = 'AWAITING_ACTION' and hold_expires_at is not null;

create table payments.transaction_event (
  transaction_id uuid not null,
  version integer not null,
  id uuid not null,
  organization_id uuid not null,
  kind text not null,
  status text not null,
  leg text,
  amount numeric(38, 0),
  related_transaction_id uuid,
  reason_code text,
  reason_message text,
  reason_retryable boolean,
  next_action text,
  expected_by timestamptz,
  terminal boolean not null,
  occurred_at timestamptz not null,
  constraint transaction_event_pkey primary key (transaction_id, version),
  constraint transaction_event_version_positive check (version > 0)
);

-- The metadata once more, for the list by a pair. Under row level security an index serves leakproof operators
-- only: text equality is one, `jsonb @>` and its GIN index are not (measured: all rows of a tenant were read).
create table payments.transaction_metadata (
  organization_id uuid not null,
  key text not null,
  value text not null,
  transaction_id uuid not null,
  constraint transaction_metadata_pkey primary key (organization_id, key, value, transaction_id)
);

create trigger transaction_metadata_immutable before update or delete on payments.transaction_metadata
  for each row execute function platform.refuse_change();

create trigger transaction_event_immutable before update or delete on payments.transaction_event
  for each row execute function platform.refuse_change();

alter table payments.transaction enable row level security;
alter table payments.transaction force row level security;
alter table payments.transaction_event enable row level security;
alter table payments.transaction_event force row level security;
alter table payments.transaction_metadata enable row level security;
alter table payments.transaction_metadata force row level security;
create policy transaction_reader on payments.transaction for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy transaction_event_reader on payments.transaction_event for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy transaction_metadata_reader on payments.transaction_metadata for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy transaction_writer on payments.transaction to omsx_payments_writer using (true) with check (true);
create policy transaction_event_writer on payments.transaction_event to omsx_payments_writer using (true) with check (true);
create policy transaction_metadata_writer on payments.transaction_metadata to omsx_payments_writer using (true) with check (true);
create policy transaction_check on payments.transaction for select to omsx_check using (true);
create policy transaction_event_check on payments.transaction_event for select to omsx_check using (true);

grant usage on schema payments to omsx_payments, omsx_payments_writer, omsx_check;
grant select on all tables in schema payments to omsx_payments, omsx_payments_writer, omsx_check;
grant insert, update on payments.transaction to omsx_payments_writer;
grant insert on payments.transaction_event, payments.transaction_metadata to omsx_payments_writer;
