-- How much may leave an organization, or one customer of it: decided by the lane under the policy's lock, so that two
-- payments never take the same room.
create table payments.limit_policy (
  id uuid not null,
  organization_id uuid not null,
  -- Null: of all accounts of the organization together.
  customer_id uuid,
  asset text not null,
  per_transaction numeric(38, 0),
  per_day numeric(38, 0),
  per_thirty_days numeric(38, 0),
  count_per_day integer,
  -- The ApiKey or Member that set it last.
  set_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint limit_policy_pkey primary key (id),
  constraint limit_policy_positive check (per_transaction > 0 and per_day > 0 and per_thirty_days > 0 and count_per_day > 0)
);

-- One for each party and asset.
create unique index limit_policy_customer on payments.limit_policy (organization_id, customer_id, asset)
  where customer_id is not null;
create unique index limit_policy_whole on payments.limit_policy (organization_id, asset) where customer_id is null;
create index limit_policy_organization on payments.limit_policy (organization_id, id);

-- What was used of a policy on a day in UTC.
create table payments.limit_usage (
  policy_id uuid not null,
  day date not null,
  organization_id uuid not null,
  amount numeric(38, 0) not null,
  count integer not null,
  constraint limit_usage_pkey primary key (policy_id, day),
  constraint limit_usage_policy foreign key (policy_id) references payments.limit_policy (id),
  constraint limit_usage_not_negative check (amount >= 0 and count >= 0)
) with (fillfactor = 50);

-- What a Transaction that has not ended took of a policy, to be given back should it come to nothing.
create table payments.limit_charge (
  transaction_id uuid not null,
  policy_id uuid not null,
  organization_id uuid not null,
  day date not null,
  amount numeric(38, 0) not null,
  released boolean not null default false,
  constraint limit_charge_pkey primary key (transaction_id, policy_id),
  constraint limit_charge_policy foreign key (policy_id) references payments.limit_policy (id),
  constraint limit_charge_positive check (amount > 0)
);

create trigger limit_policy_immutable before delete on payments.limit_policy
  for each row execute function platform.refuse_change();
create trigger limit_charge_immutable before delete on payments.limit_charge
  for each row execute function platform.refuse_change();

alter table payments.limit_policy enable row level security;
alter table payments.limit_policy force row level security;
alter table payments.limit_usage enable row level security;
alter table payments.limit_usage force row level security;
alter table payments.limit_charge enable row level security;
alter table payments.limit_charge force row level security;
create policy limit_policy_reader on payments.limit_policy for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy limit_usage_reader on payments.limit_usage for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy limit_policy_writer on payments.limit_policy to omsx_payments_writer using (true) with check (true);
create policy limit_usage_writer on payments.limit_usage to omsx_payments_writer using (true) with check (true);
create policy limit_charge_writer on payments.limit_charge to omsx_payments_writer using (true) with check (true);
grant select on payments.limit_policy, payments.limit_usage to omsx_payments;
grant select, insert on payments.limit_policy, payments.limit_usage, payments.limit_charge to omsx_payments_writer;
grant update (per_transaction, per_day, per_thirty_days, count_per_day, set_by, updated_at)
  on payments.limit_policy to omsx_payments_writer;
grant update (amount, count) on payments.limit_usage to omsx_payments_writer;
grant update (released) on payments.limit_charge to omsx_payments_writer;
