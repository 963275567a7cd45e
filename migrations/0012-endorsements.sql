-- Whom the organization serves, what each may do, and how that becomes the restrictions of Accounts.
alter table accounts.organization add column endorsement_policy text not null default 'OFF';
alter table accounts.organization add constraint organization_endorsement_policy
  check (endorsement_policy in ('OFF', 'ENFORCED'));

-- Personal data is sealed field by field under one data key a customer, which the vault wraps: whoever has the tables has
-- none of it, and without the wrapped key nobody has. Names and e-mail of customers from before stand in clear until then.
alter table accounts.customer
  add column wrapped_key text,
  add column sealed jsonb not null default '{}',
  add column erased_at timestamptz;
alter table accounts.customer drop constraint customer_named;
alter table accounts.customer add constraint customer_named check (
  erased_at is not null or wrapped_key is not null
  or (type = 'INDIVIDUAL' and first_name is not null and last_name is not null and legal_name is null)
  or (type = 'BUSINESS' and legal_name is not null and first_name is null and last_name is null));
alter table accounts.customer add constraint customer_sealed_is_not_clear check (
  wrapped_key is null or num_nonnulls(first_name, last_name, legal_name, email) = 0);
alter table accounts.customer add constraint customer_erased_is_empty check (
  erased_at is null
  or (wrapped_key is null and sealed = '{}' and num_nonnulls(first_name, last_name, legal_name, email) = 0));

create table accounts.endorsement (
  id uuid primary key,
  organization_id uuid not null references accounts.organization (id),
  customer_id uuid not null references accounts.customer (id),
  name text not null,
  status text not null,
  basis text not null,
  -- [{ code, message, internal, field }]; `internal` is for those with the scope compliance:read only.
  reasons jsonb not null default '[]',
  -- The check whose outcome counts; that of an older one is void.
  check_id uuid,
  version integer not null default 1,
  requested_at timestamptz not null default now(),
  -- Not touched by UNDER_REVIEW, which must not show to those who may not see it.
  updated_at timestamptz not null default now(),
  constraint endorsement_customer_name_key unique (customer_id, name),
  constraint endorsement_status check (status in ('PENDING', 'UNDER_REVIEW', 'ACTIVE', 'REJECTED', 'REVOKED')),
  constraint endorsement_basis check (basis in ('PROVIDER', 'DECISION', 'ATTESTATION'))
);
create index endorsement_organization on accounts.endorsement (organization_id, name, status, customer_id);

-- What a KYC provider is asked, written before it is asked.
create table accounts.kyc_check (
  id uuid primary key,
  organization_id uuid not null,
  customer_id uuid not null references accounts.customer (id),
  endorsement text not null,
  stage text not null default 'QUEUED',
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  constraint kyc_check_stage check (stage in ('QUEUED', 'ASKED', 'UNKNOWN', 'DECIDED', 'VOID'))
);
create index kyc_check_due on accounts.kyc_check (due_at) where stage in ('QUEUED', 'ASKED', 'UNKNOWN');
create index kyc_check_customer on accounts.kyc_check (customer_id);

alter table accounts.endorsement enable row level security;
alter table accounts.endorsement force row level security;
alter table accounts.kyc_check enable row level security;
alter table accounts.kyc_check force row level security;
create policy endorsement_reader on accounts.endorsement for select to omsx_accounts
  using (organization_id = (select platform.current_organization()));
create policy endorsement_writer on accounts.endorsement to omsx_accounts_writer using (true) with check (true);
create policy kyc_check_writer on accounts.kyc_check to omsx_accounts_writer using (true) with check (true);
grant select on accounts.endorsement to omsx_accounts;
grant select, insert, update on accounts.endorsement, accounts.kyc_check to omsx_accounts_writer;

-- What Accounts that the holder opens later begin with, whoever opens them. BANK does not hold in `bank_assets`.
alter table ledger.holder
  add column restrictions text[] not null default '{}',
  add column bank_assets text[] not null default '{}';
alter table ledger.holder add constraint holder_restrictions
  check (restrictions <@ array['DEBIT', 'CREDIT', 'ONCHAIN', 'BANK']);
grant update (restrictions, bank_assets) on ledger.holder to omsx_accounts_writer;
grant update (restrictions) on ledger.account to omsx_accounts_writer;
