create schema accounts;

create table accounts.organization (
  id uuid primary key,
  name text not null,
  mode text not null,
  created_at timestamptz not null default now(),
  constraint organization_mode check (mode in ('SANDBOX', 'LIVE')),
  constraint organization_name_length check (length(name) between 1 and 200)
);

create table accounts.api_key (
  id uuid primary key,
  organization_id uuid not null references accounts.organization (id),
  name text not null,
  -- Public part of the key, by which it is looked up; the secret is kept only as an HMAC.
  prefix text not null,
  secret_hmac bytea not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_key_prefix_key unique (prefix),
  constraint api_key_name_length check (length(name) between 1 and 200)
);
create index api_key_organization on accounts.api_key (organization_id, id);

create table accounts.customer (
  id uuid primary key,
  organization_id uuid not null references accounts.organization (id),
  type text not null,
  first_name text,
  last_name text,
  legal_name text,
  email text,
  external_id text,
  metadata jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint customer_type check (type in ('INDIVIDUAL', 'BUSINESS')),
  constraint customer_named check (
    (type = 'INDIVIDUAL' and first_name is not null and last_name is not null and legal_name is null)
    or (type = 'BUSINESS' and legal_name is not null and first_name is null and last_name is null)),
  constraint customer_external_id_key unique (organization_id, external_id)
);
create index customer_organization on accounts.customer (organization_id, id);

alter table accounts.organization enable row level security;
alter table accounts.organization force row level security;
alter table accounts.api_key enable row level security;
alter table accounts.api_key force row level security;
alter table accounts.customer enable row level security;
alter table accounts.customer force row level security;

create policy organization_reader on accounts.organization for select to omsx_accounts
  using (id = (select platform.current_organization()));
create policy api_key_reader on accounts.api_key for select to omsx_accounts
  using (organization_id = (select platform.current_organization()));
create policy customer_reader on accounts.customer for select to omsx_accounts
  using (organization_id = (select platform.current_organization()));
create policy organization_writer on accounts.organization to omsx_accounts_writer using (true) with check (true);
create policy api_key_writer on accounts.api_key to omsx_accounts_writer using (true) with check (true);
create policy customer_writer on accounts.customer to omsx_accounts_writer using (true) with check (true);

grant usage on schema accounts to omsx_accounts, omsx_accounts_writer;
grant select on all tables in schema accounts to omsx_accounts_writer;
grant select on accounts.organization, accounts.customer to omsx_accounts;
-- Not secret_hmac: the request path cannot read it, whatever a query asks for.
grant select (id, organization_id, name, prefix, scopes, created_at, last_used_at, revoked_at)
  on accounts.api_key to omsx_accounts;
grant insert, update on all tables in schema accounts to omsx_accounts_writer;
