-- Cash handed over at counters: codes by which customers pay in, and money that waits to be picked up. A library's schema, as
-- `bank` is (docs/decisions/0014).
--   omsx_cash   registers codes and pickups with networks of counters, takes in what they say
do $$
declare
  name text;
begin
  foreach name in array array['omsx_cash'] loop
    begin
      execute format('create role %I nologin noinherit', name);
    exception when duplicate_object or unique_violation then null;
    end;
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to current_user with set true', name);
    end if;
  end loop;
end $$;

create schema cash;
grant usage on schema cash to omsx_cash, omsx_payments, omsx_payments_writer, omsx_check;
grant usage on schema platform, ledger to omsx_cash;
grant select, insert, update on platform.lease to omsx_cash;

-- What is wanted of a network. It is the key that the network is given: of a CODE its own uuid, of a PICKUP its Transaction's.
create table cash.order (
  id uuid not null,
  organization_id uuid not null,
  kind text not null,
  -- The Account that is credited (CODE) or whose money it is (PICKUP).
  account_id uuid not null,
  -- Of a CODE; a CashIn has one for each time that it was refreshed.
  cash_in_id uuid,
  adapter text not null,
  network text not null,
  asset text not null,
  amount numeric(38, 0) not null,
  -- Who picks it up: what may be shown, and all of it, sealed. Null for a CODE.
  recipient_mask text,
  sealed bytea,
  state text not null default 'QUEUED',
  reason_code text,
  provider_reference text,
  -- What is said at the counter: whoever knows it has the money, so that it is sealed, too.
  code_mask text,
  code_sealed bytea,
  expires_at timestamptz not null,
  cancel_asked_at timestamptz,
  attempts integer not null default 0,
  -- When the cash worker looks at it again.
  next_at timestamptz not null default clock_timestamp(),
  -- Each change that somebody has to be told of raises `version`; the books know of settled_version, and of that state.
  version integer not null default 1,
  settled_version integer not null default 0,
  settled_state text not null default 'QUEUED',
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint order_pkey primary key (id),
  constraint order_kind check (kind in ('CODE', 'PICKUP')),
  constraint order_amount_positive check (amount > 0),
  constraint order_state check (state in ('QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'READY', 'SETTLED', 'EXPIRED',
    'REJECTED', 'CANCELED')),
  constraint order_code_is_a_cash_ins check ((kind = 'CODE') = (cash_in_id is not null)),
  constraint order_pickup_is_somebodys check ((kind = 'PICKUP') = (sealed is not null)
    and (sealed is null) = (recipient_mask is null)),
  constraint order_code_is_sealed check ((code_mask is null) = (code_sealed is null)),
  constraint order_settled_within_version check (settled_version between 0 and version)
);
create index order_due on cash.order (next_at) where state in ('QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'READY');
create index order_unsettled on cash.order (updated_at, id) where settled_version < version;
create index order_cash_in on cash.order (cash_in_id) where cash_in_id is not null;
create trigger order_immutable before delete on cash.order for each row execute function platform.refuse_change();
create trigger order_wish_immutable
  before update of id, organization_id, kind, account_id, cash_in_id, adapter, network, asset, amount, recipient_mask, sealed
  on cash.order for each row execute function platform.refuse_change();

-- Cash that a network says somebody has paid in, once for each of the network's own ids.
create table cash.receipt (
  id uuid not null,
  organization_id uuid not null,
  adapter text not null,
  provider_id text not null,
  network text not null,
  asset text not null,
  amount numeric(38, 0) not null,
  -- The code that it was paid by; null for one that we never asked for.
  order_id uuid,
  cash_in_id uuid,
  -- Of that code when the network told of the payment.
  code_state text,
  code_expires_at timestamptz,
  -- When it was paid, by the network's clock.
  paid_at timestamptz not null,
  -- Why it is in suspense; null for what was credited, and until the books know of it.
  reason text,
  account_id uuid,
  transaction_id uuid,
  version integer not null default 1,
  settled_version integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint receipt_pkey primary key (id),
  constraint receipt_provider_id_key unique (adapter, provider_id),
  constraint receipt_amount_positive check (amount > 0),
  constraint receipt_of_a_code check ((order_id is null) = (cash_in_id is null) and (order_id is null) = (code_state is null)
    and (order_id is null) = (code_expires_at is null)),
  constraint receipt_reason check (reason in ('UNKNOWN_CODE', 'ALREADY_PAID', 'NOT_OPEN', 'LATE', 'AMOUNT_DIFFERS',
    'ACCOUNT_CLOSED')),
  constraint receipt_settled_within_version check (settled_version between 0 and version)
);
create index receipt_unsettled on cash.receipt (updated_at, id) where settled_version < version;
create index receipt_organization on cash.receipt (organization_id, id);
create index receipt_order on cash.receipt (order_id) where order_id is not null;
create trigger receipt_immutable before delete on cash.receipt for each row execute function platform.refuse_change();
create trigger receipt_payment_immutable
  before update of id, organization_id, adapter, provider_id, network, asset, amount, order_id, cash_in_id, code_state,
    code_expires_at, paid_at
  on cash.receipt for each row execute function platform.refuse_change();

-- The exact bytes that went to a network or came from it, sealed: they name people and hold codes.
create table cash.message (
  id uuid not null,
  adapter text not null,
  direction text not null,
  -- OUT: the order's key. IN: the network's own id.
  key text not null,
  sealed bytea not null,
  outcome text,
  created_at timestamptz not null default clock_timestamp(),
  constraint message_pkey primary key (id),
  constraint message_key unique (adapter, direction, key),
  constraint message_direction check (direction in ('IN', 'OUT')),
  constraint message_outcome check ((direction = 'IN') = (outcome is not null))
);
create trigger message_immutable before update or delete on cash.message
  for each row execute function platform.refuse_change();

-- What a network says and our books do not bear out: somebody has to look at it.
create table cash.difference (
  id uuid not null,
  adapter text not null,
  organization_id uuid,
  order_id uuid,
  message_id uuid not null,
  kind text not null,
  detail text not null,
  opened_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  constraint difference_pkey primary key (id),
  constraint difference_message foreign key (message_id) references cash.message (id),
  constraint difference_kind check (kind in ('CONTRADICTS_ORDER', 'UNKNOWN_ORDER', 'UNKNOWN_ORGANIZATION', 'UNKNOWN_ASSET', 'REUSED_ID'))
);
create index difference_open on cash.difference (opened_at) where closed_at is null;

-- How far the list of a network's events is read.
create table cash.feed_position (
  adapter text not null,
  position text not null,
  constraint feed_position_pkey primary key (adapter)
);

-- A customer's wish to pay in at a counter, and what became of it.
create table payments.cash_in (
  id uuid not null,
  organization_id uuid not null,
  -- Null for the organization's own account.
  customer_id uuid,
  account_id uuid not null,
  account_is_wallet boolean not null,
  network text not null,
  asset text not null,
  -- What is handed over, and what of it is the fee.
  amount numeric(38, 0) not null,
  fee_amount numeric(38, 0) not null,
  fee_flat numeric(38, 0) not null,
  fee_parts_per_million numeric(38, 0) not null,
  fees_account_id uuid not null,
  status text not null,
  -- Number of the latest event; gap-free from 1.
  version integer not null,
  -- Its current code's order.
  order_id uuid not null,
  refreshes integer not null,
  -- A new code is asked for once the network says that the old one is dead.
  is_refreshing boolean not null default false,
  cancel_asked boolean not null default false,
  expires_at timestamptz not null,
  transaction_id uuid,
  failure_code text,
  description text,
  external_id text,
  metadata jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint cash_in_pkey primary key (id),
  constraint cash_in_external_id_key unique (organization_id, external_id),
  constraint cash_in_status check (status in ('PENDING', 'OPEN', 'PAID', 'EXPIRED', 'CANCELED', 'FAILED')),
  constraint cash_in_version_positive check (version > 0),
  constraint cash_in_amounts check (amount > fee_amount and fee_amount >= 0),
  constraint cash_in_refreshes check (refreshes between 0 and 5),
  constraint cash_in_paid_is_a_transaction check ((status = 'PAID') = (transaction_id is not null)),
  constraint cash_in_failed_says_why check ((status = 'FAILED') = (failure_code is not null)),
  constraint cash_in_waits_for_a_code check (status in ('PENDING', 'PAID') or not is_refreshing)
) with (fillfactor = 70);
create index cash_in_organization on payments.cash_in (organization_id, id);
create index cash_in_customer on payments.cash_in (customer_id, id) where customer_id is not null;
create index cash_in_expires on payments.cash_in (expires_at)
  where status in ('PENDING', 'OPEN') and not is_refreshing and not cancel_asked;
create index cash_in_transaction on payments.cash_in (transaction_id) where transaction_id is not null;
create trigger cash_in_immutable before delete on payments.cash_in for each row execute function platform.refuse_change();
create trigger cash_in_wish_immutable
  before update of id, organization_id, customer_id, account_id, account_is_wallet, network, asset, amount, fee_amount,
    fee_flat, fee_parts_per_million, fees_account_id, description, external_id, metadata, created_at
  on payments.cash_in for each row execute function platform.refuse_change();

do $$
declare
  name text;
begin
  foreach name in array array['order', 'receipt', 'message', 'difference', 'feed_position'] loop
    execute format('alter table cash.%I enable row level security', name);
    execute format('alter table cash.%I force row level security', name);
    execute format('create policy %I on cash.%I to omsx_cash using (true) with check (true)', name || '_cash', name);
    execute format('create policy %I on cash.%I for select to omsx_check using (true)', name || '_check', name);
  end loop;
  foreach name in array array['order', 'receipt'] loop
    execute format('create policy %I on cash.%I for select to omsx_payments
      using (organization_id = (select platform.current_organization()))', name || '_reader', name);
    execute format('create policy %I on cash.%I to omsx_payments_writer using (true) with check (true)',
      name || '_writer', name);
  end loop;
end $$;
alter table payments.cash_in enable row level security;
alter table payments.cash_in force row level security;
create policy cash_in_reader on payments.cash_in for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy cash_in_writer on payments.cash_in to omsx_payments_writer using (true) with check (true);
create policy cash_in_check on payments.cash_in for select to omsx_check using (true);
grant select on payments.cash_in to omsx_payments, omsx_payments_writer, omsx_check;
grant insert on payments.cash_in to omsx_payments_writer;
grant update (status, version, order_id, refreshes, is_refreshing, cancel_asked, expires_at, transaction_id, failure_code,
  updated_at) on payments.cash_in to omsx_payments_writer;

-- The cash worker: all of an order but the wish and what payments settles.
grant select on cash.order, cash.receipt, cash.message, cash.difference, cash.feed_position to omsx_cash;
grant update (state, reason_code, provider_reference, code_mask, code_sealed, cancel_asked_at, attempts, next_at, version,
    updated_at)
  on cash.order to omsx_cash;
grant insert on cash.receipt, cash.message, cash.difference to omsx_cash;
grant insert, update on cash.feed_position to omsx_cash;
-- Whose money an unknown code brings.
create policy holder_cash on ledger.holder for select to omsx_cash using (kind = 'ORGANIZATION');
grant select (id, kind) on ledger.holder to omsx_cash;

-- payments: inserts wishes and reads outcomes. What is sealed is read under row level security only, for who may see it.
grant select (id, organization_id, kind, account_id, cash_in_id, adapter, network, asset, amount, recipient_mask, state,
    reason_code, provider_reference, code_mask, expires_at, cancel_asked_at, version, settled_version, settled_state,
    created_at, updated_at)
  on cash.order to omsx_payments, omsx_payments_writer, omsx_check;
grant select (sealed, code_sealed) on cash.order to omsx_payments;
grant insert on cash.order to omsx_payments_writer;
grant update (state, reason_code, cancel_asked_at, next_at, version, settled_version, settled_state, updated_at)
  on cash.order to omsx_payments_writer;
grant select on cash.receipt to omsx_payments, omsx_payments_writer, omsx_check;
grant update (reason, account_id, transaction_id, version, settled_version, updated_at) on cash.receipt
  to omsx_payments_writer;
