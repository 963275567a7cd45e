-- Money that arrives by itself: at a VirtualAccount (bank), and at a DepositAddress (chain).

-- Where money came in, as the payer named it, and why it is not (or was not at once) anybody's.
alter table bank.receipt add column virtual_account_id uuid;
alter table bank.receipt add column suspense_reason text;
alter table bank.receipt add constraint receipt_virtual_account
  foreign key (virtual_account_id) references bank.virtual_account (id);
alter table bank.receipt add constraint receipt_suspense_reason
  check (suspense_reason in ('UNKNOWN', 'PAUSED', 'CLOSED', 'OTHER_ASSET', 'ACCOUNT_CLOSED'));
create index receipt_virtual_account on bank.receipt (virtual_account_id, transaction_id)
  where virtual_account_id is not null and transaction_id is not null;
drop trigger receipt_arrival_immutable on bank.receipt;
create trigger receipt_arrival_immutable
  before update of id, organization_id, adapter, provider_id, rail, asset, amount, reference, payer_mask, virtual_account_id
  on bank.receipt for each row execute function platform.refuse_change();
grant update (suspense_reason) on bank.receipt to omsx_payments_writer;

-- An address on a chain that is not the Wallet's own: given to one payer, it credits the Wallet by itself, and can be paused
-- and closed. Its address is a row of chain.address like any other, watched and swept in the same way.
create table chain.deposit_address (
  id uuid not null,
  organization_id uuid not null,
  -- The Wallet that is credited, with what is fixed about it.
  wallet_id uuid not null,
  customer_id uuid,
  network text not null,
  asset text not null,
  status text not null,
  external_id text,
  metadata jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint deposit_address_pkey primary key (id),
  constraint deposit_address_status check (status in ('ACTIVE', 'PAUSED', 'CLOSED')),
  constraint deposit_address_external_id_key unique (organization_id, external_id)
);
create index deposit_address_organization on chain.deposit_address (organization_id, id);
create index deposit_address_wallet on chain.deposit_address (wallet_id, id);
create trigger deposit_address_immutable before delete on chain.deposit_address
  for each row execute function platform.refuse_change();

-- A Wallet has one address of its own, and any number of these.
alter table chain.address add column deposit_address_id uuid;
alter table chain.address add constraint address_deposit_address
  foreign key (deposit_address_id) references chain.deposit_address (id);
alter table chain.address add constraint address_deposit_address_credits
  check (deposit_address_id is null or purpose = 'DEPOSIT');
alter table chain.address drop constraint address_wallet_key;
create unique index address_wallet_key on chain.address (wallet_id) where deposit_address_id is null;
create unique index address_deposit_address_key on chain.address (deposit_address_id);
alter table chain.address_request add column deposit_address_id uuid;
alter table chain.address_request drop constraint address_request_pkey;
create unique index address_request_key on chain.address_request (wallet_id, deposit_address_id) nulls not distinct;

-- Where a deposit came in, and why it is (or was) nobody's: decided when it is first seen, whatever re-orgs do.
alter table chain.deposit add column deposit_address_id uuid;
alter table chain.deposit add column suspense_reason text;
alter table chain.deposit add constraint deposit_address
  foreign key (deposit_address_id) references chain.deposit_address (id);
alter table chain.deposit add constraint deposit_suspense_reason
  check (suspense_reason in ('UNKNOWN', 'PAUSED', 'CLOSED', 'OTHER_ASSET', 'BELOW_MINIMUM'));
create index deposit_deposit_address on chain.deposit (deposit_address_id, transaction_id)
  where deposit_address_id is not null and transaction_id is not null;
create index deposit_suspense on chain.deposit (organization_id, id)
  where state = 'FINAL' and credits <> 'GAS' and transaction_id is null;

alter table chain.deposit_address enable row level security;
alter table chain.deposit_address force row level security;
create policy deposit_address_reader on chain.deposit_address for select to omsx_wallets, omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy deposit_address_writer on chain.deposit_address to omsx_wallets_writer using (true) with check (true);
create policy deposit_address_library on chain.deposit_address for select to omsx_chain, omsx_payments_writer, omsx_check
  using (true);
grant select on chain.deposit_address to omsx_wallets, omsx_payments, omsx_payments_writer, omsx_chain, omsx_check;
grant select, insert on chain.deposit_address to omsx_wallets_writer;
grant update (status, version, updated_at) on chain.deposit_address to omsx_wallets_writer;

-- The two small orders by which an ExternalAccount is verified. They have no Transaction: its amount would say what only
-- the holder of the account is to know. One Hold stands for both, so that the books tell their sum and nothing more.
create table bank.micro_deposit (
  external_account_id uuid not null,
  organization_id uuid not null,
  -- The Account whose money it is.
  account_id uuid not null,
  rail text not null,
  asset text not null,
  hold_id uuid not null,
  first_order_id uuid not null,
  second_order_id uuid not null,
  -- UNDER_WAY until both orders have ended; ARRIVED: the amounts can be said; FAILED: refused or sent back.
  state text not null default 'UNDER_WAY',
  expected_by timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint micro_deposit_pkey primary key (external_account_id),
  constraint micro_deposit_external_account foreign key (external_account_id) references bank.external_account (id),
  constraint micro_deposit_state check (state in ('UNDER_WAY', 'ARRIVED', 'FAILED')),
  constraint micro_deposit_first_key unique (first_order_id),
  constraint micro_deposit_second_key unique (second_order_id)
);
create trigger micro_deposit_immutable before delete on bank.micro_deposit
  for each row execute function platform.refuse_change();
alter table bank.micro_deposit enable row level security;
alter table bank.micro_deposit force row level security;
create policy micro_deposit_reader on bank.micro_deposit for select to omsx_payments
  using (organization_id = (select platform.current_organization()));
create policy micro_deposit_writer on bank.micro_deposit to omsx_payments_writer using (true) with check (true);
create policy micro_deposit_library on bank.micro_deposit for select to omsx_accounts_writer, omsx_check using (true);
grant select on bank.micro_deposit to omsx_payments, omsx_payments_writer, omsx_accounts_writer, omsx_check;
grant insert on bank.micro_deposit to omsx_payments_writer;
grant update (state, updated_at) on bank.micro_deposit to omsx_payments_writer;
-- Who sends opens what is sealed, for the one organization that asks; who settles says that it did not arrive.
grant select (sealed, micro_sealed, verification, masked_owner) on bank.external_account to omsx_payments;
grant select (verification, reason, updated_at) on bank.external_account to omsx_payments_writer;
grant update (status, reason, version, updated_at) on bank.external_account to omsx_payments_writer;
create policy external_account_settler on bank.external_account for update to omsx_payments_writer
  using (verification = 'MICRO_DEPOSITS') with check (verification = 'MICRO_DEPOSITS' and status in ('PENDING_VERIFICATION', 'DECLINED'));
