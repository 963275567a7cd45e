-- Places outside: where money can be sent (external_account), and where it can arrive (virtual_account). Written by accounts,
-- read by the bank's worker and by payments (docs/decisions/0013).
create table bank.external_account (
  id uuid not null,
  organization_id uuid not null,
  -- Null for the organization's own.
  customer_id uuid,
  type text not null,
  assets text[] not null,
  -- Of a CHAIN_ADDRESS.
  network text,
  status text not null,
  verification text not null,
  -- Why it was declined, in the verifier's words.
  reason text,
  -- Who has seen what, where the organization vouches for it.
  attestation text,
  -- The name of the bank's own register: routing number, sort code or BIC. Public, unlike the number.
  bank_code text,
  masked_number text not null,
  masked_owner text not null,
  -- Number, owner's name and address; AES-256-GCM under a data key of its own.
  sealed bytea not null,
  -- HMAC of type and number: the same place is the same, and who reads this column cannot try numbers.
  fingerprint bytea not null,
  -- Both amounts: sealed for who sends them, and as an HMAC for who compares what came back.
  micro_sealed bytea,
  micro_hmac bytea,
  micro_tries integer not null default 0,
  micro_expires_at timestamptz,
  external_id text,
  metadata jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint external_account_pkey primary key (id),
  constraint external_account_type check (type in ('US_BANK', 'IBAN', 'CLABE', 'PIX_KEY', 'UPI_ID', 'UK_BANK', 'CHAIN_ADDRESS')),
  constraint external_account_network check ((network is not null) = (type = 'CHAIN_ADDRESS')),
  constraint external_account_assets check (cardinality(assets) between 1 and 10),
  constraint external_account_status check (status in ('PENDING_VERIFICATION', 'VERIFIED', 'DECLINED', 'CLOSED')),
  constraint external_account_verification check (verification in ('INSTANT', 'MICRO_DEPOSITS', 'ATTESTATION')),
  constraint external_account_attested check ((attestation is not null) = (verification = 'ATTESTATION')),
  constraint external_account_micro check (
    (verification = 'MICRO_DEPOSITS') = (micro_sealed is not null)
    and (micro_sealed is null) = (micro_hmac is null) and (micro_sealed is null) = (micro_expires_at is null)),
  constraint external_account_micro_tries check (micro_tries between 0 and 3),
  constraint external_account_external_id_key unique (organization_id, external_id)
);
create index external_account_organization on bank.external_account (organization_id, id);
create index external_account_customer on bank.external_account (customer_id, id) where customer_id is not null;
-- A place that was closed may be given again.
create unique index external_account_fingerprint_key on bank.external_account (organization_id, customer_id, fingerprint)
  nulls not distinct where status <> 'CLOSED';

create table bank.virtual_account (
  id uuid not null,
  organization_id uuid not null,
  customer_id uuid,
  -- The Account that is credited, and the Wallet where the client named one (its uuid is the Account's).
  account_id uuid not null,
  by_wallet boolean not null,
  type text not null,
  asset text not null,
  status text not null,
  -- Which issuer gave the details out, and by what name it knows them.
  issuer text not null,
  bank_name text not null,
  bank_code text,
  account_number text not null,
  -- HMAC of type and number, by which an arrival is attributed.
  fingerprint bytea not null,
  external_id text,
  metadata jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint virtual_account_pkey primary key (id),
  constraint virtual_account_type check (type in ('US_BANK', 'IBAN', 'CLABE')),
  constraint virtual_account_status check (status in ('ACTIVE', 'PAUSED', 'CLOSED')),
  constraint virtual_account_fingerprint_key unique (fingerprint),
  constraint virtual_account_external_id_key unique (organization_id, external_id)
);
-- Numbers of the sandbox's issuer, so that no two are the same in a deployment.
create sequence bank.virtual_account_serial;

create index virtual_account_organization on bank.virtual_account (organization_id, id);
create index virtual_account_customer on bank.virtual_account (customer_id, id) where customer_id is not null;

do $$
declare
  name text;
begin
  foreach name in array array['external_account', 'virtual_account'] loop
    execute format('alter table bank.%I enable row level security', name);
    execute format('alter table bank.%I force row level security', name);
    execute format('create policy %I on bank.%I for select to omsx_accounts, omsx_payments
      using (organization_id = (select platform.current_organization()))', name || '_reader', name);
    execute format('create policy %I on bank.%I to omsx_accounts_writer using (true) with check (true)', name || '_writer', name);
    execute format('create policy %I on bank.%I for select to omsx_bank, omsx_payments_writer, omsx_check using (true)',
      name || '_library', name);
  end loop;
end $$;

-- What is sealed: accounts' own, who shows it to whom may see it, and the bank, who sends there. Nobody else, and of the
-- HMACs not even accounts' readers.
grant select (id, organization_id, customer_id, type, assets, network, status, verification, reason, attestation, bank_code,
    masked_number, masked_owner, sealed, micro_tries, micro_expires_at, external_id, metadata, version, created_at, updated_at)
  on bank.external_account to omsx_accounts;
grant select (id, organization_id, customer_id, type, assets, network, status, bank_code, masked_number, version, created_at)
  on bank.external_account to omsx_payments, omsx_payments_writer, omsx_check;
grant select (id, organization_id, customer_id, type, assets, network, status, verification, bank_code, masked_number, masked_owner,
    sealed, micro_sealed, micro_expires_at, version, created_at)
  on bank.external_account to omsx_bank;
grant select, insert on bank.external_account to omsx_accounts_writer;
grant update (status, reason, micro_tries, version, updated_at) on bank.external_account to omsx_accounts_writer;

grant select on bank.virtual_account to omsx_accounts, omsx_payments, omsx_payments_writer, omsx_bank, omsx_check;
grant select, insert on bank.virtual_account to omsx_accounts_writer;
grant usage on sequence bank.virtual_account_serial to omsx_accounts_writer;
grant update (status, version, updated_at) on bank.virtual_account to omsx_accounts_writer;
