-- Banks that are spoken to by files (docs/bank-files.md): which orders went out in which file, and which files were read.

-- A file of orders. Its bytes are a bank.message, kept before anything is written to a folder, so that it can only ever be
-- written as it was made.
create table bank.file (
  id uuid not null,
  adapter text not null,
  -- Files of an adapter are counted from 1; the name and the id of the message follow from it.
  number bigint not null,
  name text not null,
  message_id text not null,
  -- The day in the bank's zone that it was made on, and the last of the adapter's numbers that its entries took.
  made_on date not null,
  last_sequence bigint not null,
  order_count integer not null,
  state text not null default 'KEPT',
  -- Why it could not be written so far.
  fault text,
  attempts integer not null default 0,
  next_at timestamptz not null default clock_timestamp(),
  created_at timestamptz not null default clock_timestamp(),
  written_at timestamptz,
  constraint file_pkey primary key (id),
  constraint file_number_key unique (adapter, number),
  constraint file_state check (state in ('KEPT', 'WRITTEN')),
  constraint file_fault check (fault in ('NOT_WRITTEN', 'NAME_TAKEN')),
  constraint file_written_is_dated check ((state = 'WRITTEN') = (written_at is not null)),
  constraint file_order_count_positive check (order_count > 0)
);
create index file_kept on bank.file (adapter, number) where state = 'KEPT';
create trigger file_immutable before delete on bank.file for each row execute function platform.refuse_change();
create trigger file_content_immutable
  before update of id, adapter, number, name, message_id, made_on, last_sequence, order_count, created_at
  on bank.file for each row execute function platform.refuse_change();

-- Which order stands in which file, under the id that the bank gives back.
create table bank.file_order (
  adapter text not null,
  key text not null,
  order_id uuid not null,
  file_id uuid not null,
  -- The group of payments within the file that it is in.
  group_id text not null,
  constraint file_order_pkey primary key (adapter, key),
  -- An order is in one file and never in another.
  constraint file_order_order_key unique (order_id),
  constraint file_order_file foreign key (file_id) references bank.file (id)
);
create index file_order_of_file on bank.file_order (file_id, key);
create trigger file_order_immutable before update or delete on bank.file_order
  for each row execute function platform.refuse_change();

-- A file of a bank that was read, or that could not be. Bytes that were read once are not read again.
create table bank.inbox_file (
  adapter text not null,
  -- SHA-256 of its bytes.
  digest text not null,
  name text not null,
  outcome text not null,
  -- FAILED: why, in one word.
  reason text,
  message_count integer not null,
  read_at timestamptz not null default clock_timestamp(),
  constraint inbox_file_pkey primary key (adapter, digest),
  constraint inbox_file_outcome check (outcome in ('DONE', 'FAILED')),
  constraint inbox_file_reason check ((outcome = 'FAILED') = (reason is not null))
);
create trigger inbox_file_immutable before delete on bank.inbox_file
  for each row execute function platform.refuse_change();

-- A bank posted a payment, and says what should be written otherwise the next time. What, is in the message, sealed.
create table bank.change_notice (
  id uuid not null,
  adapter text not null,
  organization_id uuid not null,
  order_id uuid not null,
  message_id uuid not null,
  code text not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint change_notice_pkey primary key (id),
  constraint change_notice_message foreign key (message_id) references bank.message (id)
);
create index change_notice_order on bank.change_notice (order_id);
create trigger change_notice_immutable before update or delete on bank.change_notice
  for each row execute function platform.refuse_change();

create index order_queued on bank.order (adapter, created_at, id) where state = 'QUEUED';
create index order_settled on bank.order (settled_at) where settled_at is not null;

do $$
declare
  name text;
begin
  foreach name in array array['file', 'file_order', 'inbox_file', 'change_notice'] loop
    execute format('alter table bank.%I enable row level security', name);
    execute format('alter table bank.%I force row level security', name);
    execute format('create policy %I on bank.%I to omsx_bank using (true) with check (true)', name || '_bank', name);
    execute format('create policy %I on bank.%I for select to omsx_check using (true)', name || '_check', name);
    execute format('grant select, insert on bank.%I to omsx_bank', name);
    execute format('grant select on bank.%I to omsx_check', name);
  end loop;
end $$;
grant update (state, fault, attempts, next_at, written_at) on bank.file to omsx_bank;
-- What was refused may be read after all, once the settings are right.
grant update (name, outcome, reason, message_count, read_at) on bank.inbox_file to omsx_bank;
-- Batches of payouts that are not over, by when something last happened to them: for whoever looks for what is stuck.
create index payout_batch_open on payments.payout_batch (updated_at) where ended_at is null;
-- Counts alone, for the metrics of the process that sends webhooks: whose batches they are it cannot see.
create policy payout_batch_meters on payments.payout_batch for select to omsx_webhooks using (ended_at is null);
grant select (pending_count, processing_count, updated_at, ended_at) on payments.payout_batch to omsx_webhooks;
