-- Refunds over rails, what becomes of those that fail, and what becomes of money that a rail sends back.

-- What refunds that are under way have taken of a Transaction: refunded when they arrive, given back when they do not.
alter table payments.transaction add column refunding_amount numeric(38, 0) not null default 0;
alter table payments.transaction add constraint transaction_refunding_within_captured
  check (refunding_amount >= 0 and refunded_amount + refunding_amount <= captured_amount);

-- Where money that arrived came from, as far as the bank said, sealed: what it can be refunded to.
create table bank.receipt_payer (
  receipt_id uuid not null,
  organization_id uuid not null,
  sealed bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint receipt_payer_pkey primary key (receipt_id),
  constraint receipt_payer_receipt foreign key (receipt_id) references bank.receipt (id)
);
create trigger receipt_payer_immutable before update or delete on bank.receipt_payer
  for each row execute function platform.refuse_change();
alter table bank.receipt_payer enable row level security;
alter table bank.receipt_payer force row level security;
create policy receipt_payer_bank on bank.receipt_payer to omsx_bank using (true) with check (true);
create policy receipt_payer_writer on bank.receipt_payer for select to omsx_payments_writer using (true);
create policy receipt_payer_check on bank.receipt_payer for select to omsx_check using (true);
grant select, insert on bank.receipt_payer to omsx_bank;
-- Payments may know that there is one, and never who.
grant select (receipt_id, organization_id, created_at) on bank.receipt_payer to omsx_payments_writer, omsx_check;

-- Whose sealed account an order goes to, where it is not its own: the payer of a receipt, or the recipient of the first
-- order that was to deliver the same refund. `sealed` is empty then.
alter table bank.order add column payer_of uuid, add column copy_of uuid;
alter table bank.order add constraint order_payer_of foreign key (payer_of) references bank.receipt_payer (receipt_id);
alter table bank.order add constraint order_copy_of foreign key (copy_of) references bank.order (id);
alter table bank.order add constraint order_one_recipient check (payer_of is null or copy_of is null);
create trigger order_recipient_immutable before update of payer_of, copy_of
  on bank.order for each row execute function platform.refuse_change();
grant select (payer_of, copy_of) on bank.order to omsx_payments, omsx_payments_writer, omsx_check;

-- What becomes of money that a rail sends back, and how often a refund is tried; only where it is not the usual.
create table payments.return_policy (
  transaction_id uuid not null,
  organization_id uuid not null,
  on_return text not null,
  account_id uuid,
  retries integer not null,
  constraint return_policy_pkey primary key (transaction_id),
  constraint return_policy_transaction foreign key (transaction_id) references payments.transaction (id),
  constraint return_policy_on_return check (on_return in ('CREDIT_SOURCE', 'CREDIT_ACCOUNT', 'HOLD_IN_SUSPENSE')),
  constraint return_policy_account check ((on_return = 'CREDIT_ACCOUNT') = (account_id is not null)),
  constraint return_policy_retries check (retries between 0 and 5)
);
create trigger return_policy_immutable before update or delete on payments.return_policy
  for each row execute function platform.refuse_change();

-- The same for all that an organization begins from now on without saying so.
create table payments.return_default (
  organization_id uuid not null,
  on_return text not null,
  account_id uuid,
  retries integer not null,
  -- The ApiKey or Member that set it last.
  set_by text not null,
  updated_at timestamptz not null,
  constraint return_default_pkey primary key (organization_id),
  constraint return_default_on_return check (on_return in ('CREDIT_SOURCE', 'CREDIT_ACCOUNT', 'HOLD_IN_SUSPENSE')),
  constraint return_default_account check ((on_return = 'CREDIT_ACCOUNT') = (account_id is not null)),
  constraint return_default_retries check (retries between 0 and 5)
);

-- Returned money that is in SUSPENSE, until somebody says whose it is.
create table payments.suspended_return (
  transaction_id uuid not null,
  organization_id uuid not null,
  reason text not null,
  suspended_at timestamptz not null,
  assigned_account_id uuid,
  assigned_at timestamptz,
  constraint suspended_return_pkey primary key (transaction_id),
  constraint suspended_return_transaction foreign key (transaction_id) references payments.transaction (id),
  constraint suspended_return_reason check (reason in ('BY_POLICY', 'ACCOUNT_CLOSED')),
  constraint suspended_return_assigned check ((assigned_account_id is null) = (assigned_at is null))
);
create index suspended_return_open on payments.suspended_return (organization_id, transaction_id)
  where assigned_account_id is null;
create trigger suspended_return_immutable before delete on payments.suspended_return
  for each row execute function platform.refuse_change();

-- What is done about a refund that did not arrive. Whoever changes it holds the refund's lock.
create table payments.refund_recovery (
  refund_id uuid not null,
  organization_id uuid not null,
  state text not null,
  -- How often this refund has failed to arrive, this time among them, and how often it is tried again by itself.
  attempt integer not null,
  retries integer not null,
  next_at timestamptz,
  -- The refund that took its place.
  retried_by uuid,
  reason_code text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint refund_recovery_pkey primary key (refund_id),
  constraint refund_recovery_refund foreign key (refund_id) references payments.transaction (id),
  constraint refund_recovery_state check (state in ('WAITING', 'RETRIED', 'ESCALATED', 'DISMISSED')),
  constraint refund_recovery_due check ((state = 'WAITING') = (next_at is not null)),
  constraint refund_recovery_retried check ((state = 'RETRIED') = (retried_by is not null)),
  constraint refund_recovery_attempt check (attempt > 0 and retries between 0 and 5)
);
create index refund_recovery_waiting on payments.refund_recovery (next_at) where state = 'WAITING';
create unique index refund_recovery_retried on payments.refund_recovery (retried_by) where retried_by is not null;
create index refund_recovery_escalated on payments.refund_recovery (organization_id, refund_id) where state = 'ESCALATED';
create trigger refund_recovery_immutable before delete on payments.refund_recovery
  for each row execute function platform.refuse_change();

do $$
declare
  name text;
begin
  foreach name in array array['return_policy', 'return_default', 'suspended_return', 'refund_recovery'] loop
    execute format('alter table payments.%I enable row level security', name);
    execute format('alter table payments.%I force row level security', name);
    execute format('create policy %I on payments.%I for select to omsx_payments
      using (organization_id = (select platform.current_organization()))', name || '_reader', name);
    execute format('create policy %I on payments.%I to omsx_payments_writer using (true) with check (true)',
      name || '_writer', name);
    execute format('create policy %I on payments.%I for select to omsx_check using (true)', name || '_check', name);
    execute format('grant select on payments.%I to omsx_payments, omsx_payments_writer, omsx_check', name);
    execute format('grant insert on payments.%I to omsx_payments_writer', name);
  end loop;
end $$;
grant update (on_return, account_id, retries, set_by, updated_at) on payments.return_default to omsx_payments_writer;
grant update (assigned_account_id, assigned_at) on payments.suspended_return to omsx_payments_writer;
grant update (state, attempt, next_at, retried_by, reason_code, updated_at) on payments.refund_recovery to omsx_payments_writer;
