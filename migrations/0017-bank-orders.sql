-- Orders to banks and money that arrives from them (docs/decisions/0013), each with the messages it came about by.

-- A wish to move money to a bank account. It has the uuid of its Transaction, which is also the key that the provider is given.
create table bank.order (
  id uuid not null,
  organization_id uuid not null,
  -- The Account whose money it is.
  account_id uuid not null,
  adapter text not null,
  rail text not null,
  asset text not null,
  amount numeric(38, 0) not null,
  -- Of the recipient's account: what may be shown, and all of it, sealed.
  account_mask text not null,
  sealed bytea not null,
  -- What the recipient's statement says.
  reference text,
  state text not null default 'QUEUED',
  reason_code text,
  provider_reference text,
  cancel_asked_at timestamptz,
  attempts integer not null default 0,
  -- When the bank worker looks at it again.
  next_at timestamptz not null default clock_timestamp(),
  expected_by timestamptz not null,
  settled_at timestamptz,
  -- Set once the return window is over: what comes after is no return any more.
  is_final boolean not null default false,
  -- Each change that a timeline tells raises `version`; the books know of settled_version, and of that state.
  version integer not null default 1,
  settled_version integer not null default 0,
  settled_state text not null default 'QUEUED',
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint order_pkey primary key (id),
  constraint order_amount_positive check (amount > 0),
  constraint order_rail check (rail in ('ACH', 'WIRE', 'SEPA', 'PIX', 'SPEI', 'UPI', 'FPS')),
  constraint order_state check (state in ('QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'ACCEPTED', 'SETTLED',
    'REJECTED', 'CANCELED', 'RETURNED')),
  constraint order_settled_within_version check (settled_version between 0 and version),
  constraint order_settled_is_dated check (state not in ('SETTLED', 'RETURNED') or settled_at is not null)
);
create index order_due on bank.order (next_at)
  where state in ('QUEUED', 'SUBMITTING', 'UNKNOWN', 'SUBMITTED', 'ACCEPTED');
create index order_unsettled on bank.order (updated_at, id) where settled_version < version;
create index order_organization on bank.order (organization_id, id);

create trigger order_immutable before delete on bank.order for each row execute function platform.refuse_change();
create trigger order_wish_immutable
  before update of id, organization_id, account_id, adapter, rail, asset, amount, account_mask, sealed, reference
  on bank.order for each row execute function platform.refuse_change();

-- Money that a bank says has arrived, once for each of the provider's own ids.
create table bank.receipt (
  id uuid not null,
  organization_id uuid not null,
  adapter text not null,
  provider_id text not null,
  rail text not null,
  asset text not null,
  amount numeric(38, 0) not null,
  reference text not null,
  payer_mask text not null,
  -- Whom it is for; null until that is known.
  account_id uuid,
  transaction_id uuid,
  version integer not null default 1,
  settled_version integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint receipt_pkey primary key (id),
  constraint receipt_provider_id_key unique (adapter, provider_id),
  constraint receipt_amount_positive check (amount > 0),
  constraint receipt_settled_within_version check (settled_version between 0 and version)
);
create index receipt_unsettled on bank.receipt (updated_at, id) where settled_version < version;
create index receipt_organization on bank.receipt (organization_id, id);
create index receipt_transaction on bank.receipt (transaction_id) where transaction_id is not null;
create trigger receipt_immutable before delete on bank.receipt for each row execute function platform.refuse_change();
create trigger receipt_arrival_immutable
  before update of id, organization_id, adapter, provider_id, rail, asset, amount, reference, payer_mask
  on bank.receipt for each row execute function platform.refuse_change();

-- The exact bytes that went to a provider or came from it, sealed: they name people and their accounts.
create table bank.message (
  id uuid not null,
  adapter text not null,
  direction text not null,
  -- OUT: the order's key. IN: the provider's own id.
  key text not null,
  sealed bytea not null,
  -- IN: what was made of it.
  outcome text,
  created_at timestamptz not null default clock_timestamp(),
  constraint message_pkey primary key (id),
  constraint message_key unique (adapter, direction, key),
  constraint message_direction check (direction in ('IN', 'OUT')),
  constraint message_outcome check ((direction = 'IN') = (outcome is not null))
);
create trigger message_immutable before update or delete on bank.message
  for each row execute function platform.refuse_change();

-- What a bank says and our books do not bear out: somebody has to look at it.
create table bank.difference (
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
  constraint difference_message foreign key (message_id) references bank.message (id),
  constraint difference_kind check (kind in ('CONTRADICTS_ORDER', 'UNKNOWN_ORDER', 'UNKNOWN_ACCOUNT', 'REUSED_ID'))
);
create index difference_open on bank.difference (opened_at) where closed_at is null;

-- How far the list of a provider's events is read.
create table bank.feed_position (
  adapter text not null,
  position text not null,
  constraint feed_position_pkey primary key (adapter)
);

do $$
declare
  name text;
begin
  foreach name in array array['order', 'receipt', 'message', 'difference', 'feed_position'] loop
    execute format('alter table bank.%I enable row level security', name);
    execute format('alter table bank.%I force row level security', name);
    execute format('create policy %I on bank.%I to omsx_bank using (true) with check (true)', name || '_bank', name);
    execute format('create policy %I on bank.%I for select to omsx_check using (true)', name || '_check', name);
  end loop;
  foreach name in array array['order', 'receipt'] loop
    execute format('create policy %I on bank.%I for select to omsx_payments
      using (organization_id = (select platform.current_organization()))', name || '_reader', name);
    execute format('create policy %I on bank.%I to omsx_payments_writer using (true) with check (true)',
      name || '_writer', name);
  end loop;
end $$;

-- The bank worker: all of an order but the wish and what payments settles.
grant select on bank.order, bank.receipt, bank.message, bank.difference, bank.feed_position to omsx_bank;
grant update (state, reason_code, provider_reference, cancel_asked_at, attempts, next_at, settled_at, version, updated_at)
  on bank.order to omsx_bank;
grant insert on bank.receipt, bank.message, bank.difference to omsx_bank;
grant insert, update on bank.feed_position to omsx_bank;
-- Whom an arrival is for.
create policy account_bank on ledger.account for select to omsx_bank using (kind in ('CUSTOMER', 'TREASURY'));
create policy holder_bank on ledger.holder for select to omsx_bank using (kind = 'ORGANIZATION');
grant select (id, organization_id, asset, kind, closed_at) on ledger.account to omsx_bank;
grant select (id, kind) on ledger.holder to omsx_bank;

-- payments: inserts wishes and reads outcomes, never what is sealed.
grant select (id, organization_id, account_id, adapter, rail, asset, amount, account_mask, reference, state, reason_code,
    provider_reference, cancel_asked_at, expected_by, settled_at, is_final, version, settled_version, settled_state,
    created_at, updated_at)
  on bank.order to omsx_payments, omsx_payments_writer, omsx_check;
grant insert on bank.order to omsx_payments_writer;
grant update (state, reason_code, cancel_asked_at, next_at, is_final, version, settled_version, settled_state, updated_at)
  on bank.order to omsx_payments_writer;
grant select on bank.receipt to omsx_payments, omsx_payments_writer, omsx_check;
grant update (account_id, transaction_id, version, settled_version, updated_at) on bank.receipt to omsx_payments_writer;

-- Until when the rail of a completed Transaction may send the money back; null where it may not.
alter table payments.transaction add column reversible_until timestamptz;
create index transaction_reversible on payments.transaction (reversible_until)
  where status = 'COMPLETED' and finality = 'PROVISIONAL' and reversible_until is not null;
