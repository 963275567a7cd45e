create schema wallets;

create table wallets.network (
  code text primary key,
  name text not null,
  kind text not null,
  constraint network_code_form check (code ~ '^[A-Z][A-Z0-9_]{1,30}$'),
  constraint network_kind check (kind in ('EVM', 'LEDGER'))
);

create table wallets.network_asset (
  network text not null references wallets.network (code),
  asset text not null references ledger.asset (code),
  constraint network_asset_pkey primary key (network, asset)
);

-- LEDGER has no chain behind it: wallets on it move by BOOK transfers only.
insert into wallets.network (code, name, kind) values
  ('LEDGER', 'OMSX ledger', 'LEDGER'),
  ('POLYGON', 'Polygon PoS', 'EVM'),
  ('POLYGON_AMOY', 'Polygon Amoy testnet', 'EVM'),
  ('ETHEREUM', 'Ethereum', 'EVM'),
  ('BASE', 'Base', 'EVM'),
  ('LOCAL', 'Local development chain', 'EVM');
insert into wallets.network_asset (network, asset)
  select 'LEDGER', code from ledger.asset
  union all values ('POLYGON', 'USDC'), ('POLYGON', 'USDT'), ('POLYGON', 'POL'), ('POLYGON_AMOY', 'USDC'),
    ('POLYGON_AMOY', 'POL'), ('ETHEREUM', 'USDC'), ('ETHEREUM', 'USDT'), ('ETHEREUM', 'ETH'), ('BASE', 'USDC'),
    ('BASE', 'ETH'), ('LOCAL', 'USDC'), ('LOCAL', 'ETH');

create table wallets.wallet (
  -- The uuid of the ledger Account that backs it.
  id uuid primary key,
  organization_id uuid not null,
  -- Null for a Wallet of the organization itself.
  customer_id uuid,
  network text not null,
  asset text not null,
  name text,
  address text,
  status text not null default 'ACTIVE',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  -- Locks FOR KEY SHARE, which does not wait for posting (FOR NO KEY UPDATE).
  constraint wallet_account foreign key (id) references ledger.account (id),
  constraint wallet_network_asset foreign key (network, asset) references wallets.network_asset (network, asset),
  constraint wallet_status check (status in ('ACTIVE', 'CLOSED')),
  constraint wallet_name_length check (length(name) <= 200),
  constraint wallet_address_key unique (network, address)
);
create index wallet_organization on wallets.wallet (organization_id, id);
create index wallet_customer on wallets.wallet (customer_id, id) where customer_id is not null;

alter table wallets.wallet enable row level security;
alter table wallets.wallet force row level security;
create policy wallet_reader on wallets.wallet for select to omsx_wallets
  using (organization_id = (select platform.current_organization()));
create policy wallet_writer on wallets.wallet to omsx_wallets_writer using (true) with check (true);

grant usage on schema wallets to omsx_wallets, omsx_wallets_writer;
grant select on all tables in schema wallets to omsx_wallets, omsx_wallets_writer;
grant insert, update on wallets.wallet to omsx_wallets_writer;
