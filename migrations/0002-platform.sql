-- Plumbing that every subgraph writes in the tx of its change: what happened (outbox) and what was answered
-- (idempotency).
create schema platform;

-- The organization of the request. Raises when it was not set in this tx, so that a policy fails closed.
create function platform.current_organization() returns uuid
  language sql stable parallel safe
  return current_setting('app.organization')::uuid;

-- The record of all events. Rows are never updated; readers keep their own cursor (xid, seq) and read below
-- pg_snapshot_xmin, because a sequence number is taken before its tx commits. Old partitions are dropped whole.
create table platform.outbox (
  xid xid8 not null default pg_current_xact_id(),
  seq bigint not null generated always as identity,
  id uuid not null,
  organization_id uuid not null,
  type text not null,
  aggregate_id uuid not null,
  version integer not null,
  subjects uuid[] not null,
  payload jsonb not null,
  occurred_at timestamptz not null default clock_timestamp(),
  constraint outbox_version_positive check (version > 0)
) partition by range (occurred_at);

create index outbox_position on platform.outbox (xid, seq);
create index outbox_organization_position on platform.outbox (organization_id, xid, seq);

-- Catches rows when no partition was made for their day; the relay makes partitions ahead of time.
create table platform.outbox_default partition of platform.outbox default;

create function platform.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on %.% is refused: its rows are immutable', tg_op, tg_table_schema, tg_table_name
    using errcode = 'restrict_violation';
end $$;

create trigger outbox_immutable before update or delete on platform.outbox
  for each row execute function platform.refuse_change();

-- Highest position that retention has dropped: a cursor below it has expired.
create table platform.outbox_floor (
  only_row boolean primary key default true check (only_row),
  xid xid8 not null default '0',
  seq bigint not null default 0
);
insert into platform.outbox_floor default values;

create table platform.idempotency (
  organization_id uuid not null,
  operation text not null,
  key text not null,
  fingerprint text not null,
  result jsonb not null,
  created_at timestamptz not null default now(),
  constraint idempotency_pkey primary key (organization_id, operation, key),
  constraint idempotency_key_length check (length(key) between 1 and 255)
);

create trigger idempotency_immutable before update on platform.idempotency
  for each row execute function platform.refuse_change();

-- Work that only one process may do at a time. The epoch fences a holder that was paused past its lease.
create table platform.lease (
  name text primary key,
  holder text not null,
  epoch bigint not null default 1,
  expires_at timestamptz not null
);

-- How far each copier of the outbox has got.
create table platform.relay_position (
  name text primary key,
  xid xid8 not null default '0',
  seq bigint not null default 0
);

alter table platform.outbox enable row level security;
alter table platform.outbox force row level security;
alter table platform.idempotency enable row level security;
alter table platform.idempotency force row level security;

create policy outbox_writer on platform.outbox for insert
  to omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer with check (true);
-- RETURNING needs to see the row just written.
create policy outbox_writer_sees on platform.outbox for select
  to omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer using (xid = pg_current_xact_id_if_assigned());
create policy outbox_reader on platform.outbox for select to omsx_relay, omsx_router, omsx_check using (true);
create policy idempotency_writer on platform.idempotency
  to omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer using (true) with check (true);

grant usage on schema platform to omsx_accounts, omsx_wallets, omsx_payments,
  omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer, omsx_relay, omsx_router, omsx_check;
grant insert, select on platform.outbox to omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer;
grant select, insert on platform.idempotency to omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer;
grant select on platform.outbox, platform.outbox_floor to omsx_relay, omsx_router, omsx_check;
grant select, insert, update on platform.lease, platform.relay_position to omsx_relay,
  omsx_accounts_writer, omsx_wallets_writer, omsx_payments_writer;

-- Makes tomorrow's partitions of the outbox and drops those past retention, as their owner; the relay only asks.
-- A day whose rows are in the default partition already keeps them there. The floor is raised in the tx that
-- drops, so that a reader who misses a row finds the floor above its cursor. Raises lock_not_available rather
-- than queue behind a long reader, because whoever queues behind a waiting ALTER would wait too; ask again.
create function platform.keep_outbox_partitions(p_days_ahead integer, p_retention_days integer)
  returns table (made integer, dropped integer)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set lock_timeout = '1s' as $$
declare
  v_today date := (clock_timestamp() at time zone 'UTC')::date;
  v_day date;
  v_name text;
  v_xid xid8;
  v_seq bigint;
begin
  made := 0;
  dropped := 0;
  for v_day in select v_today + ahead from generate_series(0, p_days_ahead) as ahead loop
    v_name := 'outbox_' || to_char(v_day, 'YYYYMMDD');
    continue when to_regclass('platform.' || v_name) is not null;
    begin
      execute format('create table platform.%I partition of platform.outbox for values from (%L) to (%L)',
        v_name, v_day::timestamp at time zone 'UTC', (v_day + 1)::timestamp at time zone 'UTC');
      made := made + 1;
    exception when check_violation then null;
    end;
  end loop;

  for v_name in
    select child.relname from pg_inherits join pg_class child on child.oid = inhrelid
     where inhparent = 'platform.outbox'::regclass and child.relname ~ '^outbox_[0-9]{8}$'
       and to_date(right(child.relname, 8), 'YYYYMMDD') < v_today - p_retention_days
     order by child.relname
  loop
    execute format('select xid, seq from platform.%I order by xid desc, seq desc limit 1', v_name) into v_xid, v_seq;
    update platform.outbox_floor set xid = v_xid, seq = v_seq where (xid, seq) < (v_xid, v_seq);
    execute format('drop table platform.%I', v_name);
    dropped := dropped + 1;
  end loop;

  if (select max(occurred_at) from platform.outbox_default) < (v_today - p_retention_days)::timestamp at time zone 'UTC' then
    select xid, seq into v_xid, v_seq from platform.outbox_default order by xid desc, seq desc limit 1;
    update platform.outbox_floor set xid = v_xid, seq = v_seq where (xid, seq) < (v_xid, v_seq);
    truncate platform.outbox_default;
    dropped := dropped + 1;
  end if;
  return next;
end $$;
revoke all on function platform.keep_outbox_partitions(integer, integer) from public;
grant execute on function platform.keep_outbox_partitions(integer, integer) to omsx_relay;
