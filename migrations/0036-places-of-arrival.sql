-- Money that is converted as it is credited: it arrives in one Asset at a place whose Account counts another.
alter table bank.virtual_account add column converts_to text;
-- Who earns a share of each conversion; null for nobody.
alter table bank.virtual_account add column fee_account_id uuid;
alter table bank.virtual_account add column fee_parts_per_million integer;
alter table bank.virtual_account add constraint virtual_account_converts check (converts_to <> asset);
alter table bank.virtual_account add constraint virtual_account_fee check (
  (fee_account_id is null) = (fee_parts_per_million is null)
  and (fee_account_id is null or (converts_to is not null and fee_parts_per_million between 1 and 500000)));

-- What a receipt becomes when it is credited; null for what stays as it is. Decided when the bank told of it.
alter table bank.receipt add column converts_to text;
-- Since when it waits for a rate, and when the next try is: both null until one was refused.
alter table bank.receipt add column rate_wait_since timestamptz;
alter table bank.receipt add column rate_next_at timestamptz;
alter table bank.receipt add constraint receipt_converts check (converts_to <> asset);
alter table bank.receipt add constraint receipt_rate_wait
  check ((rate_wait_since is null) = (rate_next_at is null) and (rate_wait_since is null or converts_to is not null));
alter table bank.receipt drop constraint receipt_suspense_reason;
alter table bank.receipt add constraint receipt_suspense_reason
  check (suspense_reason in ('UNKNOWN', 'PAUSED', 'CLOSED', 'OTHER_ASSET', 'ACCOUNT_CLOSED', 'NO_RATE', 'NO_PRICE'));
create index receipt_unconverted on bank.receipt (updated_at, id)
  where settled_version < version and converts_to is not null;
drop trigger receipt_arrival_immutable on bank.receipt;
create trigger receipt_arrival_immutable
  before update of id, organization_id, adapter, provider_id, rail, asset, amount, reference, payer_mask, virtual_account_id,
    converts_to
  on bank.receipt for each row execute function platform.refuse_change();
grant update (rate_wait_since, rate_next_at) on bank.receipt to omsx_payments_writer;

-- What arrived and was converted has a Quote, too, made and accepted in one: the rail that the money came by.
alter table payments.quote add column source_rail text not null default 'BOOK';
alter table payments.quote add constraint quote_source_rail
  check (source_rail in ('BOOK', 'ONCHAIN', 'ACH', 'WIRE', 'SEPA', 'PIX', 'SPEI', 'UPI', 'FPS'));
grant select (source_rail) on payments.quote to omsx_payments, omsx_check;

-- A deposit address that was made for one invoice: what it takes, and whether it takes it once.
alter table chain.deposit_address add column expected_amount numeric(38, 0);
alter table chain.deposit_address add column single_use boolean not null default false;
alter table chain.deposit_address add constraint deposit_address_expected_positive check (expected_amount > 0);
alter table chain.deposit drop constraint deposit_suspense_reason;
alter table chain.deposit add constraint deposit_suspense_reason
  check (suspense_reason in ('UNKNOWN', 'PAUSED', 'CLOSED', 'OTHER_ASSET', 'BELOW_MINIMUM', 'AMOUNT_DIFFERS'));
-- Whether one that takes money once has taken it.
create index deposit_used on chain.deposit (deposit_address_id)
  where deposit_address_id is not null and credits = 'WALLET';

-- Payments to the outside by when they began, for how rails did in a window.
create index transaction_outward on payments.transaction (organization_id, created_at) where destination_rail <> 'BOOK';
