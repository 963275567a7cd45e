-- Whether an Asset is money of a state; what is not lives on chains. A Transaction's type is inferred from it.
alter table ledger.asset add column is_fiat boolean not null default false;
update ledger.asset set is_fiat = true where code in ('USD', 'EUR', 'GBP', 'MXN', 'BRL', 'INR', 'JPY');

-- What an organization charges for each Quote whose source counts this Asset; no row is no fee.
create table payments.platform_fee (
  organization_id uuid not null,
  asset text not null,
  flat numeric(38, 0) not null,
  parts_per_million integer not null,
  updated_at timestamptz not null,
  constraint platform_fee_pkey primary key (organization_id, asset),
  constraint platform_fee_flat_not_negative check (flat >= 0),
  constraint platform_fee_share check (parts_per_million between 0 and 200000)
);

-- A price that holds until expires_at, with all that accepting it will post.
create table payments.quote (
  id uuid not null,
  organization_id uuid not null,
  -- OPEN is not believed after expires_at: the worker that says EXPIRED may be late.
  status text not null,
  -- Number of the latest event; gap-free from 1.
  version integer not null,
  -- Of the Transaction that it becomes.
  type text not null,
  fixed_side text not null,
  source_account_id uuid not null,
  source_is_wallet boolean not null,
  source_customer_id uuid,
  source_asset text not null,
  source_gross numeric(38, 0) not null,
  source_net numeric(38, 0) not null,
  destination_rail text not null,
  destination_account_id uuid not null,
  destination_is_wallet boolean not null,
  destination_customer_id uuid,
  destination_asset text not null,
  destination_gross numeric(38, 0) not null,
  destination_net numeric(38, 0) not null,
  -- Where it leads on a chain, and from which address of ours; null for what stays in our own books.
  network text,
  to_address text,
  from_address text,
  -- Units of the destination Asset for one of the source Asset, times 10^18; null where both are the same.
  rate_e18 numeric(38, 0),
  rate_provider text,
  rate_as_of timestamptz,
  source_conversion_id uuid,
  destination_conversion_id uuid,
  -- [{"kind", "side", "flatMinor", "partsPerMillion", "amountMinor", "accountId"}]; amounts are text.
  fees jsonb not null,
  -- What the send is expected to cost, in the coin of the Network.
  gas_asset text,
  gas_amount numeric(38, 0),
  gas_sponsored boolean not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  transaction_id uuid,
  constraint quote_pkey primary key (id),
  constraint quote_transaction foreign key (transaction_id) references payments.transaction (id),
  constraint quote_status check (status in ('OPEN', 'ACCEPTED', 'EXPIRED')),
  constraint quote_version_positive check (version > 0),
  constraint quote_type check (type in ('BOOK', 'FIAT_TO_CRYPTO', 'CRYPTO_TO_FIAT', 'CRYPTO_TO_CRYPTO', 'FIAT_TO_FIAT')),
  constraint quote_fixed_side check (fixed_side in ('SOURCE', 'DESTINATION')),
  constraint quote_amounts_positive check (source_net > 0 and destination_net > 0),
  constraint quote_fees_not_negative check (source_gross >= source_net and destination_gross >= destination_net),
  constraint quote_rate_where_assets_differ check ((rate_e18 is not null) = (source_asset <> destination_asset)
    and (rate_e18 is null) = (rate_provider is null) and (rate_e18 is null) = (rate_as_of is null)
    and (rate_e18 is null) = (source_conversion_id is null) and (rate_e18 is null) = (destination_conversion_id is null)),
  constraint quote_same_asset_is_one_to_one check (rate_e18 is not null or source_net = destination_gross),
  constraint quote_rate_positive check (rate_e18 > 0),
  constraint quote_onchain_leads_somewhere check ((destination_rail = 'ONCHAIN')
    = (network is not null and to_address is not null and from_address is not null)),
  constraint quote_accepted_is_a_transaction check ((status = 'ACCEPTED') = (transaction_id is not null)
    and (status = 'ACCEPTED') = (accepted_at is not null)),
  constraint quote_accepted_in_time check (accepted_at is null or accepted_at < expires_at)
) with (fillfactor = 80);

create index quote_organization on payments.quote (organization_id, id);
create index quote_source_customer on payments.quote (source_customer_id, id) where source_customer_id is not null;
create index quote_destination_customer on payments.quote (destination_customer_id, id)
  where destination_customer_id is not null;
create index quote_expires on payments.quote (expires_at) where status = 'OPEN';
create unique index quote_of_transaction on payments.quote (transaction_id) where transaction_id is not null;

-- The Quote that a Transaction was made from, and what it holds beside hold_id: fees wait with what they are charged for.
alter table payments.transaction add column quote_id uuid;
alter table payments.transaction add column more_hold_ids uuid[] not null default '{}';
alter table payments.transaction add constraint transaction_holds_begin_with_one
  check (hold_id is not null or more_hold_ids = '{}');

-- What was offered is never changed or taken away.
create trigger quote_not_deleted before delete on payments.quote
  for each row execute function platform.refuse_change();

alter table payments.quote enable row level security;
alter table payments.quote force row level security;
alter table payments.platform_fee enable row level security;
alter table payments.platform_fee force row level security;
create policy quote_reader on payments.quote for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy platform_fee_reader on payments.platform_fee for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy quote_writer on payments.quote to omsx_payments_writer using (true) with check (true);
create policy platform_fee_writer on payments.platform_fee to omsx_payments_writer using (true) with check (true);
create policy quote_check on payments.quote for select to omsx_check using (true);
grant select on payments.quote, payments.platform_fee to omsx_payments, omsx_payments_writer;
grant select on payments.quote to omsx_check;
grant insert on payments.quote, payments.platform_fee to omsx_payments_writer;
grant update (status, version, accepted_at, transaction_id) on payments.quote to omsx_payments_writer;
grant update (flat, parts_per_million, updated_at) on payments.platform_fee to omsx_payments_writer;
