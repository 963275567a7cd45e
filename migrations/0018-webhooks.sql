-- Events told to the servers of integrators, each at least once and signed.
--   omsx_webhooks   spreads the outbox over endpoints, sends, and records what came of it
do $$
declare
  name text;
begin
  foreach name in array array['omsx_webhooks'] loop
    begin
      execute format('create role %I nologin noinherit', name);
    exception when duplicate_object or unique_violation then null;
    end;
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to current_user with set true', name);
    end if;
  end loop;
end $$;

create table payments.webhook_endpoint (
  id uuid not null,
  organization_id uuid not null,
  -- Tells of this one Customer only.
  customer_id uuid,
  url text not null,
  -- Types such as `transaction.completed`; empty for all.
  events text[] not null,
  compliance_only boolean not null,
  -- Whether a later event of an object waits until the earlier ones are over.
  ordered boolean not null,
  description text,
  status text not null default 'ENABLED',
  disabled_reason text,
  -- It is told what was written by later txs. Whoever reads below xmin sees either this row or only earlier events.
  since xid8 not null default pg_current_xact_id(),
  -- Number of its latest event in the outbox; 0 before the first.
  version integer not null default 0,
  -- The breaker: failures since the last success, and until when nothing is sent.
  failures integer not null default 0,
  paused_until timestamptz,
  failing_since timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  deleted_at timestamptz,
  constraint webhook_endpoint_pkey primary key (id),
  constraint webhook_endpoint_status check (status in ('ENABLED', 'DISABLED')),
  constraint webhook_endpoint_disabled_reason check
    ((status = 'DISABLED') = (disabled_reason is not null) and disabled_reason in ('REQUESTED', 'GONE', 'FAILING')),
  constraint webhook_endpoint_url_length check (length(url) between 1 and 2048),
  constraint webhook_endpoint_failures_not_negative check (failures >= 0)
);
create index webhook_endpoint_organization on payments.webhook_endpoint (organization_id, id) where deleted_at is null;

-- What an endpoint's messages are signed with: an HMAC secret and an ed25519 key, sealed together by the vault.
create table payments.webhook_key (
  id uuid not null,
  organization_id uuid not null,
  endpoint_id uuid not null,
  sealed bytea not null,
  public_key text not null,
  created_at timestamptz not null default clock_timestamp(),
  -- Signs no more from then on; null for the latest.
  retires_at timestamptz,
  constraint webhook_key_pkey primary key (id),
  constraint webhook_key_endpoint foreign key (endpoint_id) references payments.webhook_endpoint (id)
);
create index webhook_key_endpoint on payments.webhook_key (endpoint_id, id);

-- One event for one endpoint, and where it stands. The bytes are kept, so that each attempt sends the same.
create table payments.webhook_delivery (
  id uuid not null,
  organization_id uuid not null,
  endpoint_id uuid not null,
  event_id uuid not null,
  xid xid8 not null,
  seq bigint not null,
  type text not null,
  aggregate_id uuid not null,
  version integer not null,
  body text not null,
  occurred_at timestamptz not null,
  status text not null,
  -- Attempts begun, ever; a claim takes the next number.
  attempts integer not null default 0,
  -- Attempts that failed since it was last put in the queue: where it stands in the schedule of retries.
  round integer not null default 0,
  -- Due from then on. A claim sets it to when others may take the delivery for abandoned.
  next_at timestamptz not null default clock_timestamp(),
  status_code integer,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint webhook_delivery_pkey primary key (id),
  constraint webhook_delivery_event_key unique (endpoint_id, event_id),
  constraint webhook_delivery_status check (status in ('PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'SKIPPED'))
) with (fillfactor = 80);
create index webhook_delivery_due on payments.webhook_delivery (endpoint_id, next_at) where status = 'PENDING';
create index webhook_delivery_order on payments.webhook_delivery (endpoint_id, aggregate_id, xid, seq) where status = 'PENDING';
create index webhook_delivery_organization on payments.webhook_delivery (organization_id, id);
create index webhook_delivery_endpoint on payments.webhook_delivery (endpoint_id, id);
create index webhook_delivery_created on payments.webhook_delivery (created_at);

create table payments.webhook_attempt (
  delivery_id uuid not null,
  number integer not null,
  organization_id uuid not null,
  started_at timestamptz not null,
  latency_ms integer not null,
  outcome text not null,
  status_code integer,
  -- As they were sent.
  request_headers jsonb not null,
  -- The first 4 KiB as text.
  response_body text,
  error text,
  constraint webhook_attempt_pkey primary key (delivery_id, number),
  constraint webhook_attempt_delivery foreign key (delivery_id) references payments.webhook_delivery (id) on delete cascade,
  constraint webhook_attempt_outcome check (outcome in ('DELIVERED', 'REFUSED', 'TIMEOUT', 'UNREACHABLE', 'BLOCKED'))
);

alter table payments.webhook_endpoint enable row level security;
alter table payments.webhook_endpoint force row level security;
alter table payments.webhook_key enable row level security;
alter table payments.webhook_key force row level security;
alter table payments.webhook_delivery enable row level security;
alter table payments.webhook_delivery force row level security;
alter table payments.webhook_attempt enable row level security;
alter table payments.webhook_attempt force row level security;

create policy webhook_endpoint_reader on payments.webhook_endpoint for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy webhook_key_reader on payments.webhook_key for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy webhook_delivery_reader on payments.webhook_delivery for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy webhook_attempt_reader on payments.webhook_attempt for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy webhook_endpoint_writer on payments.webhook_endpoint
  to omsx_payments_writer, omsx_webhooks using (true) with check (true);
create policy webhook_key_writer on payments.webhook_key
  to omsx_payments_writer, omsx_webhooks using (true) with check (true);
create policy webhook_delivery_writer on payments.webhook_delivery
  to omsx_payments_writer, omsx_webhooks using (true) with check (true);
create policy webhook_attempt_writer on payments.webhook_attempt
  to omsx_webhooks using (true) with check (true);
create policy outbox_webhooks_reader on platform.outbox for select to omsx_webhooks using (true);
create policy outbox_webhooks_writer on platform.outbox for insert to omsx_webhooks with check (true);

grant usage on schema payments, platform, ledger to omsx_webhooks;
grant select on ledger.asset to omsx_webhooks;
grant select, insert on platform.outbox to omsx_webhooks;
grant select on platform.outbox_floor to omsx_webhooks;
grant select, insert, update on platform.lease, platform.relay_position to omsx_webhooks;

-- Sealed keys are for the sender alone.
grant select on payments.webhook_endpoint, payments.webhook_delivery, payments.webhook_attempt
  to omsx_payments, omsx_payments_writer, omsx_webhooks, omsx_check;
grant select (id, organization_id, endpoint_id, public_key, created_at, retires_at) on payments.webhook_key
  to omsx_payments, omsx_payments_writer;
grant select on payments.webhook_key to omsx_webhooks;

grant insert on payments.webhook_endpoint, payments.webhook_key, payments.webhook_delivery to omsx_payments_writer;
grant update (url, events, compliance_only, ordered, description, status, disabled_reason, version, failures,
  paused_until, failing_since, updated_at, deleted_at) on payments.webhook_endpoint to omsx_payments_writer;
grant update (retires_at) on payments.webhook_key to omsx_payments_writer;
grant update (status, round, next_at, finished_at) on payments.webhook_delivery to omsx_payments_writer;

grant update (status, disabled_reason, version, failures, paused_until, failing_since, updated_at)
  on payments.webhook_endpoint to omsx_webhooks;
grant insert, delete on payments.webhook_delivery to omsx_webhooks;
grant update (status, attempts, round, next_at, status_code, finished_at) on payments.webhook_delivery to omsx_webhooks;
grant insert, delete on payments.webhook_attempt to omsx_webhooks;
-- Keys that sign no more are forgotten.
grant delete on payments.webhook_key to omsx_webhooks;

-- Nothing written before there were endpoints is told to any.
insert into platform.relay_position (name, xid, seq) values ('webhooks', pg_current_xact_id(), 0);
